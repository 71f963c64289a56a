import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { columnsOf, fittedBlocks } from "../../../sandbox/cli/terminal.ts";
import { type Sandbox, startSandbox } from "../../../sandbox/sandbox.ts";
import { childrenOf } from "../../support/children.ts";
import { type Running, ready, refusedStart, requestToken, startMain } from "./command-line.ts";
import { commandsIn, pasteAfter, README_POLICY } from "./start-up-text.ts";

let running: Running | undefined;
/** Left running by the tests of what they print, for the tests of the signals that end them. */
const left: Partial<Record<"SIGINT" | "SIGTERM", Running>> = {};
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "box-sts-main-"));
});
afterEach(async () => {
  running?.child.kill("SIGKILL");
  await running?.ended;
  running = undefined;
});
afterAll(async () => {
  for (const { child } of Object.values(left)) child.kill("SIGKILL");
  await rm(folder, { recursive: true });
});

function main(args: readonly string[], env: Readonly<Record<string, string>> = {}): Running {
  running = startMain(args, env);
  return running;
}

async function write(name: string, content: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

describe("--json", () => {
  test("prints one line with everything a program needs, and the log elsewhere", async () => {
    const started = startMain(["--port", "0", "--json"]);
    left.SIGINT = started;
    const facts = await ready(started);
    expect(facts).toMatchObject({
      token_url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/oauth2\/token$/),
      invoke_url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      function_name: "token-invoke",
      aliases: ["everything", "one-folder", "nothing"],
      region: "us-east-1",
      box_tls_url: expect.stringMatching(/^https:\/\/127\.0\.0\.1:\d+$/),
      control_url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/faults$/),
      dynamodb_url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      table_name: "box-sts-tokens",
    });
    expect(await readFile(facts.ca_path, "utf8")).toMatch(/^-----BEGIN CERTIFICATE-----\n/);
    expect(facts.callers.map(({ name, role_arn, alias }) => [name, role_arn, alias])).toEqual(
      facts.aliases.map((name) => [name, `arn:aws:iam::123456789012:role/${name}`, name]),
    );
    expect((await stat(facts.config_path)).mode & 0o777).toBe(0o600);
    const response = await requestToken(facts, "", "application/x-www-form-urlencoded");
    expect(response.status).toBe(200);
    await started.line(/^✓ .* token-url +everything {2}issued by everything-url, [\d.]+ ms$/);
    await started.line(/^ {4}sandbox enterprise:\d+, every scope of the app$/);
    await started.line(/^ {4}cache miss → secrets-manager\.get [\d.]+ ms → .*box\.grant [\d.]+ ms$/);
    await started.line(/^ {4}shared cache: 1 read, 3 writes, [\d.]+ ms$/);
    expect(started.stdout).toHaveLength(1);
  });

  test("--no-shared-cache leaves the table out, and the log has the path without it", async () => {
    const started = startMain(["--port", "0", "--json", "--no-shared-cache"]);
    left.SIGTERM = started;
    const facts = await ready(started);
    expect([facts.dynamodb_url, facts.table_name]).toEqual([undefined, undefined]);
    const response = await requestToken(facts, "", "application/x-www-form-urlencoded");
    expect(response.status).toBe(200);
    await started.line(/^ {4}cache miss → secrets-manager\.get [\d.]+ ms → box\.grant [\d.]+ ms$/);
    expect(started.stderr.join("\n")).not.toContain("shared cache:");
  });
});

describe("the end", () => {
  test.each(["SIGINT", "SIGTERM"] as const)(
    "by %s is clean: exit code 0, no process, no file left",
    async (signal) => {
      const started = left[signal] ?? main(["--port", "0", "--json"]);
      const { config_path } = await ready(started);
      const children = childrenOf(started.child.pid);
      started.child.kill(signal);
      expect(await started.ended).toBe(0);
      expect(existsSync(dirname(config_path))).toBe(false);
      for (const pid of children) expect(() => process.kill(pid, 0)).toThrow();
    },
  );
});

describe("the start-up text", () => {
  test("shows the callers, one block of variables, and commands, of which the one for Node works when pasted after it", async () => {
    const started = main(["--port", "0"]);
    await started.line(/Ctrl-C ends it/);
    const text = started.stdout.join("\n");
    for (const name of ["everything", "one-folder", "nothing"]) expect(text).toContain(`role/${name}`);
    const commands = commandsIn(text);
    expect(commands).toHaveLength(9);
    const [variables = "", , , node = ""] = commands;
    expect(JSON.parse(await pasteAfter(variables, folder)(node))).toMatchObject({ tokenType: "bearer" });
    // On a narrow terminal the commands stay as they are, and nothing else is wider but for a last word.
    const narrow = fittedBlocks(text, 60);
    expect(commandsIn(narrow)).toEqual(commands);
    const prose = narrow.split("\n\n").filter((block) => !commands.includes(block));
    const wide = prose.flatMap((block) => block.split("\n")).filter((line) => line.length > 60);
    expect(wide.filter((line) => /\S \S/.test(line.trim().split(/ {2,}/).at(-1) ?? ""))).toEqual([]);
    expect(narrow.split(/\s+/)).toEqual(text.split(/\s+/));
  });
});

test("a text for people is as wide as the terminal, at most 100 columns, and 100 where a program reads it", () => {
  const screens = [
    { isTTY: true, columns: 60 },
    { isTTY: true, columns: 200 },
    { columns: 60 },
    { isTTY: true },
  ];
  expect(screens.map(columnsOf)).toEqual([60, 100, 100, 100]);
  // A terminal that reports no width, or one in which no line fits.
  expect([0, 10].map((columns) => columnsOf({ isTTY: true, columns }))).toEqual([100, 100]);
});

