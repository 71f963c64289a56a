import { type Caller, SAMPLE_CALLERS } from "../callers.ts";
import type { Control } from "../control.ts";
import type { Sandbox } from "../sandbox.ts";
import type { RealBox } from "./ready-line.ts";

export interface Facts {
  readonly control: Control;
  readonly real: RealBox | undefined;
  /** The policy file that replaces the sample. */
  readonly policyPath: string | undefined;
}

/** What runs where, who may have what, and lines that can be pasted into another terminal. */
export function startUpText(sandbox: Sandbox, facts: Facts): string {
  const { everything, nothing, "one-folder": oneFolder } = sandbox.callers;
  if (everything === undefined || oneFolder === undefined || nothing === undefined) return "";
  return [
    "",
    ...table(addresses(sandbox, facts)),
    "",
    ...(facts.policyPath === undefined
      ? ["Three callers; IAM lets each of them call, the sample policy decides what it gets:"]
      : [`Three callers; ${facts.policyPath} decides what each gets:`]),
    "",
    ...[everything, oneFolder, nothing].flatMap((caller) => callerLines(caller, sandbox, facts)),
    "The same token by three clients (paste them into another terminal, in this folder):",
    "",
    curlLine(sandbox, everything),
    "",
    awsLine(sandbox, everything),
    "",
    nodeLine(sandbox, everything),
    "",
    "A token that opens one folder, and a refusal:",
    "",
    curlLine(sandbox, oneFolder),
    curlLine(sandbox, nothing),
    "",
    "Two requests to Box that break, and how they are mended (npm start -- --help lists every fault):",
    "",
    `curl -sS -H "Authorization: Bearer ${facts.control.token}" -d fault=reset -d times=2 ${facts.control.url}`,
    "",
    "Requests follow; Ctrl-C ends it.",
    "",
    "",
  ].join("\n");
}

function addresses(sandbox: Sandbox, { real, control }: Facts): readonly (readonly [string, string])[] {
  return [
    ["token function", sandbox.tokenUrl],
    ["Lambda Invoke API", `${sandbox.invokeUrl}  (function token-invoke, one alias per caller)`],
    ...(real === undefined
      ? ([
          ["Box", sandbox.box.url],
          ["Box over TLS", `${sandbox.box.tlsUrl}  (NODE_EXTRA_CA_CERTS=${sandbox.caPath})`],
        ] as const)
      : ([["Box", `${real.boxUrl}  (the real one)`]] as const)),
    ["Secrets Manager", sandbox.secretsManager.url],
    ["control", `${control.url}  (lets things go wrong)`],
    ["config", real?.configPath ?? sandbox.configPath ?? ""],
  ];
}

function callerLines(caller: Caller, { sample }: Sandbox, { real, policyPath }: Facts): readonly string[] {
  const { name, roleArn, accessKeyId, secretAccessKey } = caller;
  const folder =
    real === undefined ? ` (folder ${sample.reports.id})` : "; a policy of your own can bind it to a folder";
  const expected = SAMPLE_CALLERS[name as keyof typeof SAMPLE_CALLERS];
  const narrowed = real === undefined ? expected : expected.replace("one folder and ", "");
  return [
    `  ${name}`,
    ...(policyPath === undefined ? [`    gets    ${narrowed}${name === "one-folder" ? folder : ""}`] : []),
    `    role    ${roleArn}`,
    `    keys    ${accessKeyId} ${secretAccessKey}`,
    "",
  ];
}

function curlLine({ tokenUrl, region }: Sandbox, { accessKeyId, secretAccessKey }: Caller): string {
  const user = `--user ${accessKeyId}:${secretAccessKey}`;
  return `curl -sS --aws-sigv4 aws:amz:${region}:lambda ${user} -d box_subject_type=enterprise ${tokenUrl}`;
}

/**
 * `fileb:///dev/stdin` is read alike by versions 1 and 2 of the AWS CLI; behind `| cat` its `/dev/stdout` can
 * be opened even where the shell's own output is a socket.
 */
function awsLine({ invokeUrl, region }: Sandbox, { alias, accessKeyId, secretAccessKey }: Caller): string {
  const keys = `AWS_ACCESS_KEY_ID=${accessKeyId} AWS_SECRET_ACCESS_KEY=${secretAccessKey}`;
  const target = `--region ${region} --endpoint-url ${invokeUrl} --function-name token-invoke --qualifier ${alias}`;
  return `echo '{"box_subject_type":"enterprise"}' | ${keys} aws lambda invoke ${target} --payload fileb:///dev/stdin /dev/stdout | cat`;
}

function nodeLine({ invokeUrl, region }: Sandbox, { alias, accessKeyId, secretAccessKey }: Caller): string {
  const credentials = `{ accessKeyId: "${accessKeyId}", secretAccessKey: "${secretAccessKey}" }`;
  const program = [
    'import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";',
    `const lambda = new LambdaClient({ region: "${region}", endpoint: "${invokeUrl}", credentials: ${credentials} });`,
    `const answer = await lambda.send(new InvokeCommand({ FunctionName: "token-invoke", Qualifier: "${alias}", Payload: "{}" }));`,
    "console.log(answer.Payload.transformToString());",
  ];
  return `node --input-type=module -e '${program.join(" ")}'`;
}

function table(rows: readonly (readonly [string, string])[]): readonly string[] {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`);
}
