import { CatFile, isResponseToMark, MARK, type ObjectHeader, objectHeader } from "./cat-file.ts";
import { git, type Repository } from "./git.ts";

/** An object; or why there is none: Git has no object of the name, or it ended, for a reason that is not known. */
export type Found = ObjectHeader | "missing" | "ended";

/**
 * A repository with a `git cat-file` that serves everyone who needs an object of it, one after the other: a process
 * for each would cost a small scan more than the responses. Has to be closed.
 */
export class OpenRepository implements Repository {
  readonly folder: string;
  readonly trusted: boolean;
  #idle: CatFile | undefined;
  #isClosed = false;

  constructor({ folder, trusted = false }: Repository) {
    this.folder = folder;
    this.trusted = trusted;
  }

  /** The Git that waits for requests, or a new one. Its taker gives it back or stops it. */
  take(): CatFile {
    const idle = this.#idle;
    this.#idle = undefined;
    if (!idle?.isRunning) return new CatFile(this);
    idle.complaint = "";
    idle.isInUse = true;
    return idle;
  }

  /** Takes back a Git that owes no response. */
  giveBack(catFile: CatFile): void {
    if (this.#isClosed || this.#idle !== undefined) catFile.stop();
    else {
      catFile.isInUse = false;
      this.#idle = catFile;
    }
  }

  /** Starts Git, so that who needs the first object does not wait for the start. */
  prepare(): void {
    this.giveBack(this.take());
  }

  close(): void {
    this.#isClosed = true;
    this.#idle?.stop();
    this.#idle = undefined;
  }

  /** The object that a name is of, as `git rev-parse` takes names: `HEAD`, `refs/heads/main^{commit}`. */
  find(name: string): Promise<Found> {
    return this.#request(name, () => {});
  }

  /** The text of a file in a commit or tree; undefined where it has none of this name. */
  async fileAt(revision: string, path: string): Promise<string | undefined> {
    const name = `${revision}:${path}`;
    if (!isOneLine(name)) {
      const { status, stdout } = await git(this, ["cat-file", "blob", name]);
      return status === 0 ? stdout.toString("utf8") : undefined;
    }
    const pieces: Buffer[] = [];
    const found = await this.#request(name, (piece) => pieces.push(Buffer.from(piece)));
    return typeof found === "object" && found.type === "blob"
      ? Buffer.concat(pieces).toString("utf8")
      : undefined;
  }

  async #request(name: string, onPiece: (piece: Buffer) => void): Promise<Found> {
    // Refs have no such name.
    if (!isOneLine(name)) return "missing";
    const catFile = this.take();
    let owesNothing = false;
    try {
      await catFile.write(`${name}\n${MARK}`);
      const line = await catFile.nextLine();
      if (line === undefined) {
        await catFile.closed;
        return "ended";
      }
      const header = objectHeader(line);
      if (header !== undefined && !(await readContent(catFile, header, onPiece))) return header;
      owesNothing = isResponseToMark(await catFile.nextLine());
      return header ?? "missing";
    } finally {
      if (owesNothing) this.giveBack(catFile);
      else catFile.stop();
    }
  }
}

/** A line feed in a name would end the request, and Git drops a carriage return before it. */
const isOneLine = (name: string) => !/[\r\n]/.test(name);

/** Reads the content and the line feed behind it. False: Git ended before. */
async function readContent(
  catFile: CatFile,
  { size }: ObjectHeader,
  onPiece: (piece: Buffer) => void,
): Promise<boolean> {
  for (let left = size; left > 0; ) {
    const piece = catFile.piece(left) ?? (await catFile.nextPiece(left));
    if (piece === undefined) return false;
    onPiece(piece);
    left -= piece.length;
  }
  return (catFile.piece(1) ?? (await catFile.nextPiece(1))) !== undefined;
}