describe("--env", () => {
  const variablesIn = (text: string) =>
    [...text.matchAll(/\b([A-Z_]+=\S*)/g)].map(([, pair]) => pair as string);

  test("writes what the start-up prints, for its owner alone, and removes it at the end", async () => {
    const path = join(folder, "sandbox.env");
    const started = main(["--port", "0", "--env", path]);
    await started.line(/Ctrl-C ends it/);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const text = started.stdout.join("\n");
    const printed = text.split("\n\n").find((block) => block.startsWith("export ")) ?? "";
    expect(variablesIn(await readFile(path, "utf8"))).toEqual(variablesIn(printed));
    started.child.kill("SIGINT");
    expect(await started.ended).toBe(0);
    expect(existsSync(path)).toBe(false);
  });

  test("refuses a file that something else wrote, and leaves it as it is", async () => {
    const path = await write("own.env", "SECRET=mine\n");
    const run = await refusedStart(["--port", "0", "--env", path]);
    expect(run.status).toBe(1);
    expect(run.stderr).toEqual([
      `--env ${path}: the file exists and was not written by the sandbox; name another one.`,
    ]);
    expect(await readFile(path, "utf8")).toBe("SECRET=mine\n");
  });
});

test("--fault is in force from the start, and the control endpoint ends it", async () => {
  const started = main(["--port", "0", "--json", "--fault", "server-error:502,on=token"]);
  const facts = await ready(started);
  await started.line(/^! fault server-error:502 is set for every request of token$/);
  expect(await (await requestToken(facts)).json()).toMatchObject({ code: "box_unavailable" });
  const headers = { authorization: `Bearer ${facts.control_token}` };
  expect((await fetch(facts.control_url, { method: "DELETE", headers })).status).toBe(200);
  expect(await (await requestToken(facts)).json()).toMatchObject({ token_type: "bearer" });
});

describe("two faults from the start", () => {
  let started: Running;
  beforeAll(async () => {
    const faults = ["reset,times=1", "dynamodb/access-denied,times=1,on=dynamodb.get"];
    started = startMain(["--port", "0", "--json", ...faults.flatMap((fault) => ["--fault", fault])]);
    expect(await (await requestToken(await ready(started))).json()).toMatchObject({ token_type: "bearer" });
  });
  afterAll(async () => {
    started.child.kill("SIGKILL");
    await started.ended;
  });

  test("--fault with a number of times heals by itself, and the log has each step", async () => {
    await started.line(/^! fault reset is set for one request of any operation$/);
    await started.line(/^! fault reset affects token\/jwt-bearer \(1 of 1\)$/);
    await started.line(/^! fault reset has ended; requests affected: 1$/);
  });

  test("--fault affects the table of the shared cache, and the log says what the request went without", async () => {
    await started.line(/^! fault dynamodb\/access-denied affects dynamodb\.get \(1 of 1\)$/);
    await started.line(/^ {4}without the shared cache: DynamoDB: AccessDeniedException: User:$/);
  });
});

test("--help lists the options and starts nothing", async () => {
  const started = main(["--help"]);
  expect(await started.ended).toBe(0);
  for (const option of [
    "--port",
    "--no-shared-cache",
    "dynamodb/lost-response",
    "dynamodb.put",
    "--json",
    "--env",
    "--config",
    "--policy",
    "--fault",
    "CONTROL_URL",
  ])
    expect(started.stdout.join("\n")).toContain(option);
});

describe("--policy", () => {
  test("a refusal names the statement that came nearest, and what it lacks", async () => {
    const args = ["--json", "--port", "0", "--policy", await write("readme-policy.json", README_POLICY)];
    const started = main(args);
    const facts = await ready(started);
    expect(facts.aliases).toEqual(["reports", "nightly-sync"]);
    const response = await requestToken(facts, '{"app":"reports","scope":"item_upload"}');
    expect(response.status).toBe(403);
    await started.line(/no statement matches; the nearest: reports-read-finance lacks the scope item_upload/);
  });

  test("without a statement it refuses every caller, and prints so", async () => {
    const policy = await write("empty-policy.json", '{"version":1,"statements":[]}');
    const started = main(["--port", "0", "--policy", policy]);
    await started.line(/empty-policy\.json has no statement, so that it names no caller\./);
    await started.line(/Ctrl-C ends it/);
  });
});

describe("--config", () => {
  let elsewhere: Sandbox;
  beforeAll(async () => {
    elsewhere = await startSandbox();
  });
  afterAll(() => elsewhere.close());

  test("serves tokens of the Box that the environment names", async () => {
    const args = ["--port", "0", "--json", "--config", elsewhere.configPath as string];
    const facts = await ready(main(args, { BOX_API_URL: elsewhere.box.url }));
    expect(facts.box_url).toBe(elsewhere.box.url);
    expect(facts.config_path).toBe(elsewhere.configPath);
    const response = await requestToken(facts);
    const { access_token } = (await response.json()) as { access_token: string };
    expect(elsewhere.box.tokens.find(access_token)).toBeDefined();
  });

  test("names the real Box where the environment names none", async () => {
    const facts = await ready(main(["--port", "0", "--json", "--config", elsewhere.configPath as string]));
    expect(facts.box_url).toBe("https://api.box.com");
    expect([facts.box_tls_url, facts.ca_path]).toEqual([undefined, undefined]);
  });
});
