import { functionUrlRegion } from "../client/hosts.ts";
import type { AwsCredentials } from "../client/index.ts";
import { ok, type Result, refused } from "../schemas/result.ts";
import { command, EXIT } from "./command.ts";
import { readDocument } from "./documents.ts";
import { parseExpectations } from "./policy/expectations.ts";
import { isPassed, probeText, reportJson, totalText } from "./probe/report.ts";
import { type ProbeResult, type ProbeRun, plannedRequests, probe as run } from "./probe/run.ts";
import { directTarget, type ProbeTarget, probeTarget } from "./probe/target.ts";
import { progressOn } from "./progress.ts";
import { printRefusal, refusalOf } from "./refusal.ts";
import { painter } from "./terminal.ts";
import { awsCredentials, type NotExported, ofAwsCli } from "./token/aws-credentials.ts";
import { SOURCE_OPTIONS, subjectOf, type TokenOptions } from "./token/target.ts";

const { config: _, "min-ttl": __, ...SOURCE } = SOURCE_OPTIONS;

export const probe = command({
  name: "probe",
  description: [
    "Checks a deployment from outside: the caller's own request must work, and what must be refused is refused.",
    "It sends each request once and drops each token; every refusal leaves a line in the service's audit log.",
  ],
  operands: [],
  options: {
    ...SOURCE,
    "url-function": {
      type: "string",
      value: "NAME",
      help: "the function behind the Function URL (output UrlFunction)",
    },
    "other-profile": {
      type: "string",
      value: "NAME",
      help: "profile of the AWS CLI: another role, which must get nothing",
    },
    "wide-scope": {
      type: "string",
      value: "SCOPES",
      help: "scopes that the policy does not allow; default: root_readwrite",
    },
    "foreign-subject": {
      type: "string",
      value: "WHO",
      help: "whom the policy does not allow; default: another enterprise",
    },
    "foreign-resource": {
      type: "string",
      value: "URL",
      help: "what the policy does not allow; default: folder 0",
    },
    expect: { type: "string", value: "FILE", help: "requests as of box-sts policy test, with --caller" },
    caller: {
      type: "string",
      value: "CALLER",
      help: "who this shell is in that file: its tests alone are run",
    },
    strict: { type: "boolean", help: "also fails where a probe proves nothing" },
  },
  examples: [
    "box-sts probe --url https://abc123.lambda-url.eu-central-1.on.aws/ --url-function box-sts-token-url",
    "box-sts probe --function token-invoke --alias reports --expect policy-tests.yaml --caller alias:reports",
  ],
  exits: { 0: "as expected", 1: "a probe failed, or none proved anything", 2: "wrong use" },
  async run({ values }, terminal) {
    const { json = false, strict = false } = values;
    const targets = targetsOf(values, terminal.env);
    if (!targets.ok) return targets;
    const decisions = await decisionsOf(values.expect, values.caller);
    if (!decisions.ok) return decisions;
    const named = values["foreign-subject"];
    const foreignSubject = named === undefined ? ok(undefined) : subjectOf("foreign-subject", named);
    if (!foreignSubject.ok) return foreignSubject;
    const profile = values["other-profile"];
    const exported = profile === undefined ? undefined : await ofAwsCli(terminal.env, profile);
    if (exported?.ok === false) return refused(otherProfileMistake(profile, exported.error));
    const other = exported?.value;
    let credentials: AwsCredentials;
    try {
      credentials = await awsCredentials(terminal.env)();
    } catch (error) {
      return printRefusal("probe", refusalOf(error), json, terminal);
    }
    const progress = progressOn(terminal);
    const setting: ProbeRun = {
      ...{ targets: targets.value, decisions: decisions.value, credentials, other },
      wideScope: values["wide-scope"],
      foreignSubject: foreignSubject.value,
      foreignResource: values["foreign-resource"],
      chosen: {
        ...{ subject: values.subject !== undefined, scope: values.scope !== undefined },
        resource: values.resource !== undefined,
      },
      begin: progress.begin,
    };
    const hosts = [...new Set(targets.value.map(({ host }) => host))].join(" and ");
    if (!json) terminal.out(`At most ${plannedRequests(setting)} requests to ${hosts}.\n`);
    const results: ProbeResult[] = [];
    const paint = painter(terminal);
    for await (const result of run(setting)) {
      progress.end();
      results.push(result);
      if (!json) terminal.out(probeText(result, paint, terminal));
    }
    progress.end();
    const passed = isPassed(results, strict);
    terminal.out(json ? reportJson(results, passed) : totalText(results));
    return ok(passed ? EXIT.ok : EXIT.finding);
  },
});

const otherProfileMistake = (profile = "", reason: NotExported): string =>
  reason === "not installed"
    ? "--other-profile needs the AWS CLI (2.9 or later), which is not installed."
    : `--other-profile is ${profile}, of which the AWS CLI has no credentials.`;

/** The Function URL, the invoked function, or both, and the way around the URL. */
function targetsOf(
  { "url-function": urlFunction, ...options }: TokenOptions & { readonly "url-function"?: string },
  env: NodeJS.ProcessEnv,
): Result<readonly ProbeTarget[], string> {
  const { url, function: functionName, alias, region, app, subject, scope, resource } = options;
  const common = { region, app, subject, scope, resource };
  if (url === undefined && functionName === undefined)
    return refused("Name a deployment: --url, --function, or both.");
  if (functionName === undefined && alias !== undefined)
    return refused("--alias works only with --function.");
  const made = [
    ...(url === undefined ? [] : [probeTarget(given({ url, ...common }), env)]),
    ...(functionName === undefined
      ? []
      : [probeTarget(given({ function: functionName, alias, ...common }), env)]),
    ...(urlFunction === undefined ? [] : [directTarget(urlFunction, region ?? regionOf(url), env)]),
  ];
  const wrong = made.find((one) => !one.ok);
  if (wrong?.ok === false) return wrong;
  return ok(made.flatMap((one) => (one.ok ? [one.value] : [])));
}

/** Without the options that were not given. */
const given = (options: Readonly<Record<string, string | undefined>>): TokenOptions =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));

const regionOf = (url: string | undefined): string | undefined =>
  url !== undefined && URL.canParse(url) ? functionUrlRegion(new URL(url).hostname) : undefined;

/** The tests of a file that are about this caller. */
async function decisionsOf(
  path: string | undefined,
  caller: string | undefined,
): Promise<Result<ProbeRun["decisions"], string>> {
  if (path === undefined)
    return caller === undefined ? ok([]) : refused("--caller works only with --expect.");
  if (caller === undefined) return refused("--expect needs --caller: who this shell is in that file.");
  const document = await readDocument(path);
  if (!document.ok) return document;
  const parsed = parseExpectations(path, document.value);
  if (!parsed.ok) return refused(`${path} is no valid file of tests. ${parsed.error.slice(0, 3).join(" ")}`);
  const own = parsed.value.filter((one) => one.writtenCaller === caller);
  if (own.length === 0) return refused(`${path} has no test of the caller ${caller}.`);
  return ok(own);
}
