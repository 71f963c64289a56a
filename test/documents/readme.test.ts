import { execFile, spawn } from "node:child_process";
import { hash } from "node:crypto";
import { once } from "node:events";
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { parseFault } from "../../sandbox/faults/fault-text.ts";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { parsePolicy } from "../../schemas/policy/parse.ts";
import { requestToken } from "../integration/sandbox/command-line.ts";
import { needs } from "../programs/needs.ts";
import { missingLines, parseTranscript } from "../support/transcript.ts";
import { type Started, startInClone } from "./fresh-start.ts";
import { awsEnvironment, BLOCKS, block, blockOf, ROOT } from "./readme.ts";

/**
 * Every fenced block of the README is run or read here. A block that no row knows fails, so that the README cannot grow
 * a snippet that nothing proves. `.ci/run` types the two commands of the first screen itself.
 */
const run = promisify(execFile);

let sandbox: Sandbox;
let folder: string;
let started: Started;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "box-sts-readme-"));
  [sandbox, started] = await Promise.all([startSandbox(), startInClone(join(folder, "clone"))]);
});
afterAll(async () => {
  await Promise.all([sandbox.close(), started?.end()]);
  rmSync(folder, { recursive: true, force: true });
});

const shell = (code: string, cwd = ROOT) =>
  run("bash", ["--norc", "-c", code], { cwd, env: awsEnvironment(sandbox) });

/** How each block is proven, by how it begins. */
const PROVEN_BY: Readonly<Record<string, string>> = {
  sequenceDiagram: "read by people",
  "npm ci && npm start": ".ci/run",
  "npm ci && npm test": ".ci/run",
  "curl -sS --aws-sigv4": "this test",
  "$ npm ci && npm start": "this test",
  "- uses: actions/checkout": "this test",
  "import { BoxClient": "this test",
  "npm start -- --config": "this test",
  "npm start -- --fault": "this test",
  "npm start --silent -- --json": "this test",
  '{\n  "version": 1': "this test",
  "npm run build -- --policy": "this test",
  "name: box-config-lint": "this test",
  "node action/dist/cli.mjs --history": "this test",
  "aws secretsmanager create-secret": "this test",
  "npx aws-cdk@": "test/infra/command-line.test.ts, as far as a machine without an account goes",
  "import { App, Stack }": "test/infra/package.test.ts",
};

test("every block of the README is proven somewhere", () => {
  const begins = Object.keys(PROVEN_BY);
  const unknown = BLOCKS.filter(({ code }) => !begins.some((text) => code.startsWith(text)));
  expect(unknown.map(({ code }) => code.split("\n")[0])).toEqual([]);
  expect(BLOCKS).toHaveLength(begins.length);
});

test("the bundles on disk are what the sources build, byte for byte", () => {
  // The clone has the same sources, and `npm start` has built them there.
  const bundlesIn = (root: string) => {
    const functions = join(root, "dist/functions");
    const files = readdirSync(functions, { recursive: true, withFileTypes: true }).filter((one) =>
      one.isFile(),
    );
    return files
      .map((one) => join(one.parentPath, one.name))
      .map((path) => `${relative(functions, path)} ${hash("sha256", readFileSync(path))}`)
      .toSorted();
  };
  const built = bundlesIn(started.clone);
  expect(built.length).toBeGreaterThan(6);
  expect(built).toEqual(bundlesIn(ROOT));
});

