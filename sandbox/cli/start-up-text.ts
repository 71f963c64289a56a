import { matchesCaller } from "../../schemas/policy/caller-pattern.ts";
import type { Policy, Statement } from "../../schemas/policy/parse.ts";
import type { Control } from "../control/listener.ts";
import type { DynamoDb } from "../dynamodb/server.ts";
import { type Caller, SAMPLE_CALLERS } from "../sample/callers.ts";
import { requestFor } from "../sample/policy-sample.ts";
import type { Sandbox } from "../sandbox.ts";
import { exportBlock, quoted } from "./environment.ts";
import type { RealBox } from "./ready-line.ts";
import type { StartCommand } from "./start-command.ts";
import { COLUMNS, fittedBlocks } from "./terminal.ts";

export interface Facts {
  readonly control: Control;
  readonly real: RealBox | undefined;
  /** The policy instead of the sample, and its file. */
  readonly own: (Policy & { readonly path: string }) | undefined;
  /** Where a user connects to the OAuth 2.0 app, if one is served. */
  readonly connectUrl?: string | undefined;
  /** What the README's snippets and the examples read. */
  readonly variables: readonly (readonly [string, string])[];
  /** The file that has them too. */
  readonly envPath: string | undefined;
  readonly command: StartCommand;
  /** Width of the terminal; default: 100. */
  readonly columns?: number;
}

/** What runs where, who may have what, and lines that can be pasted into another terminal. */
export function startUpText(sandbox: Sandbox, facts: Facts): string {
  const [first] = Object.values(sandbox.callers);
  const { columns = COLUMNS } = facts;
  const lines = [
    "",
    ...table(addresses(sandbox, facts)),
    "",
    ...(facts.own === undefined ? sampleCallers(sandbox, facts) : ownCallers(sandbox, facts.own)),
    ...pasteThis(first, facts),
    "",
    ...exportBlock(facts.variables, columns),
    "",
    ...connecting(sandbox, facts),
    ...(facts.own === undefined ? sampleCommands(sandbox) : ownCommands(sandbox, facts.own)),
    ...healthCheck(sandbox),
    ...faultDemonstration(facts),
    "",
    "Requests follow, times in UTC; Ctrl-C ends it.",
    "",
    "",
  ];
  return fittedBlocks(lines.join("\n"), columns);
}

function pasteThis(first: Caller | undefined, { own, envPath, command }: Facts): readonly string[] {
  const file =
    envPath === undefined ? `${command.text} --env FILE writes it into a file` : `or: . ${quoted(envPath)}`;
  if (own !== undefined) {
    return [
      "Paste this into another terminal, in this folder, before the commands below",
      `(the keys are those of ${first?.name ?? "no caller"}; ${file}):`,
    ];
  }
  return [
    "Paste this into another terminal, in this folder. The README's snippets and the examples then run",
    `unchanged, as ${first?.name} (${file}):`,
  ];
}

/** As the operator, because no caller may invoke it. */
const healthCheck = ({ operator, functions }: Sandbox): readonly string[] => [
  "Whether each app gets tokens, by the health function, as the operator:",
  "",
  `${SIGNED} \\`,
  `  --user ${operator.accessKeyId}:${operator.secretAccessKey} -d '{}' \\`,
  `  "$AWS_ENDPOINT_URL_LAMBDA/2015-03-31/functions/${functions.health.name}/invocations"`,
  "",
];

/** How a user of the sandbox connects to the OAuth 2.0 app. */
function connecting({ sample }: Sandbox, { connectUrl }: Facts): readonly string[] {
  if (connectUrl === undefined) return [];
  const { name, id } = sample.managedUser;
  return [
    `Open this link in a browser, choose ${name} (user ${id}) and grant access; the commands below`,
    "then get that user's tokens:",
    "",
    connectUrl,
    "",
  ];
}

function sampleCallers(sandbox: Sandbox, facts: Facts): readonly string[] {
  const callers = Object.values(sandbox.callers);
  return [
    "Three callers; IAM lets each of them call, the sample policy decides what it gets:",
    "",
    ...callers.flatMap((caller) => callerLines(caller, sandbox, facts)),
  ];
}

function sampleCommands({ callers }: Sandbox): readonly string[] {
  const { "one-folder": oneFolder, nothing } = callers;
  return [
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
    ...(oneFolder === undefined ? [] : curlAs(oneFolder, SERVICE_ACCOUNT)),
    "",
    ...(nothing === undefined ? [] : curlAs(nothing, SERVICE_ACCOUNT)),
    "",
  ];
}

type Properties = Readonly<Record<string, string>>;

const SERVICE_ACCOUNT: Properties = { box_subject_type: "enterprise" };
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

/** By the Function URL. */
const curlAs = ({ accessKeyId, secretAccessKey }: Caller, properties: Properties): readonly string[] => [
  `${SIGNED} \\`,
  `  --user ${accessKeyId}:${secretAccessKey} \\`,
  `  ${Object.entries(properties)
    .map(([name, value]) => `-d ${name}=${quoted(value)}`)
    .join(" ")} "$TOKEN_URL"`,
];

