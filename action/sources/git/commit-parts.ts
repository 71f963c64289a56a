import type { Buffer } from "node:buffer";
import { type CommitPart, PART_PATHS } from "../../scan/finding.ts";
import type { Source } from "../source.ts";
import { withoutSignature } from "./commit-signature.ts";
import type { GitObject } from "./read-objects.ts";
import { wholeOf } from "./tree-entries.ts";

/** What the headers and the message of a commit or tag have in common. */
type Origin = Pick<Source, "commit" | "tag" | "object">;

const [LINE_FEED, EMPTY_LINE] = [0x0a, "\n\n"];

/** Bytes of a header of which no one reads more: a name, an address and a time take fewer. */
const USUAL_LINE = 200;
/** A shorter run of such characters holds neither a key nor a Box secret. */
const RUN = "[\\w+/-]{40}|[A-Za-z0-9]{32}";
/** Headers that every commit and tag has, without anything of the size of a secret. */
const USUAL_HEADERS = new RegExp(
  `^(?:(?:tree|parent|object) [0-9a-f]{40,64}\\n|(?:author|committer|encoding|type|tag|tagger) (?:(?!${RUN})[^\\n]){0,${USUAL_LINE}}(?:\\n|$))*$`,
);

/** Bytes of an object that is held as a whole. */
const HELD = 64 * 1024;

/**
 * The headers and the message of a commit or tag, as sources of their own: a rule that reads a message takes no name
 * of its author for its context, and places in a message count from its first line. Those in headers count from the
 * first line of `git cat-file -p`. Headers that cannot hold a secret are left out, and
 * so is a signature alone: most commits of many repositories are signed.
 */
export async function* partsOf(one: GitObject<unknown>, origin: Origin): AsyncGenerator<Source> {
  const whole = one.arrived() ?? (one.size <= HELD ? await wholeOf(one.chunks()) : undefined);
  if (whole === undefined) return yield* streamed(one, origin);
  const { headers, message } = split(whole);
  if (!isUsual(headers)) yield { ...origin, ...placeOf("headers"), ...contentOf(headers) };
  yield { ...origin, ...placeOf("message"), ...contentOf(message) };
}

const placeOf = (part: CommitPart): Pick<Source, "path" | "part"> => ({ part, path: PART_PATHS[part] });

const isUsual = (headers: Buffer) => USUAL_HEADERS.test(withoutSignature(headers.toString("latin1")));

/** The message is what follows the first empty line. */
function split(whole: Buffer): { readonly headers: Buffer; readonly message: Buffer } {
  const end = whole.indexOf(EMPTY_LINE);
  if (end === -1) return { headers: whole, message: whole.subarray(whole.length) };
  return { headers: whole.subarray(0, end + 1), message: whole.subarray(end + EMPTY_LINE.length) };
}

const contentOf = (bytes: Buffer): Pick<Source, "size" | "chunks" | "arrived"> => ({
  size: bytes.length,
  arrived: () => bytes,
  async *chunks() {
    if (bytes.length > 0) yield bytes;
  },
});

/** The same of an object that is not held, however large its headers are. */
function* streamed(one: GitObject<unknown>, origin: Origin): Generator<Source> {
  const parts = new StreamedParts(one);
  const { size } = one;
  yield { ...origin, ...placeOf("headers"), size, chunks: () => parts.headers() };
  yield { ...origin, ...placeOf("message"), size, chunks: () => parts.message() };
}

/** The two parts from one stream: what of the first is not read is skipped where the second begins. */
class StreamedParts {
  readonly #chunks: AsyncIterator<Buffer>;
  #inHeaders = true;
  #endedLine = false;
  /** What of the message has come with the end of the headers. */
  #first: Buffer | undefined;

  constructor(one: GitObject<unknown>) {
    this.#chunks = one.chunks()[Symbol.asyncIterator]();
  }

  async *headers(): AsyncGenerator<Buffer> {
    for (let part = await this.#nextOfHeaders(); part !== undefined; part = await this.#nextOfHeaders())
      yield part;
  }

  async *message(): AsyncGenerator<Buffer> {
    while (this.#inHeaders) await this.#nextOfHeaders();
    if (this.#first !== undefined && this.#first.length > 0) yield this.#first;
    for (let next = await this.#chunks.next(); !next.done; next = await this.#chunks.next()) yield next.value;
  }

  async #nextOfHeaders(): Promise<Buffer | undefined> {
    const next: IteratorResult<Buffer> = this.#inHeaders
      ? await this.#chunks.next()
      : { done: true, value: undefined };
    this.#inHeaders &&= !next.done;
    if (next.done) return undefined;
    const chunk = next.value;
    const empty = this.#endedLine && chunk[0] === LINE_FEED ? 0 : after(chunk.indexOf(EMPTY_LINE));
    this.#endedLine = chunk.at(-1) === LINE_FEED;
    if (empty === undefined) return chunk;
    this.#inHeaders = false;
    this.#first = chunk.subarray(empty + 1);
    return empty === 0 ? undefined : chunk.subarray(0, empty);
  }
}

/** Of the line feed that is an empty line by itself. */
const after = (at: number) => (at === -1 ? undefined : at + 1);