describe("the README's snippet", () => {
  // The first request of the clone: nothing is in its caches yet.
  test(
    "of the first minute shows what npm start prints, what curl prints, and the log of that request",
    needs("curl 7.75"),
    async () => {
      const transcript = parseTranscript(block("$ npm ci && npm start"));
      const commands = transcript.flatMap((line) => (line.kind === "command" ? [line.text] : []));
      const [start, request = "", ...others] = commands;
      expect([start, others]).toEqual(["npm ci && npm start", []]);
      const { stdout } = await started.paste(request);
      for (const { properties } of transcript.filter((line) => line.kind === "json"))
        expect(Object.keys(JSON.parse(stdout))).toEqual(expect.arrayContaining([...properties]));
      const shown = transcript.flatMap((line) => (line.kind === "output" ? [line.text] : []));
      expect(shown.length).toBeGreaterThan(10);
      expect(missingLines(shown, await started.printed(/box\.exchange/))).toEqual([]);
    },
  );

  test("for Node hands the token to Box's SDK", async () => {
    writeFileSync(join(started.clone, "snippet.mjs"), block("import { BoxClient"));
    const { stdout } = await started.paste("node snippet.mjs");
    expect(stdout).toMatch(/^AutomationUser_\d+@boxdevedition\.com\n$/);
  });

  test("leads to examples/node/list-folder.mjs, which runs in the same state", async () => {
    const { stdout } = await started.paste("node examples/node/list-folder.mjs");
    expect(stdout).toMatch(/^folder\t\d+\tReports$/m);
  });

  test("leads to examples/lambda/index.mjs, which runs in the same state", async () => {
    const call =
      'import { handler } from "./examples/lambda/index.mjs"; console.log(await handler({ folder: "0" }))';
    const { stdout } = await started.paste(`node --input-type=module -e '${call}'`);
    expect(stdout).toContain("Reports");
  });

  test("with a policy is a valid policy, which the README's build accepts", async () => {
    const policy = block('{\n  "version": 1');
    expect(parsePolicy(policy)).toMatchObject({ ok: true });
    writeFileSync(join(folder, "box-sts.policy.json"), policy);
    const here = block("npm run build").replace("box-sts.policy.json", join(folder, "box-sts.policy.json"));
    // Without npm, which would also build what other tests import at the same time.
    const build = here.replace(
      "npm run build --",
      `node tools/build.ts --outdir ${join(folder, "functions")}`,
    );
    await shell(build);
    expect(readFileSync(join(folder, "functions/token-url/policy.json"), "utf8")).toBe(policy);
  });

  test("with faults names faults that there are", () => {
    const named = [...block("npm start -- --fault").matchAll(/--fault (\S+)/g)].map(([, name = ""]) => name);
    expect(named.map((name) => parseFault(name).ok)).toEqual([true, true]);
  });

  test("for scripts pipes into another program: npm adds no line to the JSON", async () => {
    const command = block("npm start --silent -- --json");
    // The build would write under the feet of the tests that run at the same time; `jq` may be missing.
    const clone = join(started.clone, "package.json");
    const manifest = JSON.parse(readFileSync(clone, "utf8"));
    manifest.scripts.start = manifest.scripts.start.split(" && ").at(-1);
    writeFileSync(clone, JSON.stringify(manifest));
    expect(command).toMatch(/ -- --json \| jq -r \.token_url$/);
    const start = command.replace(/ \| jq .*$/, " --port 0");
    const child = spawn("bash", ["--norc", "-c", `exec ${start}`], {
      cwd: started.clone,
      env: awsEnvironment(sandbox),
    });
    const ended = new Promise((resolve) => child.once("exit", resolve));
    const [first] = await once(createInterface({ input: child.stdout }), "line");
    expect(JSON.parse(first)).toMatchObject({ token_url: expect.stringContaining("/oauth2/token") });
    child.kill("SIGTERM");
    await ended;
  });

  test("for an app of one's own serves tokens with that file", async () => {
    const config = sandbox.configPath ?? "";
    const command = block("npm start -- --config").replace(/path\/to\/\S+/, `${config} --port 0 --json`);
    const env = { ...awsEnvironment(sandbox), BOX_API_URL: sandbox.box.url };
    // Without npm, which would rebuild while other tests use the build.
    const child = spawn(
      "bash",
      ["--norc", "-c", command.replace(/^npm start --/, "exec node sandbox/main.ts")],
      {
        cwd: ROOT,
        env,
      },
    );
    const ready = JSON.parse(await firstJsonLine(child.stdout));
    const response = await requestToken(ready, "min_ttl=0", "application/x-www-form-urlencoded");
    const { access_token } = (await response.json()) as { access_token: string };
    child.kill("SIGINT");
    expect(sandbox.box.tokens.find(access_token)).toBeDefined();
    expect(await new Promise((resolve) => child.once("exit", resolve))).toBe(0);
  });

  test("for the Action is a workflow whose step is this repository's action", async () => {
    const { permissions, jobs } = parse(block("name: box-config-lint"));
    expect(permissions).toEqual({ contents: "read" });
    expect(jobs.lint.steps.map(({ uses }: { uses: string }) => uses.split("@")[0])).toEqual([
      "actions/checkout",
      "OWNER/box-sts",
    ]);
    expect(parse(block("- uses: actions/checkout"))).toEqual(jobs.lint.steps);
    expect(parse(readFileSync(join(ROOT, "action.yml"), "utf8")).runs.using).toBe("node24");
  });

  test("for a laptop scans a whole history", async () => {
    const repository = join(folder, "repository");
    await run("git", ["init", "-q", repository]);
    const git = (...args: string[]) =>
      run("git", ["-C", repository, "-c", "user.name=a", "-c", "user.email=a@example.com", ...args]);
    await git("commit", "-q", "--allow-empty", "-m", "first");
    const command = block("node action/dist/cli.mjs").replace("action/dist", join(ROOT, "action/dist"));
    await shell(command, repository);
    copyFileSync(sandbox.configPath ?? "", join(repository, "config.json"));
    await git("add", ".");
    await git("commit", "-q", "-m", "second");
    await expect(shell(command, repository)).rejects.toMatchObject({
      code: 1,
      stdout: expect.stringContaining("private-key"),
    });
  });

  test("for curl gets a token of the scope that it requests", needs("curl 7.75"), async () => {
    const { stdout } = await started.paste(block("curl -sS --aws-sigv4"));
    expect(JSON.parse(stdout)).toMatchObject({ token_type: "bearer", scope: "item_download" });
  });

  test("leads to examples/python/list_folder.py, which runs in the same state", needs("boto3"), async () => {
    const { stdout } = await started.paste("python3 examples/python/list_folder.py");
    expect(stdout).toMatch(/^folder\t\d+\tReports$/m);
  });

  test("for a secret stores the config file as it is", needs("the AWS CLI 2.13 or 1.29"), async () => {
    copyFileSync(sandbox.configPath ?? "", join(folder, "config.json"));
    const env = awsEnvironment(sandbox, sandbox.operator);
    await promisify(execFile)("bash", ["--norc", "-c", block("aws secretsmanager create-secret")], {
      cwd: folder,
      env,
    });
    expect(sandbox.secretsManager.secrets.has("box/reports")).toBe(true);
  });
});