/** By Lambda's API, through the caller's alias. */
const invokeAs = (
  { accessKeyId, secretAccessKey, alias }: Caller,
  properties: Properties,
): readonly string[] => [
  `${SIGNED} --user ${accessKeyId}:${secretAccessKey} \\`,
  `  -H "Content-Type: application/json" -d '${JSON.stringify(properties)}' \\`,
  `  "$AWS_ENDPOINT_URL_LAMBDA/2015-03-31/functions/$BOX_STS_FUNCTION/invocations?Qualifier=${alias}"`,
];

/** The callers of a policy of the user's own, and the statements that know them. */
function ownCallers(
  sandbox: Sandbox,
  { path, statements }: Policy & { readonly path: string },
): readonly string[] {
  const callers = Object.values(sandbox.callers);
  if (callers.length === 0) return [`${path} has no statement, so that it names no caller.`, ""];
  return [
    `The callers that the statements of ${path} name; for a * stands "example":`,
    "",
    ...callers.flatMap((caller) => [
      `  ${caller.name}`,
      ...statements
        .filter((statement) => accessBy(statement, caller).length > 0)
        .map(
          (statement) => `    gets    ${statement.id}, by ${accessBy(statement, caller).join(" and by ")}`,
        ),
      `    role    ${caller.roleArn}`,
      `    alias   ${caller.alias}`,
      `    keys    ${caller.accessKeyId} ${caller.secretAccessKey}`,
      "",
    ]),
  ];
}

const MAX_COMMANDS = 6;

/** A command for each statement, by its first caller. */
function ownCommands(sandbox: Sandbox, { statements }: Policy): readonly string[] {
  const { managedUser, reports } = sandbox.sample;
  const commands = statements.slice(0, MAX_COMMANDS).flatMap((statement) => {
    const caller = Object.values(sandbox.callers).find((one) => accessBy(statement, one).length > 0);
    if (caller === undefined) return [];
    const properties = requestFor(statement, managedUser.id, reports.id);
    const [access] = accessBy(statement, caller);
    const command = access === "its alias" ? invokeAs : curlAs;
    return [`By the statement ${statement.id}:`, "", ...command(caller, properties), ""];
  });
  const more = statements.length - MAX_COMMANDS;
  return more > 0 ? [...commands, `And ${more} more statements.`, ""] : commands;
}

/** How the caller gets what the statement allows; a statement that has its name means both. */
function accessBy(
  { caller }: Statement,
  { roleArn, name, alias }: Caller,
): readonly ("the Function URL" | "its alias")[] {
  return [
    ...(matchesCaller(caller, { iam: roleArn, name }) ? (["the Function URL"] as const) : []),
    ...(matchesCaller(caller, { alias }) ? (["its alias"] as const) : []),
  ];
}

/** A scope that no call has requested before, because a cached token needs no request to Box. */
function faultDemonstration({ real, own, command }: Facts): readonly string[] {
  const inject = 'curl -sS -H "Authorization: Bearer $CONTROL_TOKEN"';
  if (real !== undefined || own !== undefined) {
    return [
      `One request that Lambda throttles, before it comes to the function (${command.text} --help lists every fault):`,
      "",
      `${inject} -d fault=lambda/throttled:0 -d times=1 "$CONTROL_URL"`,
      "",
      ...CURL,
    ];
  }
  return [
    "Two connections to Box that break, and a request that gets its token all the same; the log shows how",
    `(${command.text} --help lists every fault):`,
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
          ["Box over TLS", `${sandbox.box.tlsUrl}  (NODE_EXTRA_CA_CERTS=${quoted(sandbox.caPath)})`],
          [
            "Box's console",
            `${sandbox.box.url}/  (for a browser: apps, tokens, files, requests, faults, clock)`,
          ],
        ] as const)
      : ([["Box", `${real.boxUrl}  (the real one)`]] as const)),
    ["Secrets Manager", sandbox.secretsManager.url],
    ...(sandbox.sharedCache === undefined ? [] : [tableAddress(sandbox.sharedCache.dynamoDb)]),
    ...(sandbox.authorizeUrl === undefined
      ? []
      : ([["authorize function", `${sandbox.authorizeUrl}  (public)`]] as const)),
    ["control", `${control.url}  (lets things go wrong)`],
    ["config", real?.configPath ?? sandbox.configPath ?? ""],
  ];
}

const tableAddress = ({ url, tableName }: DynamoDb) =>
  ["DynamoDB", `${url}  (table ${tableName}, the shared cache)`] as const;

function callerLines(caller: Caller, { sample }: Sandbox, { real }: Facts): readonly string[] {
  const { name, roleArn, accessKeyId, secretAccessKey } = caller;
  const folder =
    real === undefined ? ` (folder ${sample.reports.id})` : "; a policy of your own can bind it to a folder";
  const expected = SAMPLE_CALLERS[name as keyof typeof SAMPLE_CALLERS];
  const narrowed = real === undefined ? expected : expected.replace("one folder and ", "");
  return [
    `  ${name}`,
    `    gets    ${narrowed}${name === "one-folder" ? folder : ""}`,
    `    role    ${roleArn}`,
    `    keys    ${accessKeyId} ${secretAccessKey}`,
    "",
  ];
}

function table(rows: readonly (readonly [string, string])[]): readonly string[] {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`);
}
