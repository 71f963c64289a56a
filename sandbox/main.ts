import { resolve } from "node:path";
import type { Policy } from "../schemas/policy/parse.ts";
import { BOX_API_URL } from "../schemas/protocol/hosts.ts";
import { readConfig, readPolicy } from "./cli/documents.ts";
import { demandOurs, environmentOf, removeEnvironment, writeEnvironment } from "./cli/environment.ts";
import { type LiveLog, liveLog } from "./cli/live-log.ts";
import { type CliOptions, HELP, parseOptions } from "./cli/options.ts";
import { type RealBox, readyLine } from "./cli/ready-line.ts";
import { startUpText } from "./cli/start-up-text.ts";
import { paintFor } from "./cli/terminal.ts";
import { connectLink } from "./connect-link.ts";
import { injectFault, startControl } from "./control.ts";
import { faultEventText } from "./fault-text.ts";
import { OAUTH_APP, OAUTH_POLICY, samplePolicy } from "./policy.ts";
import { castOf } from "./policy-cast.ts";
import { type Sandbox, startSandbox } from "./sandbox.ts";
import { PortTaken } from "./server.ts";

const PLACES = [
  "the token function",
  "the Invoke API",
  "Box",
  "Secrets Manager",
  "Box over TLS",
  "the control endpoint",
  "DynamoDB",
  "the authorize function",
];

/** What a way to the real Box may need of this machine's environment. */
const PASSED_ON = [
  "BOX_API_URL",
  "NODE_EXTRA_CA_CERTS",
  "NODE_USE_ENV_PROXY",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "NO_PROXY",
];

// A reader that goes away (`npm start | head`) is no reason to leave processes behind.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});

const parsed = parseOptions(process.argv.slice(2));
if (!parsed.ok) fail(parsed.error);
else if (parsed.value.help) process.stdout.write(HELP);
else await serve(parsed.value);

async function serve(options: CliOptions): Promise<void> {
  const say = (text: string | undefined): void => {
    if (text !== undefined) (options.json ? process.stderr : process.stdout).write(`${text}\n`);
  };
  let sandbox: Sandbox | undefined;
  try {
    const ended = signalled();
    if (options.env !== undefined) await demandOurs(options.env);
    const started = await start(options, say);
    sandbox = started.sandbox;
    for (const hosted of Object.values(sandbox.functions)) {
      const error = await hosted.warm();
      if (error !== undefined) say(`${hosted.name} could not start: ${error.errorMessage}`);
    }
    logFaults(started, say);
    for (const fault of options.faults) injectFault(sandbox.faults, fault);
    const control = await startControl(sandbox.faults, {
      port: portAt(options.port, PLACES.indexOf("the control endpoint")),
    });
    const real = realBox(options);
    const [caller] = Object.values(sandbox.callers);
    const variables = caller === undefined ? [] : environmentOf(sandbox, caller, real, control);
    if (options.env !== undefined) await writeEnvironment(options.env, variables);
    const connectUrl = options.oauth ? await connectLink(sandbox, OAUTH_APP) : undefined;
    const own = ownPolicy(options, started);
    const envPath = options.env && resolve(options.env);
    say(startUpText(sandbox, { real, control, own, connectUrl, variables, envPath }));
    if (options.json) process.stdout.write(`${readyLine(sandbox, real, control, connectUrl)}\n`);
    await ended;
    await control.close();
    if (options.env !== undefined) await removeEnvironment(options.env);
    await sandbox.close();
    process.exit(0);
  } catch (error) {
    await sandbox?.close();
    if (error instanceof PortTaken) fail(portSentence(error.port, options.port));
    else fail(error instanceof Error ? error.message : String(error));
  }
}

function logFaults({ sandbox, log }: StartedSandbox, say: (text: string) => void): void {
  for (const faults of Object.values(sandbox.faults)) {
    faults.observe((event) => say(log.faultLine(faultEventText(event))));
  }
}

interface StartedSandbox {
  readonly sandbox: Sandbox;
  readonly log: LiveLog;
  readonly policy: Policy;
}

async function start(options: CliOptions, say: (text: string | undefined) => void): Promise<StartedSandbox> {
  let decidingPolicy: Policy | undefined;
  const config = options.config === undefined ? undefined : await readConfig(options.config);
  const policy = await policyOf(options);
  config?.warnings.forEach(say);
  const shown = options.json ? process.stderr : process.stdout;
  const log = liveLog({ paint: paintFor(shown), policy: () => decidingPolicy });
  const ports = PLACES.map((_, place) => portAt(options.port, place));
  const [tokenUrl, invokeApi, box, secretsManager, boxTls, , dynamoDb, authorize] = ports;
  const sandbox = await startSandbox({
    ports: { tokenUrl, invokeApi, box, secretsManager, boxTls, dynamoDb, authorize } as Record<
      string,
      number
    >,
    sharedCache: options.sharedCache,
    ...(options.oauth ? { apps: { [OAUTH_APP]: { authentication: "oauth2" as const } } } : {}),
    ...(config === undefined ? {} : { realConfig: config.text, env: passedOn() }),
    ...(policy === undefined ? {} : { policy: policy.text, cast: castOf(policy.value) }),
    onLine: (functionName, line) => say(log.functionLine(functionName, line)),
    onFrontEvent: (event) => say(log.frontEvent(event)),
  });
  decidingPolicy =
    policy?.value ??
    samplePolicy(
      Object.values(sandbox.callers),
      config === undefined ? sandbox.sample.reports.id : undefined,
    );
  return { sandbox, log, policy: decidingPolicy };
}

function ownPolicy({ oauth, policy: path }: CliOptions, { policy }: StartedSandbox) {
  if (oauth) return { path: "the sample policy", ...policy };
  return path === undefined ? undefined : { path, ...policy };
}

/** The policy in the place of the sample: the user's own, or that of the OAuth 2.0 app. */
async function policyOf({ policy, oauth }: CliOptions): Promise<{ text: string; value: Policy } | undefined> {
  if (oauth) return { text: JSON.stringify(OAUTH_POLICY), value: OAUTH_POLICY };
  return policy === undefined ? undefined : readPolicy(policy);
}

function portAt(first: number, place: number): number {
  return first === 0 ? 0 : first + place;
}

function portSentence(taken: number, first: number): string {
  const place = PLACES[taken - first] ?? "a server";
  return `Port ${taken}, for ${place}, is taken by another process. End that process, choose other ports with npm start -- --port N (N to N+7 are used), or let free ones be picked with --port 0.`;
}

function passedOn(): Record<string, string> {
  const env: Record<string, string> = {};
  for (const name of PASSED_ON) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  if (env.NODE_USE_ENV_PROXY !== undefined)
    env.NO_PROXY = [env.NO_PROXY, "127.0.0.1"].filter(Boolean).join(",");
  return env;
}

function realBox({ config }: CliOptions): RealBox | undefined {
  if (config === undefined) return undefined;
  return { configPath: resolve(config), boxUrl: process.env.BOX_API_URL ?? BOX_API_URL };
}

/** Resolves on a signal to end this process, or when npm, which started it, is gone. */
function signalled(): Promise<void> {
  const parent = process.ppid;
  return new Promise((done) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => done());
    if (process.env.npm_lifecycle_event === undefined) return;
    // npm's shell does not hand SIGTERM on; without this the sandbox would outlive `npm start`.
    setInterval(() => process.ppid !== parent && done(), 250).unref();
  });
}

function fail(sentence: string): void {
  process.stderr.write(`${sentence}\n`);
  process.exitCode = 1;
}
