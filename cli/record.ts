import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { jsonText, visible } from "../action/report/escape.ts";
import { wrapLines } from "../action/report/wrap-lines.ts";
import { PortTaken } from "../sandbox/http/server.ts";
import { parseAssertions } from "../sandbox/record/assertion.ts";
import { BoxUnreachable } from "../sandbox/record/box-request.ts";
import { type CheckResult, checkAssertions, type Difference } from "../sandbox/record/check.ts";
import { ASSERTIONS_FILE, startRecorder } from "../sandbox/record/recorder.ts";
import { parseBoxConfig } from "../schemas/box-config/parse.ts";
import { formatIssues } from "../schemas/json/issue.ts";
import { isHttpsOrLoopback } from "../schemas/protocol/hosts.ts";
import { ok, type Result, refused } from "../schemas/result.ts";
import { type Arguments, command, EXIT, type ExitStatus } from "./command.ts";
import { readDocument, writeProblem } from "./documents.ts";
import type { Terminal } from "./terminal.ts";

const options = {
  out: { type: "string", value: "FOLDER", help: "where the record is written at the end" },
  upstream: {
    type: "string",
    value: "URL",
    help: "the Box that is recorded; default: https://api.box.com with its other hosts",
  },
  port: { type: "string", value: "N", help: "port of the recorder on 127.0.0.1; default: a free one" },
  "keep-people": { type: "boolean", help: "write names and email addresses of users as they are" },
  check: { type: "string", value: "FOLDER", help: "make the requests of this record again, and compare" },
  url: { type: "string", value: "URL", help: "the Box that is checked, as http://127.0.0.1:8702" },
  config: { type: "string", value: "FILE", help: "config.json of an app at the Box that is checked" },
} as const;
type Values = Arguments<typeof options>["values"];

export const record = command({
  name: "record",
  description: [
    "Records what a program and Box send each other, through a proxy on 127.0.0.1 and without secrets:",
    "as a seed for the sandbox, and as assertions. With --check it makes the recorded requests again, at a Box",
    "that has the seed, and reports each response of another status or shape.",
  ],
  operands: [],
  options,
  examples: [
    "box-sts record --out recording",
    "box-sts record --check recording --url http://127.0.0.1:8702 --config config.json",
  ],
  exits: {
    0: "done, or all is as recorded",
    1: "a response differs or Box is not reached",
    2: "wrong use or file",
  },
  async run({ values }, terminal) {
    if ((values.out === undefined) === (values.check === undefined))
      return refused("Give --out FOLDER to record, or --check FOLDER to compare. See: box-sts record --help");
    return values.check === undefined
      ? recordUntilSignal(values.out as string, values, terminal)
      : check(values.check, values, terminal);
  },
});

async function recordUntilSignal(
  out: string,
  { upstream, port = "0", json, "keep-people": keepPeople = false }: Values,
  terminal: Terminal,
): Promise<Result<ExitStatus, string>> {
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535)
    return refused(`--port takes a number from 0 to 65535.`);
  const box = upstream === undefined ? undefined : boxUrl("--upstream", upstream);
  if (box !== undefined && !box.ok) return box;
  if (existsSync(join(out, ASSERTIONS_FILE)))
    return refused(`${out} has a record; name another folder, or remove ${join(out, ASSERTIONS_FILE)}.`);
  try {
    const recorder = await startRecorder({
      ...{ out, upstream: box?.value, port: Number(port), keepPeople },
      onFailure: (sentence) => terminal.err(`box-sts record: ${visible(sentence)}\n`),
    });
    const { baseUrls } = recorder;
    terminal.out(
      json ? `${jsonText({ url: recorder.url, ...baseUrls })}\n` : wrapLines(startText(baseUrls), terminal),
    );
    await signalled();
    const { count } = recorder;
    const paths = await recorder.close();
    const done = `${count} ${count === 1 ? "request" : "requests"} recorded: ${paths.assertions}, ${paths.seed}`;
    terminal.out(
      json ? `${jsonText({ requests: count, ...paths })}\n` : wrapLines(`${visible(done)}\n`, terminal),
    );
    return ok(EXIT.ok);
  } catch (error) {
    if (error instanceof PortTaken)
      return refused(`Port ${error.port} is taken by another process; choose another one with --port.`);
    const problem = writeProblem(out, error);
    if (problem !== undefined) return refused(problem);
    throw error;
  }
}

