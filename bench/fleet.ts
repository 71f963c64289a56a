import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { Figure } from "./figures.ts";
import { NO_FAULTS } from "./fleet/faults.ts";
import type { Load } from "./fleet/fleet.ts";
import { picture } from "./fleet/picture.ts";
import { barsOf, rowOf } from "./fleet/rows.ts";
import { faultsOf, SCENARIOS, SCOPE } from "./fleet/scenarios.ts";
import { type Result, STRATEGIES, simulate } from "./fleet/simulate.ts";

/**
 * `node bench/fleet.ts [--instances N] [--requests M] [--hours H] [--subjects S] [--svg file] [--json]`: fleets of so
 * many instances with so many requests an hour, in virtual time. Compares what `box-node-sdk` does in every Lambda
 * function with the token function, without and with the shared cache; then lets things go wrong. Exits with 1 where a
 * bar is missed. `--svg` draws the token requests of fleets of different sizes instead of that.
 */
const { values } = parseArgs({
  options: {
    instances: { type: "string", default: "50" },
    requests: { type: "string", default: "50000" },
    hours: { type: "string", default: "1.5" },
    subjects: { type: "string", default: "1" },
    svg: { type: "string" },
    json: { type: "boolean", default: false },
  },
});
const SEED = 1;
const SIZES = [10, 100, 1_000, 10_000];

function positive(name: "instances" | "requests" | "hours" | "subjects"): number {
  const number = Number(values[name]);
  if (number > 0 && Number.isFinite(number)) return number;
  throw new Error(`--${name} must be a number above 0, not "${values[name]}".`);
}

const load: Load = {
  instances: positive("instances"),
  requests: positive("requests"),
  hours: positive("hours"),
  subjects: positive("subjects"),
};

async function compare(): Promise<boolean> {
  const results: (readonly [string, Result])[] = [];
  for (const strategy of STRATEGIES)
    results.push([strategy, await simulate({ ...load, strategy, faults: NO_FAULTS, seed: SEED })]);
  const bars: Figure[] = [];
  for (const scenario of SCENARIOS) {
    const downscoped = scenario === "downscoped" && { scope: SCOPE };
    const faults = faultsOf(scenario, load);
    const common = { ...load, strategy: "shared cache", faults, seed: SEED } as const;
    const calm = scenario === "calm" ? results.at(-1)?.[1] : undefined;
    const result = calm ?? (await simulate({ ...common, ...downscoped }));
    if (calm === undefined) results.push([`… ${scenario}`, result]);
    bars.push(...barsOf(scenario, result));
  }
  const rows = Object.fromEntries(results.map(([name, result]) => [name, rowOf(result)]));
  if (values.json) console.log(JSON.stringify({ load, rows, bars }));
  else {
    // A column for each fleet: there are more facts than fleets.
    const facts = Object.keys(Object.values(rows)[0] ?? {}) as (keyof ReturnType<typeof rowOf>)[];
    const columns = facts.map((fact) => [
      fact,
      Object.fromEntries(Object.entries(rows).map(([name, row]) => [name, row[fact]])),
    ]);
    console.table(Object.fromEntries(columns));
    console.table(bars);
  }
  return bars.every(({ passed }) => passed);
}

async function draw(path: string): Promise<void> {
  const lines = [];
  for (const strategy of STRATEGIES) {
    const points = [];
    for (const instances of SIZES) {
      const fleet = { ...load, instances, strategy, faults: NO_FAULTS, seed: SEED };
      const { token, lost, refused } = (await simulate(fleet)).posts;
      points.push({ instances, postsPerHour: (token + lost + refused) / load.hours });
    }
    lines.push({ strategy, points });
  }
  writeFileSync(path, picture(lines));
}

if (values.svg !== undefined) await draw(values.svg);
else if (!(await compare())) process.exitCode = 1;
