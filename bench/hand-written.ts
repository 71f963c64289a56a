import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fromBER } from "asn1js";
import { ANCHORS } from "../action/rules/private-key/search/anchors.ts";
import { anchorSearch } from "../action/rules/private-key/search/wu-manber.ts";
import { elements, readDer } from "../keys/der.ts";
import { type Figure, print } from "./figures.ts";
import { firstRequests } from "./first-request.ts";
import { takeTurns } from "./processes.ts";

/**
 * `node bench/hand-written.ts [--json]`: what is written by hand for its speed, beside the library that would do the
 * same. Each in turns; the bar says how much faster the own code must be to be worth its lines.
 */
const ROUNDS = 15;
const BYTES = 32 * 1024 * 1024;
const PARSES = 20_000;

/** Milliseconds of this thread's own time. */
function cost(work: () => void): number {
  const before = process.threadCpuUsage();
  work();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1_000;
}

/** Source text, repeated up to a size: what a scan reads. */
function sourceText(): Buffer {
  const text = readFileSync(createRequire(import.meta.url).resolve("esbuild/lib/main.js"));
  return Buffer.alloc(BYTES, text);
}

const literal = (text: string) => text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");

function anchorTimes() {
  const bytes = sourceText();
  const search = anchorSearch(ANCHORS);
  const latin1 = ANCHORS.map(({ bytes }) => Buffer.from(bytes).toString("latin1"));
  const expression = new RegExp(latin1.map(literal).join("|"), "gs");
  return takeTurns(
    {
      own: () =>
        cost(() => {
          for (const _ of search(bytes));
        }),
      regularExpression: () =>
        cost(() => {
          for (const _ of bytes.toString("latin1").matchAll(expression));
        }),
    },
    ROUNDS,
  );
}

function derTimes() {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const der = privateKey.export({ format: "der", type: "pkcs1" });
  const repeated = (parse: () => unknown) => () =>
    cost(() => {
      for (let at = 0; at < PARSES; at++) if (parse() === undefined) throw new Error("The key was not read.");
    });
  return takeTurns(
    {
      own: repeated(() => elements(readDer(der))),
      asn1js: repeated(() => {
        const { offset, result } = fromBER(der);
        return offset === -1 ? undefined : result;
      }),
    },
    ROUNDS,
  );
}

interface Compared {
  readonly figure: string;
  readonly own: number;
  readonly library: number;
  readonly name: string;
  /** The library must take at least this many times as long. */
  readonly atLeast: number;
}

function figureOf({ figure, own, library, name, atLeast }: Compared): Figure {
  const ratio = library / own;
  return {
    figure,
    value: `${own.toFixed(1)} ms`,
    against: `${name}: ${library.toFixed(1)} ms`,
    ratio,
    bar: `the library takes at least ${atLeast} times as long`,
    passed: ratio >= atLeast,
  };
}

const requests = await firstRequests(join(import.meta.dirname, ".."), ROUNDS);
const anchors = anchorTimes();
const der = derTimes();
const figures = [
  figureOf({
    figure: "load, and the first request of the AWS SDK",
    own: requests.sdkHandler,
    library: requests.smithy,
    name: "@smithy/node-http-handler",
    // Our own is there for its time limits; it must not be the slower one.
    atLeast: 1,
  }),
  figureOf({
    figure: "load, and the first POST to Box",
    own: requests.boxClient,
    library: requests.fetch,
    name: "fetch",
    atLeast: 1.5,
  }),
  figureOf({
    figure: "load, and the first POST of the client",
    own: requests.client,
    library: requests.fetch,
    name: "fetch",
    atLeast: 1.5,
  }),
  figureOf({
    figure: "all anchors in 32 MB of source text",
    own: anchors.own,
    library: anchors.regularExpression,
    name: "one regular expression",
    atLeast: 2,
  }),
  figureOf({
    figure: "20,000 RSA keys read as DER",
    own: der.own,
    library: der.asn1js,
    name: "asn1js",
    atLeast: 5,
  }),
];
print(figures);
if (figures.some(({ passed }) => !passed)) process.exitCode = 1;
