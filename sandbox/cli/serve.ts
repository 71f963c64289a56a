import { resolve } from "node:path";
import { parseBoxUrl } from "../../functions/lambda/settings.ts";
import { SettingsError } from "../../functions/lambda/settings-error.ts";
import type { Policy } from "../../schemas/policy/parse.ts";
import { checkSeedFolder } from "../box/seed.ts";
import { injectFault } from "../control/faults.ts";
import { startControl } from "../control/listener.ts";
import { faultEventText } from "../faults/fault-text.ts";
import type { HostedFunction } from "../lambda/hosted-function.ts";
import { closerStack } from "../process/closer-stack.ts";
import { OAUTH_APP, OAUTH_POLICY, samplePolicy } from "../sample/policy.ts";
import { policySample } from "../sample/policy-sample.ts";
import { type Sandbox, startSandbox } from "../sandbox.ts";
import { connectLink } from "./connect-link.ts";
import { controlTokenOf } from "./control-token.ts";
import { CannotStart, readConfig, readPolicy } from "./documents.ts";
import { environmentOf, removeEnvironment, requireOwnFile, writeEnvironment } from "./environment.ts";
import { type LiveLog, liveLog } from "./live-log.ts";
import type { CliOptions } from "./options.ts";
import { portOf } from "./ports.ts";
import { type RealBox, readyLine } from "./ready-line.ts";
import type { StartCommand } from "./start-command.ts";
import { startUpText } from "./start-up-text.ts";
import { columnsOf, paintFor } from "./terminal.ts";

/** What a way to the real Box may need of this machine's environment. */
const PASSED_ON = [
  "BOX_API_URL",
  "NODE_EXTRA_CA_CERTS",
  "NODE_USE_ENV_PROXY",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "NO_PROXY",
];

/**
 * Starts the whole sandbox as the options specify and prints how it is used. Resolves, once everything listens, to what
 * ends it.
 */
export async function serveAll(options: CliOptions, command: StartCommand): Promise<() => Promise<void>> {
  const shown = options.json ? process.stderr : process.stdout;
  const say = (text: string | undefined): void => {
    if (text !== undefined) shown.write(`${text}\n`);
  };
  const closers = closerStack();
  try {
    if (options.env !== undefined) await requireOwnFile(options.env);
    if (options.seed !== undefined) await checkSeedFolder(options.seed);
    const real = realBox(options);
    const started = await start(options, say);
    const { sandbox } = started;
    closers.push(sandbox.close);
    const functions = Object.values(sandbox.functions) as readonly HostedFunction[];
    await Promise.all(functions.map(requireStart));
    logFaults(started, say);
    for (const fault of options.faults) injectFault(sandbox.faults, fault);
    const control = await startControl(sandbox.box, {
      port: portOf("the control endpoint", options.port),
    });
    closers.push(control.close);
    const [caller] = Object.values(sandbox.callers);
    const variables = caller === undefined ? [] : environmentOf(sandbox, caller, real, control);
    const { env } = options;
    if (env !== undefined) {
      const made = await writeEnvironment(env, variables);
      closers.push(() => removeEnvironment(env, made));
    }
    const connectUrl = options.oauth ? await connectLink(sandbox, OAUTH_APP) : undefined;
    const own = ownPolicy(options, started);
    const envPath = env && resolve(env);
    const columns = columnsOf(shown);
    say(startUpText(sandbox, { real, control, own, connectUrl, variables, envPath, command, columns }));
    if (options.json) process.stdout.write(`${readyLine(sandbox, real, control, connectUrl)}\n`);
    return closers.close;
  } catch (error) {
    // What the start failed of is what its caller can repair.
    await closers.close().catch(() => {});
    throw error;
  }
}

/** @throws Error a sentence about the function, which has logged the rest */
async function requireStart(hosted: HostedFunction): Promise<void> {
  const error = await hosted.warm();
  if (error !== undefined)
    throw new Error(`The function ${hosted.name} could not start: ${error.errorMessage}`);
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
  const columns = () => columnsOf(shown);
  const log = liveLog({ paint: paintFor(shown), columns, policy: () => decidingPolicy });
  const ports = {
    tokenUrl: portOf("the token function", options.port),
    invokeApi: portOf("the Invoke API", options.port),
    box: portOf("Box", options.port),
    secretsManager: portOf("Secrets Manager", options.port),
    boxTls: portOf("Box over TLS", options.port),
    dynamoDb: portOf("DynamoDB", options.port),
    authorize: portOf("the authorize function", options.port),
  };
  const sandbox = await startSandbox({
    ports,
    sharedCache: options.sharedCache,
    controlToken: controlTokenOf(process.env),
    ...(options.seed === undefined ? {} : { seed: options.seed }),
    ...(options.oauth ? { apps: { [OAUTH_APP]: { authentication: "oauth2" as const } } } : {}),
    ...(config === undefined ? {} : { realConfig: config.text, env: passedOn() }),
    ...(policy === undefined ? {} : { policy: policy.text, policySample: policySample(policy.value) }),
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

/** The policy instead of the sample: the user's own, or that of the OAuth 2.0 app. */
async function policyOf({ policy, oauth }: CliOptions): Promise<{ text: string; value: Policy } | undefined> {
  if (oauth) return { text: JSON.stringify(OAUTH_POLICY), value: OAUTH_POLICY };
  return policy === undefined ? undefined : readPolicy(policy);
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

/** @throws CannotStart where the environment's address of Box is none */
function realBox({ config }: CliOptions): RealBox | undefined {
  if (config === undefined) return undefined;
  try {
    return { configPath: resolve(config), boxUrl: parseBoxUrl(process.env) };
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    throw new CannotStart(`${error.message} Correct the variable, or unset it for Box's own address.`);
  }
}
