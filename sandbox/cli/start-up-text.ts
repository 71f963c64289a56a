import { type Caller, SAMPLE_CALLERS } from "../callers.ts";
import type { Control } from "../control.ts";
import type { Sandbox } from "../sandbox.ts";
import { exportBlock } from "./environment.ts";
import type { RealBox } from "./ready-line.ts";

export interface Facts {
  readonly control: Control;
  readonly real: RealBox | undefined;
  /** The policy file that replaces the sample. */
  readonly policyPath: string | undefined;
  /** What the README's snippets and the examples read. */
  readonly variables: readonly (readonly [string, string])[];
  /** The file that has them too. */
  readonly envPath: string | undefined;
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
    `Paste this into another terminal, in this folder. The README's snippets and the examples then run`,
    `unchanged, as ${everything.name}${facts.envPath === undefined ? " (npm start -- --env FILE writes it into a file)" : `; or read the file: . ${facts.envPath}`}:`,
    "",
    ...exportBlock(facts.variables),
    "",
    "The same token by three clients:",
    "",
    ...CURL,
    "",
    ...AWS_CLI,
    "",
    ...NODE,
    "",
    "A token that opens one folder, and a refusal:",
    "",
    ...curlAs(oneFolder),
    "",
    ...curlAs(nothing),
    "",
    ...faultDemonstration(facts),
    "",
    "Requests follow; Ctrl-C ends it.",
    "",
    "",
  ].join("\n");
}

const SIGNED = 'curl -sS --aws-sigv4 "aws:amz:$AWS_REGION:lambda"';
const CURL = [
  `${SIGNED} --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" \\`,
  '  -d box_subject_type=enterprise "$TOKEN_URL"',
];

/**
 * `fileb:///dev/stdin` is read alike by versions 1 and 2 of the AWS CLI; behind `| cat` its `/dev/stdout` can
 * be opened even where the shell's own output is a socket. Older ones do not read the variable of the endpoint.
 */
const AWS_CLI = [
  `echo '{"box_subject_type":"enterprise"}' | aws lambda invoke --endpoint-url "$AWS_ENDPOINT_URL_LAMBDA" \\`,
  '  --function-name "$BOX_STS_FUNCTION" --qualifier "$ALIAS" --payload fileb:///dev/stdin /dev/stdout | cat',
];

const NODE = [
  `node --input-type=module -e 'import { boxAuth } from "box-sts/client";`,
  "  const { BOX_STS_FUNCTION: functionName, ALIAS: alias } = process.env;",
  "  console.log(JSON.stringify(await boxAuth({ functionName, alias }).retrieveToken()))'",
];

const curlAs = ({ accessKeyId, secretAccessKey }: Caller): readonly string[] => [
  `${SIGNED} --user ${accessKeyId}:${secretAccessKey} \\`,
  '  -d box_subject_type=enterprise "$TOKEN_URL"',
];

/** A scope that nobody asked for before, because a cached token needs no request to Box. */
function faultDemonstration({ real }: Facts): readonly string[] {
  const inject = 'curl -sS -H "Authorization: Bearer $CONTROL_TOKEN"';
  if (real !== undefined) {
    return [
      "One request that Lambda throttles, before it comes to the function (npm start -- --help lists every fault):",
      "",
      `${inject} -d fault=lambda/throttled -d times=1 "$CONTROL_URL"`,
      "",
      ...CURL,
    ];
  }
  return [
    "Two connections to Box that break, and a request that gets its token all the same; the log shows how",
    "(npm start -- --help lists every fault):",
    "",
    `${inject} -d fault=reset -d times=2 "$CONTROL_URL"`,
    "",
    `${SIGNED} --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" \\`,
    '  -d scope=item_preview "$TOKEN_URL"',
  ];
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

function table(rows: readonly (readonly [string, string])[]): readonly string[] {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`);
}
