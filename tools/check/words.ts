import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * `node tools/check/words.ts`: exits with 1 where a committed text uses a word of the table below, and says what to
 * write instead. It reads code, comments, test names, workflows and documents alike.
 */
type Word = readonly [not: string, but: string, where?: RegExp];

/** Words that no test uses; in other texts they may have another meaning. */
const TESTS = /^test\//;
const WORDS: readonly Word[] = [
  ["tells?|told", "report, log, return or print"],
  ["looks? at|looked at|looking at", "scan, inspect or read"],
  ["CannotLook|LocalLook|EventLook", "ScanError, ScanRequest or ScanPlan"],
  ["stands? in|stood in|stands? twice", "is in, appears, replaces or placeholder"],
  ["struck|strikes", "affect, fail or inject"],
  ["mends?|mended", "fix or repair"],
  ["anew", "again"],
  ["whoever|whomever", "the actor: caller, operator, attacker"],
  ["is ill|are ill", "failed its health check"],
  ["openEarly", "preconnect"],
  ["grantUrl", "grantInvokeUrl"],
  ["letRead|letJoin", "grantRead or allowVpcAttach"],
  ["mintSpike|slowRequest", "boxCallsThreshold or p99LatencyThreshold"],
  ["TellGap|tellGap", "onSkipped"],
  ["Surroundings", "RuntimeDependencies"],
  ["startWorld|WorldApp|AlarmWorld|[iI]nWorld", "test environment, or what it holds", TESTS],
  ["[dD]ice", "SeededRandom or random", TESTS],
  ["asks?|asked|asking|asker|Asked", "request, requested or sender", TESTS],
  ["\\w*Answer|answers?|answering|[aA]nswered(?! \\d)", "response, result or respond", TESTS],
  ["waysTo|waysInto", "access", TESTS],
];
/** Where the words are named, and what others wrote. */
const EXEMPT =
  /^(CHANGELOG\.md|LICENSE|tools\/check\/words\.ts|action\/dist\/|test\/vectors\/|.*\/package-lock\.json|package-lock\.json)/;

const root = join(import.meta.dirname, "../..");
const files = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
  cwd: root,
  encoding: "utf8",
})
  .split("\0")
  .filter((path) => /\.(ts|mjs|js|md|ya?ml|json|sh)$|^\.ci\/run$/.test(path) && !EXEMPT.test(path));
const patterns = WORDS.map(([not, but, where = /^/]) => ({
  pattern: new RegExp(`\\b(?:${not})\\b`),
  but,
  where,
}));

const found = files.flatMap((path) =>
  readFileSync(join(root, path), "utf8")
    .split("\n")
    .flatMap((line, at) =>
      patterns.flatMap(({ pattern, but, where }) => {
        const [word] = where.test(path) ? (pattern.exec(line) ?? []) : [];
        return word === undefined ? [] : [`${path}:${at + 1}: "${word}": write ${but}`];
      }),
    ),
);
for (const line of found) console.error(line);
if (found.length > 0) process.exitCode = 1;
