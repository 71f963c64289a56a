import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UNITS, type Unit } from "./units.ts";

/**
 * `npm run mutation [-- UNIT…]`: changes each unit of `units.ts` in every small way that Stryker knows, runs its tests
 * for each change, and prints the changes that no test notices. Exits with 1 where the tests of a unit notice less than
 * 90 % of them. `MUTATION_CONCURRENCY` is the number of processes (default 1).
 */
const BREAK = 90;

const PACKAGES = "tools/mutation/node_modules/@stryker-mutator";
/** For `test-config.ts`. */
const TESTS = "MUTATION_TESTS";

const names = Object.keys(UNITS);
const given = process.argv.slice(2);
const unknown = given.find((name) => !names.includes(name));
if (unknown !== undefined) {
  console.error(`There is no unit ${unknown}; the units are: ${names.join(", ")}.`);
  process.exit(2);
}

const configOf = ({ mutate }: Unit): object => ({
  mutate,
  plugins: [`./${PACKAGES}/vitest-runner/dist/src/index.js`],
  testRunner: "vitest",
  vitest: { configFile: "tools/mutation/test-config.ts", related: false },
  // Stryker reads this file with an API that TypeScript 7 does not have, and does without a missing one.
  tsconfigFile: "tools/mutation/no-tsconfig.json",
  ignorePatterns: ["action/dist", "dist", "cdk.out", "bench", "examples", "infra"],
  tempDirName: ".stryker-tmp",
  concurrency: Number(process.env.MUTATION_CONCURRENCY ?? 1),
  reporters: ["clear-text"],
  clearTextReporter: { allowColor: false, allowEmojis: false, logTests: false, reportTests: false },
  allowConsoleColors: false,
  thresholds: { high: 100, low: BREAK, break: BREAK },
});

/** Whether the tests of the unit notice enough. */
function isCovered(unit: Unit): boolean {
  const folder = mkdtempSync(join(tmpdir(), "box-sts-mutation-"));
  try {
    const config = join(folder, "stryker.json");
    writeFileSync(config, JSON.stringify(configOf(unit)));
    const { status } = spawnSync(process.execPath, [`${PACKAGES}/core/bin/stryker.js`, "run", config], {
      stdio: "inherit",
      env: { ...process.env, [TESTS]: JSON.stringify(unit.tests) },
    });
    return status === 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const missed = (given.length > 0 ? given : names).filter(
  (name) => !isCovered(UNITS[name as keyof typeof UNITS]),
);
if (missed.length > 0) {
  console.error(`Below the bar of ${BREAK} %, or not run: ${missed.join(", ")}.`);
  process.exitCode = 1;
}