const startText = ({ baseUrl, uploadUrl, oauth2Url }: Record<string, string>) =>
  `Recording. Give these base URLs to your Box SDK, and end with Ctrl+C:\n  API      ${baseUrl}\n  uploads  ${uploadUrl}\n  OAuth    ${oauth2Url}\n`;

async function check(
  folder: string,
  values: Values,
  terminal: Terminal,
): Promise<Result<ExitStatus, string>> {
  const { url = "", config: configPath } = values;
  if (url === "" || configPath === undefined)
    return refused(
      "--check needs --url URL, the Box that is checked, and --config FILE, an app's config there.",
    );
  const box = boxUrl("--url", url);
  if (!box.ok) return box;
  const document = await readDocument(configPath);
  if (!document.ok) return document;
  const config = parseBoxConfig(document.value);
  if (!config.ok) return refused(`${configPath} is no usable Box config. ${formatIssues(config.error)}`);
  if (config.value.config.grant === "jwt" && config.value.config.kmsKeyId !== undefined)
    return refused(
      `${configPath} names a key in AWS KMS; --check needs a config that holds its private key.`,
    );
  const path = join(folder, ASSERTIONS_FILE);
  const text = await readFile(path, "utf8").catch(() => undefined);
  if (text === undefined) return refused(`${path} cannot be read; name a folder that --out has written.`);
  const assertions = parseAssertions(text);
  if (!assertions.ok) return refused(`${path} is no record. ${assertions.error}`);
  try {
    const result = await checkAssertions(assertions.value, { url: box.value, config: config.value.config });
    terminal.out(values.json ? `${jsonText(result)}\n` : wrapLines(checkText(result), terminal));
    return ok(result.differences.length === 0 ? EXIT.ok : EXIT.finding);
  } catch (error) {
    if (!(error instanceof BoxUnreachable)) throw error;
    terminal.err(`box-sts record: ${box.value} was not reached. Start that Box, or correct --url.\n`);
    return ok(EXIT.finding);
  }
}

function checkText({ checked, skipped, differences }: CheckResult): string {
  const counts = `${checked} checked, ${skipped.length} skipped, ${differences.length} differences`;
  const reasons = skipped.map(({ line, reason }) => `skipped  line ${line}: ${reason}`);
  return `${[...reasons, ...differences.map(differenceLine), counts].map(visible).join("\n")}\n`;
}

function differenceLine({ line, method, path, what, pointer = "", recorded, actual }: Difference): string {
  const where = what === "status" ? "status" : pointer === "" ? "body" : pointer;
  return `differs  line ${line}: ${method} ${path}: ${where} is ${actual}, recorded ${recorded}`;
}

/** A secret passes there, so that plain HTTP is for this machine alone. */
function boxUrl(option: string, text: string): Result<string, string> {
  const url = URL.parse(text);
  // Not quoted: what is too much in it may be a secret.
  if (url !== null && (url.username + url.password !== "" || /[?#]/.test(url.href)))
    return refused(`${option} is a base URL alone: leave out user, password, query and fragment.`);
  if (url === null || !isHttpsOrLoopback(url))
    return refused(`${option} is ${text}; write an https URL, or an http one of 127.0.0.1 or localhost.`);
  return ok(url.href.replace(/\/+$/, ""));
}

/** Resolves on a signal to end. Another one, as of a second Ctrl-C, does not end the process before the record is written. */
function signalled(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => resolve());
  });
}
