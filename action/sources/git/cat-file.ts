import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { ScanProblem } from "../../scan/problem.ts";
import { ended, type Repository, startGit } from "./git.ts";

/** An object to read, and what its reader wants to know again when it comes. */
export interface Requested<Note> {
  readonly object: string;
  readonly note: Note;
}

/** Objects in the order of the requests, many at a time: a promise for each costs more than the reading. */
export type RequestedLists<Note> = AsyncGenerator<readonly Requested<Note>[]>;

export interface GitObject<Note> extends Requested<Note> {
  readonly type: string;
  /** Bytes. */
  readonly size: number;
  /**
   * The content, valid until the caller requests the next object; one piece, if it is at most `SMALL` bytes. What is
   * not read is skipped.
   */
  chunks(): AsyncIterable<Buffer>;
  /** All of the content, if it has arrived: waiting for each small object costs more than reading it. */
  arrived(): Buffer | undefined;
}

/** Is given each object first. True: it needs no more of it, and so the object is not yielded. */
export type ReadAtOnce<Note> = (object: GitObject<Note>) => boolean;

/**
 * Objects through one long-lived `git cat-file --batch`, in the order of the requests. Memory is bounded
 * by the pipes, whatever the size of an object. An object that is missing or corrupt becomes a problem; Git ends
 * at a corrupt one, so it is started again behind it.
 */
export async function* readObjects<Note>(
  repository: Repository,
  requested: RequestedLists<Note>,
  problems: ScanProblem[],
  readAtOnce: ReadAtOnce<Note> = () => false,
): AsyncGenerator<GitObject<Note>> {
  let settings: readonly string[] = [];
  let batch = new Batch(repository, requested, settings);
  try {
    for (;;) {
      const header = batch.line() ?? (await batch.nextLine());
      const current = header === undefined ? await batch.stumbled() : batch.take();
      if (current === undefined) return;
      const one = contentOf(batch, header, current.note);
      if (header !== undefined && one === undefined) {
        problems.push({ code: "object_missing", object: current.object });
        continue;
      }
      if (one !== undefined && !readAtOnce(one)) yield one;
      if (one?.ended() || (await one?.finish())) continue;
      const left = await batch.left();
      const ended = endOf(batch.complaint, current.object);
      problems.push(ended.problem);
      settings = ended.settings ?? settings;
      batch = new Batch(repository, after(left, requested), settings);
    }
  } finally {
    batch.stop();
  }
}

/** From Git's header `OBJECT TYPE SIZE`; undefined where it prints no such line. */
function contentOf<Note>(
  batch: Batch<Note>,
  header: string | undefined,
  note: Note,
): Content<Note> | undefined {
  const [object = "", type, size] = header?.split(" ") ?? [];
  if (type === undefined || size === undefined) return undefined;
  return new Content(batch, { object, note, type, size: Number(size) });
}

/** What Git says where it cannot get an object that a partial clone leaves out. */
const OUT_OF_REACH =
  /promisor|could not read from remote|could not fetch|unable to access|transport '\w+' not allowed/i;
/** Git contacts a remote that was once unreachable for no further object: a time-out takes minutes. */
const NO_FETCH = ["-c", "protocol.allow=never"];

/** The problem to report for an object at which Git ended, and the settings with which to restart behind it. */
function endOf(complaint: string, object: string): { problem: ScanProblem; settings?: readonly string[] } {
  return OUT_OF_REACH.test(complaint)
    ? { problem: { code: "clone_partial" }, settings: NO_FETCH }
    : { problem: { code: "object_corrupt", object } };
}

async function* after<Note>(
  first: readonly Requested<Note>[],
  rest: RequestedLists<Note>,
): RequestedLists<Note> {
  yield first;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
}

/** Bytes of an object that are gathered: a small one that is in two pieces would cost its reader more than a copy. */
const SMALL = 64 * 1024;

type Header<Note> = Pick<GitObject<Note>, "object" | "note" | "type" | "size">;

/** One object of a batch. */
class Content<Note> implements GitObject<Note> {
  readonly object: string;
  readonly note: Note;
  readonly type: string;
  readonly size: number;
  readonly #batch: Batch<Note>;
  #left: number;

  constructor(batch: Batch<Note>, { object, note, type, size }: Header<Note>) {
    this.object = object;
    this.note = note;
    this.type = type;
    this.size = size;
    this.#batch = batch;
    this.#left = size;
  }

  /** Ends early if Git does; `finish` reports it. */
  async *chunks(): AsyncGenerator<Buffer> {
    const whole = this.arrived();
    if (whole !== undefined || this.#left <= SMALL) {
      const content = whole ?? (await this.#gathered());
      if (content.length > 0) yield content;
      return;
    }
    while (this.#left > 0) {
      const chunk = await this.#next();
      if (chunk === undefined) return;
      yield chunk;
    }
  }

  arrived(): Buffer | undefined {
    const whole = this.#batch.whole(this.#left);
    if (whole !== undefined) this.#left = 0;
    return whole;
  }

  async #gathered(): Promise<Buffer> {
    const content = Buffer.allocUnsafe(this.#left);
    let size = 0;
    while (this.#left > 0) {
      const chunk = await this.#next();
      if (chunk === undefined) break;
      size += chunk.copy(content, size);
    }
    return content.subarray(0, size);
  }

  async #next(): Promise<Buffer | undefined> {
    const chunk = this.#batch.piece(this.#left) ?? (await this.#batch.nextPiece(this.#left));
    this.#left -= chunk?.length ?? 0;
    return chunk;
  }

