import type { ScanProblem } from "../../scan/problem.ts";
import { ScanError } from "../source.ts";
import { CatFile, isResponseToMark, MARK, type ObjectHeader, objectHeader } from "./cat-file.ts";
import { refusal } from "./git.ts";
import type { OpenRepository } from "./open-repository.ts";

/** An object to read, and what its reader wants to know again when it comes. */
export interface Requested<Note> {
  readonly object: string;
  readonly note: Note;
}

/** Objects in the order of the requests, many at a time: a promise for each costs more than the reading. */
export type RequestedLists<Note> = AsyncGenerator<readonly Requested<Note>[]>;

export interface GitObject<Note> extends Requested<Note>, ObjectHeader {
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
 * Objects through a `git cat-file --batch`, in the order of the requests. Memory is bounded by the pipes, whatever the
 * size of an object. An object that is missing or corrupt becomes a problem; Git ends at a corrupt one, so it is
 * started again behind it. Without a request no Git is started. Throws `ScanError` where Git ends without a cause.
 */
export async function* readObjects<Note>(
  repository: OpenRepository,
  requested: RequestedLists<Note>,
  problems: ScanProblem[],
  readAtOnce: ReadAtOnce<Note> = () => false,
): AsyncGenerator<GitObject<Note>> {
  const first = await firstOf(requested);
  if (first === undefined) return;
  let batch = new Batch(repository, after(first, requested));
  try {
    for (;;) {
      const line = batch.git.line() ?? (await batch.git.nextLine());
      if (line === undefined) await batch.stumbled();
      const current = batch.take(line);
      if (current === undefined) return;
      const one = contentOf(batch.git, line, current.note);
      if (line !== undefined && one === undefined) {
        problems.push({ code: "object_missing", object: current.object });
        continue;
      }
      if (one !== undefined && !readAtOnce(one)) yield one;
      if (one?.ended() || (await one?.finish())) continue;
      const left = await batch.left();
      const { problem, settings } = endOf(batch, current.object);
      problems.push(problem);
      batch = new Batch(repository, after(left, requested), settings);
    }
  } finally {
    batch.end();
    // Who lists the objects ends its Git too, if the caller stops early.
    requested.return(undefined).catch(() => {});
  }
}

/** From Git's header; undefined where it prints another line. */
function contentOf<Note>(git: CatFile, line: string | undefined, note: Note): Content<Note> | undefined {
  const header = line === undefined ? undefined : objectHeader(line);
  return header && new Content(git, header, note);
}

/** What Git says where it cannot get an object that a partial clone leaves out. */
const OUT_OF_REACH =
  /promisor|could not read from remote|could not fetch|unable to access|transport '\w+' not allowed/i;
/** Git contacts a remote that was once unreachable for no further object: a time-out takes minutes. */
const NO_FETCH = ["-c", "protocol.allow=never"];

/** The problem to report for an object at which Git ended, and the settings with which to restart behind it. */
function endOf<Note>(
  { git, settings }: Batch<Note>,
  object: string,
): { problem: ScanProblem; settings: readonly string[] } {
  return OUT_OF_REACH.test(git.complaint)
    ? { problem: { code: "clone_partial" }, settings: NO_FETCH }
    : { problem: { code: "object_corrupt", object }, settings };
}

/** The first list that has something. */
async function firstOf<Note>(lists: RequestedLists<Note>): Promise<readonly Requested<Note>[] | undefined> {
  for (let next = await lists.next(); !next.done; next = await lists.next())
    if (next.value.length > 0) return next.value;
  return undefined;
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

/** One object of a batch. */
class Content<Note> implements GitObject<Note> {
  readonly object: string;
  readonly note: Note;
  readonly type: string;
  readonly size: number;
  readonly #git: CatFile;
  #left: number;

  constructor(git: CatFile, { object, type, size }: ObjectHeader, note: Note) {
    this.object = object;
    this.note = note;
    this.type = type;
    this.size = size;
    this.#git = git;
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
    const whole = this.#git.whole(this.#left);
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
    const chunk = this.#git.piece(this.#left) ?? (await this.#git.nextPiece(this.#left));
    this.#left -= chunk?.length ?? 0;
    return chunk;
  }

  /** Whether it was read and the line feed behind it has arrived, which is taken. */
  ended(): boolean {
    return this.#left === 0 && this.#git.piece(1) !== undefined;
  }

  /** Skips what was not read, and the line feed behind it. False: Git ended before. */
  async finish(): Promise<boolean> {
    while (this.#left > 0) if ((await this.#next()) === undefined) return false;
    return (this.#git.piece(1) ?? (await this.#git.nextPiece(1))) !== undefined;
  }
}

/** Requests to a Git, and which of them it has responded to. */
class Batch<Note> {
  readonly git: CatFile;
  readonly settings: readonly string[];
  readonly #repository: OpenRepository;
  /** Undefined: the mark behind all of them. */
  readonly #requests: (Requested<Note> | undefined)[] = [];
  readonly #requesting: Promise<void>;
  #taken = 0;
  #failure: unknown;
  #stopped = false;
  #isComplete = false;

  /** @param settings of Git; with some it is one for this batch alone */
  constructor(repository: OpenRepository, requested: RequestedLists<Note>, settings: readonly string[] = []) {
    this.#repository = repository;
    this.settings = settings;
    this.git = settings.length === 0 ? repository.take() : new CatFile(repository, settings);
    this.#requesting = this.#request(requested);
  }

  /** Git can serve others, if it has responded to everything. */
  end(): void {
    if (this.#isComplete && this.settings.length === 0) this.#repository.giveBack(this.git);
    else this.#stop();
  }

  #stop(): void {
    this.#stopped = true;
    this.git.stop();
  }

  /** The objects that were requested and are still without a response. */
  async left(): Promise<readonly Requested<Note>[]> {
    this.#stop();
    await this.#requesting;
    return this.#requests.slice(this.#taken).filter((one) => one !== undefined);
  }

  /** Writes as fast as Git reads. */
  async #request(requested: RequestedLists<Note>): Promise<void> {
    try {
      while (!this.#stopped && this.git.isRunning) {
        const next = await requested.next();
        if (next.done) return await this.#mark();
        for (const one of next.value) this.#requests.push(one);
        await this.git.write(next.value.map(({ object }) => `${object}\n`).join(""));
      }
    } catch (error) {
      this.#failure = error;
      await this.#mark();
    }
  }

  async #mark(): Promise<void> {
    this.#requests.push(undefined);
    // Where Git cannot run, the end of its output shows it.
    await this.git.write(MARK).catch(() => {});
  }

  /**
   * The object that a line of Git's, or the end of its output, is the response for; undefined, if everything was
   * requested before. Completed requests are dropped: the list would grow with the history. Throws what ended the
   * requests.
   */
  take(line: string | undefined): Requested<Note> | undefined {
    if (this.#taken === this.#requests.length) throw new Error("git cat-file responded to no request");
    const requested = this.#requests[this.#taken++];
    if (requested === undefined) {
      if (line !== undefined && !isResponseToMark(line)) throw new Error("git cat-file is out of step");
      if (this.#failure !== undefined) throw this.#failure;
      this.#isComplete = line !== undefined;
    }
    if (this.#taken >= 4096) {
      this.#requests.splice(0, this.#taken);
      this.#taken = 0;
    }
    return requested;
  }

  /** At the end of the output: throws where Git cannot run, and where no request is the reason why it ended. */
  async stumbled(): Promise<void> {
    await this.git.closed;
    await this.#requesting;
    if (this.#taken === this.#requests.length)
      throw new ScanError(refusal(this.git.complaint, this.#repository.folder));
  }
}
