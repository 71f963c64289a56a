import { execFileSync } from "node:child_process";
import { startSandbox } from "../sandbox/sandbox.ts";
import { type Figure, shown, spreadOf } from "./figures.ts";
import { spawnToToken, TOKEN_FUNCTION } from "./first-token.ts";
import { functionEnvironment } from "./function-environment.ts";

const ROUNDS = 15;
const WARM_UP_ROUNDS = 2;
const MAX_RATIO = 1.15;

/** Loads the handler and prints the processor time of the process until then, in milliseconds. */
const INITIALISE = `
  await import(process.argv[1]);
  const { user, system } = process.cpuUsage();
  process.stdout.write(String((user + system) / 1000), () => process.exit());`;

/**
 * What a table costs a cold start: the code that an environment loads, as processor time, and the requests to the table
 * until the first token, which another environment has stored there. With and without a table in turn.
 */
export async function sharedCacheStart(): Promise<readonly Figure[]> {
  const sandbox = await startSandbox({ sharedCache: true });
  try {
    const withTable = functionEnvironment(sandbox);
    const environments = { without: { ...withTable, BOX_STS_TABLE: "" }, with: withTable };
    const [initialisation, firstToken] = [samples(), samples()];
    for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round += 1) {
      for (const name of ["without", "with"] as const) {
        const cpu = initialise(environments[name]);
        const elapsed = await spawnToToken(TOKEN_FUNCTION, environments[name]);
        if (round < 0) continue;
        initialisation[name].push(cpu);
        firstToken[name].push(elapsed);
      }
    }
    return [
      figureOf("initialisation with a shared cache, processor time", initialisation),
      figureOf("process spawn to first token with a shared cache", firstToken),
    ];
  } finally {
    await sandbox.close();
  }
}

interface Samples {
  readonly without: number[];
  readonly with: number[];
}

const samples = (): Samples => ({ without: [], with: [] });

function initialise(env: NodeJS.ProcessEnv): number {
  const script = ["--input-type=module", "-e", INITIALISE, TOKEN_FUNCTION];
  return Number(execFileSync(process.execPath, script, { env, encoding: "utf8" }));
}

function figureOf(figure: string, measured: Samples): Figure {
  const [without, withTable] = [spreadOf(measured.without), spreadOf(measured.with)];
  const ratio = withTable.median / without.median;
  return {
    figure,
    value: shown(withTable),
    against: `without a table: ${shown(without)}`,
    ratio,
    bar: `at most ${MAX_RATIO} times`,
    passed: ratio <= MAX_RATIO,
  };
}