  /** Whether it was read and the line feed behind it has arrived, which is taken. */
  ended(): boolean {
    return this.#left === 0 && this.#batch.piece(1) !== undefined;
  }

  /** Skips what was not read, and the line feed behind it. False: Git ended before. */
  async finish(): Promise<boolean> {
    while (this.#left > 0) if ((await this.#next()) === undefined) return false;
    return (this.#batch.piece(1) ?? (await this.#batch.nextPiece(1))) !== undefined;
  }
}

const LONGEST_COMPLAINT = 64 * 1024;

class Batch<Note> {
  readonly #child: ChildProcess;
  readonly #closed: Promise<number>;
  readonly #requests: Requested<Note>[] = [];
  readonly #requesting: Promise<void>;
  readonly #chunks: AsyncIterator<Buffer>;
  /** What Git says of an end before its time. */
  complaint = "";
  #taken = 0;
  #data: Buffer = Buffer.alloc(0);
  #failure: unknown;
  #stopped = false;

  constructor(repository: Repository, requested: RequestedLists<Note>, settings: readonly string[]) {
    this.#child = startGit(
      repository,
      [...settings, "cat-file", "--batch", "--buffer"],
      ["pipe", "pipe", "pipe"],
    );
    this.#child.stderr?.on("data", (chunk: Buffer) => {
      if (this.complaint.length < LONGEST_COMPLAINT) this.complaint += chunk.toString("utf8");
    });
    this.#closed = ended(this.#child, repository.folder);
    // Scanned when the output ends.
    this.#closed.catch(() => {});
    if (!this.#child.stdout) throw new Error("git cat-file has no output");
    this.#chunks = this.#child.stdout[Symbol.asyncIterator]();
    this.#requesting = this.#request(requested);
  }

  stop(): void {
    this.#stopped = true;
    this.#child.kill();
  }

  /** The objects that were requested and are still without a response. */
  async left(): Promise<readonly Requested<Note>[]> {
    this.stop();
    await this.#requesting;
    return this.#requests.slice(this.#taken);
  }

  /** Writes as fast as Git reads; a pipe holds about 1,500 names. */
  async #request(requested: RequestedLists<Note>): Promise<void> {
    const { stdin } = this.#child;
    if (!stdin) return;
    stdin.on("error", () => {});
    try {
      while (!this.#stopped && !stdin.destroyed) {
        const next = await requested.next();
        if (next.done) break;
        for (const one of next.value) this.#requests.push(one);
        const names = next.value.map(({ object }) => `${object}\n`).join("");
        if (names !== "" && !stdin.write(names)) await Promise.race([once(stdin, "drain"), this.#closed]);
      }
    } catch (error) {
      this.#failure = error;
    }
    stdin.end();
  }

  /** The object that the next response is for. Completed requests are dropped: the list would grow with the history. */
  take(): Requested<Note> {
    const requested = this.#requests[this.#taken++];
    if (requested === undefined) throw new Error("git cat-file responded to no request");
    if (this.#taken >= 4096) {
      this.#requests.splice(0, this.#taken);
      this.#taken = 0;
    }
    return requested;
  }

  /** At the end of the output: the object at which Git stumbled, if it did. Throws what ended the requests. */
  async stumbled(): Promise<Requested<Note> | undefined> {
    await this.#closed;
    if (this.#failure !== undefined) throw this.#failure;
    return this.#taken < this.#requests.length ? this.take() : undefined;
  }

  /** The next line, if it has arrived. */
  line(): string | undefined {
    const end = this.#data.indexOf(10);
    if (end === -1) return undefined;
    const line = this.#data.toString("latin1", 0, end);
    this.#data = this.#data.subarray(end + 1);
    return line;
  }

  async nextLine(): Promise<string | undefined> {
    while (await this.#fill()) {
      const line = this.line();
      if (line !== undefined) return line;
    }
    return undefined;
  }

  /** So many bytes, if they have arrived. Of no bytes, none. */
  whole(size: number): Buffer | undefined {
    if (this.#data.length < size) return undefined;
    const whole = this.#data.subarray(0, size);
    this.#data = this.#data.subarray(size);
    return whole;
  }

  /** At most so many bytes, if any have arrived. */
  piece(most: number): Buffer | undefined {
    if (this.#data.length === 0) return undefined;
    const piece = this.#data.subarray(0, most);
    this.#data = this.#data.subarray(piece.length);
    return piece;
  }

  async nextPiece(most: number): Promise<Buffer | undefined> {
    return (await this.#fill()) ? this.piece(most) : undefined;
  }

  async #fill(): Promise<boolean> {
    const next = await this.#chunks.next();
    if (next.done) return false;
    this.#data = this.#data.length === 0 ? next.value : Buffer.concat([this.#data, next.value]);
    return true;
  }
}
