import { spawnSync } from "node:child_process";

export interface Timed {
  readonly milliseconds: number;
  /** Peak of the process itself, where it is Node. */
  readonly megabytes: number;
  readonly output: string;
}

/** Reports the peak memory of a Node process when it ends. */
const REPORT_PEAK = `data:text/javascript,process.on("exit",()=>process.stderr.write("PEAK="+process.resourceUsage().maxRSS));`;

export interface Command {
  readonly command: readonly string[];
  readonly folder: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly input?: string;
}

/** One run of a process from start to exit. */
export function timed({
  command: [program = "", ...args],
  folder,
  environment = {},
  input = "",
}: Command): Timed {
  const started = performance.now();
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd: folder,
    encoding: "utf8",
    maxBuffer: 1e9,
    env: { ...process.env, ...environment },
    input,
  });
  const milliseconds = performance.now() - started;
  if (status !== 0) throw new Error(`${program} ${args.join(" ")} ended with ${status}: ${stderr}`);
  return { milliseconds, megabytes: Number(/PEAK=(\d+)/.exec(stderr)?.[1] ?? 0) / 1024, output: stdout };
}

/** The same process, telling its peak memory. */
export const measured = (command: Command): Command => {
  const [program = "", ...args] = command.command;
  return { ...command, command: [program, "--import", REPORT_PEAK, ...args] };
};

export const median = (values: readonly number[]): number =>
  values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;

/** Medians of runs that take turns, after one round that is not counted. */
export function takeTurns<Name extends string>(
  contenders: Readonly<Record<Name, () => number>>,
  rounds: number,
): Readonly<Record<Name, number>> {
  const names = Object.keys(contenders) as Name[];
  const times = new Map<Name, number[]>(names.map((name) => [name, []]));
  for (let round = 0; round <= rounds; round++)
    for (const name of names) {
      const time = contenders[name]();
      if (round > 0) times.get(name)?.push(time);
    }
  return Object.fromEntries(names.map((name) => [name, median(times.get(name) ?? [])])) as Record<
    Name,
    number
  >;
}
