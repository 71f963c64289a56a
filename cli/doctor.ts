import { ok, type Result, refused } from "../schemas/result.ts";
import { command, EXIT } from "./command.ts";
import type { CheckResult, CheckRun, Checks } from "./doctor/check.ts";
import { checkText, isHealthy, reportJson, totalText } from "./doctor/report.ts";
import { progressOn } from "./progress.ts";
import { painter, type Terminal } from "./terminal.ts";
import { SOURCE_OPTIONS, type TokenSource, tokenSource } from "./token/target.ts";

const { "min-ttl": _, ...SOURCE } = SOURCE_OPTIONS;

export const doctor = command({
  name: "doctor",
  description: [
    "Checks a config file, offline and at Box, or what this shell's identity sees of a deployment, and says what to",
    "do next. It changes nothing; a token that it requests is neither printed nor kept.",
  ],
  operands: [],
  options: {
    ...SOURCE,
    function: {
      type: "string",
      value: "NAME",
      help: "with --alias a token function; without it the health function, by name or ARN",
    },
    "public-key": {
      type: "string",
      value: "FILE",
      help: "with --config: what was uploaded at Box as the public key",
    },
    offline: { type: "boolean", help: "with --config: only the checks that need no network" },
  },
  examples: [
    "box-sts doctor --config config.json --offline",
    "box-sts doctor --config config.json --subject user:12345 --scope root_readwrite",
    "box-sts doctor --function box-sts-health --region eu-central-1",
  ],
  exits: { 0: "all is well, perhaps with warnings", 1: "a check failed", 2: "wrong use" },
  async run({ values }, terminal) {
    const { "public-key": publicKey, offline = false, json = false, ...options } = values;
    const source = tokenSource(options);
    if (!source.ok) return source;
    const progress = progressOn(terminal);
    const run = { env: terminal.env, begin: progress.begin };
    const checks = await checksOf(source.value, { publicKey, offline }, terminal, run);
    if (!checks.ok) return checks;
    const results: CheckResult[] = [];
    const paint = painter(terminal);
    for await (const result of checks.value) {
      progress.end();
      results.push(result);
      if (!json) terminal.out(checkText(result, paint, terminal));
    }
    progress.end();
    const from = (["url", "function", "config"] as const).find((name) => options[name] !== undefined) ?? "";
    terminal.out(json ? reportJson(from, results) : totalText(results));
    return ok(isHealthy(results) ? EXIT.ok : EXIT.finding);
  },
});

/** The checks of what the options name; the error is a sentence about the options. */
async function checksOf(
  source: TokenSource,
  ofConfig: { readonly publicKey: string | undefined; readonly offline: boolean },
  terminal: Terminal,
  run: CheckRun,
): Promise<Result<Checks, string>> {
  if (source.kind === "config")
    return (await import("./doctor/config-checks.ts")).configChecks(source, ofConfig, run);
  const alone = ofConfig.offline ? "--offline" : ofConfig.publicKey && "--public-key";
  if (alone) return refused(`${alone} works only with --config; leave it out.`);
  const { deployedChecks, deploymentOf } = await import("./doctor/deployed.ts");
  const deployment = deploymentOf(source.options, terminal.env);
  return deployment.ok ? ok(deployedChecks(deployment.value, terminal, run)) : deployment;
}
