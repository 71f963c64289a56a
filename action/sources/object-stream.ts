import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { ended, type Repository, startGit } from "./git.ts";
import type { Problem } from "./source.ts";

/** An object to read, and what its reader wants to know again when it comes. */
export interface Wanted<Note> {
  readonly object: string;
  readonly note: Note;
}

export interface GitObject<Note> extends Wanted<Note> {
  readonly type: string;
  /** Bytes. */
  readonly size: number;
  /** The content, valid until the next object is asked for. What is not read is skipped. */
  chunks(): AsyncIterable<Buffer>;
}

/**
 * Objects through one long-lived `git cat-file --batch`, in the order in which they are wanted. Memory is
 * bounded by the pipes, whatever the size of an object. An object that is missing or corrupt becomes a problem;
 * Git ends at a corrupt one, so it is started again behind it.
 */
export async function* readObjects<Note>(
  repository: Repository,
  wanted: AsyncIterator<Wanted<Note>>,
  problems: Problem[],
): AsyncGenerator<GitObject<Note>> {
  for (let more = true; more; ) {
    const batch = new Batch<Note>(repository, wanted);
    try {
      yield* batch.objects(problems);
      more = false;
    } catch (error) {
      if (!(error instanceof Interrupted)) throw error;
      problems.push(`Git object ${error.object} is corrupt and was not looked at; run: git fsck`);
      wanted = after(await batch.left(), wanted);
    } finally {
      batch.stop();
    }
  }
}

/** Git ended in the middle: at this object. */
class Interrupted extends Error {
  readonly object: string;

  constructor(object: string) {
    super("git cat-file ended early");
    this.object = object;
  }
}

async function* after<Item>(first: readonly Item[], rest: AsyncIterator<Item>): AsyncGenerator<Item> {
  yield* first;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
}

class Batch<Note> {
  readonly #child: ChildProcess;
  readonly #closed: Promise<number>;
  readonly #asked: Wanted<Note>[] = [];
  readonly #asking: Promise<void>;
  readonly #chunks: AsyncIterator<Buffer>;
  #taken = 0;
  #data: Buffer = Buffer.alloc(0);
  #failure: unknown;
  #stopped = false;

  constructor(repository: Repository, wanted: AsyncIterator<Wanted<Note>>) {
    this.#child = startGit(repository, ["cat-file", "--batch", "--buffer"], ["pipe", "pipe", "ignore"]);
    this.#closed = ended(this.#child, repository.folder);
    // Looked at when the output ends.
    this.#closed.catch(() => {});
    if (!this.#child.stdout) throw new Error("git cat-file has no output");
    this.#chunks = this.#child.stdout[Symbol.asyncIterator]();
    this.#asking = this.#ask(wanted);
  }

  /** What was asked for and not answered, without the one that Git stumbled over. */
  async left(): Promise<readonly Wanted<Note>[]> {
    this.stop();
    await this.#asking;
    return this.#asked.slice(this.#taken);
  }

  stop(): void {
    this.#stopped = true;
    this.#child.kill();
  }

  /** Writes as fast as Git reads; a pipe holds about 1,500 names. */
  async #ask(wanted: AsyncIterator<Wanted<Note>>): Promise<void> {
    const { stdin } = this.#child;
    if (!stdin) return;
    stdin.on("error", () => {});
    try {
      while (!this.#stopped && !stdin.destroyed) {
        const next = await wanted.next();
        if (next.done) break;
        this.#asked.push(next.value);
        if (!stdin.write(`${next.value.object}\n`)) await Promise.race([once(stdin, "drain"), this.#closed]);
      }
    } catch (error) {
      this.#failure = error;
    }
    stdin.end();
  }

  async *objects(problems: Problem[]): AsyncGenerator<GitObject<Note>> {
    for (let header = await this.#line(); header !== undefined; header = await this.#line()) {
      const wanted = this.#asked[this.#taken++];
      if (wanted === undefined) throw new Error("git cat-file answered what was not asked");
      this.#forget();
      const [object, type, size] = header.split(" ");
      if (size === undefined || object === undefined || type === undefined) {
        problems.push(`Git object ${wanted.object} is missing and was not looked at; run: git fsck`);
        continue;
      }
      let left = Number(size);
      const chunks = async function* (batch: Batch<Note>) {
        while (left > 0) {
          const chunk = await batch.#piece(left);
          if (chunk === undefined) return;
          left -= chunk.length;
          yield chunk;
        }
      };
      yield { ...wanted, object, type, size: left, chunks: () => chunks(this) };
      if (left > 0) for await (const _ of chunks(this));
      if (left > 0) throw new Interrupted(wanted.object);
      await this.#piece(1);
    }
    await this.#complete();
  }

  /** Answered questions are dropped now and then: their list would grow with the history. */
  #forget(): void {
    if (this.#taken < 4096) return;
    this.#asked.splice(0, this.#taken - 1);
    this.#taken = 1;
  }

  async #complete(): Promise<void> {
    await this.#closed;
    if (this.#failure !== undefined) throw this.#failure;
    const stumbled = this.#asked[this.#taken];
    if (stumbled === undefined) return;
    this.#taken++;
    throw new Interrupted(stumbled.object);
  }

  async #fill(): Promise<boolean> {
    const next = await this.#chunks.next();
    if (next.done) return false;
    this.#data = this.#data.length === 0 ? next.value : Buffer.concat([this.#data, next.value]);
    return true;
  }

  async #line(): Promise<string | undefined> {
    for (;;) {
      const end = this.#data.indexOf(10);
      if (end !== -1) {
        const line = this.#data.toString("latin1", 0, end);
        this.#data = this.#data.subarray(end + 1);
        return line;
      }
      if (!(await this.#fill())) return undefined;
    }
  }

  async #piece(most: number): Promise<Buffer | undefined> {
    if (this.#data.length === 0 && !(await this.#fill())) return undefined;
    const piece = this.#data.subarray(0, most);
    this.#data = this.#data.subarray(piece.length);
    return piece;
  }
}