describe("the snippet of", () => {
  test("docs/http-api.md gets the response that the page shows", needs("curl 7.75"), async () => {
    const { stdout } = await started.paste(blockOf("docs/http-api.md", "sh", "curl "));
    const shown = JSON.parse(blockOf("docs/http-api.md", "json", '{\n  "access_token"'));
    expect(Object.keys(JSON.parse(stdout))).toEqual(Object.keys(shown));
  });

  test("docs/http-api.md shows the properties of a refusal", needs("curl 7.75"), async () => {
    const request = blockOf("docs/http-api.md", "sh", "curl ").replace(
      "scope=item_download",
      "app=elsewhere",
    );
    const { stdout } = await started.paste(request);
    const shown = JSON.parse(blockOf("docs/http-api.md", "json", '{\n  "error"'));
    expect(JSON.parse(stdout)).toMatchObject({
      ...shown,
      error_description: expect.stringContaining(shown.error_description.replace(" …", "")),
      request_id: expect.any(String),
    });
  });

  test("docs/client.md is a program that runs", async () => {
    writeFileSync(join(started.clone, "client.mjs"), blockOf("docs/client.md", "js", "import "));
    await expect(started.paste("node client.mjs")).resolves.toMatchObject({ stderr: "" });
  });
});

async function firstJsonLine(stream: NodeJS.ReadableStream): Promise<string> {
  let text = "";
  for await (const chunk of stream) {
    text += chunk;
    const line = text
      .split("\n")
      .find((candidate) => candidate.startsWith("{") && text.includes(`${candidate}\n`));
    if (line !== undefined) return line;
  }
  throw new Error(`it ended without a JSON line: ${text}`);
}
