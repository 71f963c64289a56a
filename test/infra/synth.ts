import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { deployWithCode, EXAMPLE_CONFIG, EXAMPLE_POLICY, newFolder } from "./deployment.ts";

export const ROOT = join(import.meta.dirname, "../..");
export const NO_NETWORK = import.meta.resolve("./no-network.mjs");

/** Nothing of this machine's: no credentials, no profile, no home, and for Node no network. */
const bare = (home: string) => ({
  PATH: `${join(ROOT, "node_modules/.bin")}:${process.env.PATH}`,
  HOME: home,
  // What Node compiled, and how many threads it takes, is the same for every machine.
  NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
  NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ""} --import=${NO_NETWORK}`,
});

interface Synthesised {
  readonly status: number | null;
  readonly output: string;
  /** The folder of the cloud assembly. */
  readonly out: string;
}

export type Synth = (config: string) => Synthesised;

/** A command that synthesises, run once for each `deploy.json`. */
export function synthBy(...command: readonly string[]): Synth {
  const known = new Map<string, Synthesised>();
  return (config) => {
    const synthesised = known.get(config) ?? run(command, config);
    known.set(config, synthesised);
    return synthesised;
  };
}

function run(synth: readonly string[], config: string): Synthesised {
  const home = newFolder();
  const out = join(home, "cdk.out");
  const [command, ...args] = [...synth, "--output", out, "-c", `config=${config}`];
  const { status, stdout, stderr } = spawnSync(command as string, args, {
    cwd: ROOT,
    env: bare(home),
    encoding: "utf8",
  });
  return { status, output: stdout + stderr, out };
}

/** What `npm run synth` runs. */
export const synth = synthBy(process.execPath, "tools/synth.ts");

/** What a command that synthesises owes the deployer, whichever it is. */
export function synthTests(command: string, run: Synth): void {
  test(`${command} works without a network and without credentials, and gives the template that is tested here`, () => {
    const { status, output, out } = run("examples/deploy/deploy.json");
    expect(output).not.toMatch(/credential|ENOTFOUND|EAI_AGAIN|ENETUNREACH/i);
    expect(status).toBe(0);
    const { Resources } = JSON.parse(readFileSync(join(out, "box-sts.template.json"), "utf8"));
    expect(Object.keys(Resources)).toEqual(Object.keys(deployWithCode().resources));
  });
}

/** What each change of the example is, the change, and the sentences that it ends with. */
type Mistake = readonly [what: string, change: Partial<typeof EXAMPLE_CONFIG>, sentences: readonly RegExp[]];

const MISTAKES: readonly Mistake[] = [
  [
    "callers that do not match the policy",
    { callers: EXAMPLE_CONFIG.callers.map((one) => (one.alias ? { ...one, alias: "nightly-synk" } : one)) },
    [
      /^No statement of the policy names the alias "nightly-synk"; .* Did you mean nightly-sync\?$/,
      /statement nightly-sync names the alias "nightly-sync", which no caller is granted/,
    ],
  ],
  [
    "a caller of another account, without what follows from it",
    { callers: [{ principal: "arn:aws:iam::999999999999:role/reports", url: true }] },
    [/^grantInvokeUrl: the caller belongs to the account 999999999999, /],
  ],
];

/** How a command that synthesises ends where `deploy.json` has a mistake: each is a process of some seconds. */
export function mistakeTests(command: string, run: Synth): void {
  test(`a mistake in deploy.json ends ${command} with one sentence and no stack`, () => {
    const path = join(newFolder(), "deploy.json");
    writeFileSync(path, JSON.stringify({ ...EXAMPLE_CONFIG, region: "Frankfurt" }));
    const { status, output } = run(path);
    expect(status).not.toBe(0);
    expect(output).toMatch(/deploy\.json \/region \(line 1, column \d+\): .*expected: AWS region/);
    expect(output).not.toMatch(/^\s+at /m);
  });

  test.each(MISTAKES)(
    `%s end ${command} with a sentence for each mistake and no stack`,
    (_, change, sentences) => {
      const path = join(newFolder(), "deploy.json");
      writeFileSync(path, JSON.stringify({ ...EXAMPLE_CONFIG, ...change }));
      writeFileSync(join(dirname(path), EXAMPLE_CONFIG.policy), JSON.stringify(EXAMPLE_POLICY));
      const { status, output } = run(path);
      expect(status).not.toBe(0);
      const lines = output
        .split("\n")
        .filter((line) => !/^(?:Bundling asset .*|.*Subprocess exited.*|)$/.test(line));
      expect(lines).toEqual(sentences.map((sentence) => expect.stringMatching(sentence)));
    },
  );
}
