import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * `node tools/check/words.ts`: exits with 1 where a committed text uses a word of the table below, and says what to
 * write instead. It reads code, comments, test names, workflows and documents alike.
 */
type Word = readonly [not: string, but: string, where?: RegExp];

/** Words that tests may use in another meaning. */
const OUTSIDE_TESTS = /^(?!test\/)/;
/** The list of words in front of "box", and the table of Box's endpoints, have `ask` as others write it. */
const OUR_OWN_WORDS = /^(?!action\/rules\/box-secret\/vendor-names\.ts$|docs\/differs-from-box\.md$)/;
const WORDS: readonly Word[] = [
  ["tells?|told", "report, log, return or print"],
  ["looks? at|looked at|looking at", "scan, inspect or read"],
  ["CannotLook|LocalLook|EventLook", "ScanError, ScanRequest or ScanPlan"],
  ["stands? in|stood in|stands? twice|stands[A-Z]\\w+", "is in, appears, replaces or placeholder"],
  ["stand-ins?|standIns?|isStandIn|\\w*STAND_INS?\\w*", "placeholder"],
  ["struck|strikes", "affect, fail or inject"],
  ["mends?|mended", "fix or repair"],
  ["anew", "again"],
  ["whoever|whomever", "the actor: caller, operator, attacker"],
  ["somebody|anybody|everybody", "the actor: caller, operator, attacker", OUTSIDE_TESTS],
  ["[nN]obody(?!: \\{)", "the actor, or the passive: is not used, is not known", OUTSIDE_TESTS],
  ["is ill|are ill", "failed its health check"],
  ["openEarly", "preconnect"],
  ["grantUrl", "grantInvokeUrl"],
  ["letRead|letJoin", "grantRead or allowVpcAttach"],
  ["mintSpike|slowRequest", "boxCallsThreshold or p99LatencyThreshold"],
  ["TellGap|tellGap", "onSkipped"],
  ["[sS]urroundings|readSurroundings", "RuntimeDependencies, or context"],
  ["startWorld|WorldApp|AlarmWorld|[iI]nWorld", "test environment, or what it holds"],
  ["[dD]ice", "SeededRandom or random"],
  ["[aA]sks?|asked|asking|asker|Asked|\\w+AskedFor", "request, requested or sender", OUR_OWN_WORDS],
  ["\\w*Answer|\\w*AnswerOf|answerOf|answers?|answering|\\w*[aA]nswered", "response, result or respond"],
  ["waysTo|waysInto", "access"],
  ["demand[A-Z]\\w*", "require…"],
  ["Sifted|[sS]ift(?:s|ed|ing)?", "SuppressionResult, or apply suppressions"],
  ["Wanted|isWanted|TokenWanted", "TokenCriteria, or requested"],
  ["\\w+Members|\\w+_MEMBERS?", "properties", OUTSIDE_TESTS],
  ["[dD]eeds?", "action", OUTSIDE_TESTS],
  [
    "speaksOf\\w*|OutOfTime|sameThings|whatThereIs",
    "mentions…, TimeLimitExceeded, id map or available routes",
  ],
  ["[iI]n the place of", "instead of"],
  ["tak(?:es?|ing) the place of|took the place of", "replace"],
  ["came of it", "the result"],
  ["passes by itself", "is temporary"],
  ["to be had", "obtainable"],
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
