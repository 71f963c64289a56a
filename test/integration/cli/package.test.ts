import { execFile, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Caller } from "../../../sandbox/sample/callers.ts";
import { startSandbox } from "../../../sandbox/sandbox.ts";
import { boxStylePem, PASSPHRASE, rsaKeyPair } from "../../keys.ts";
import { actionBundle } from "../../support/action-bundle.ts";
import { installPackedPackage } from "../../support/packed-package.ts";
import { runHosted } from "../../support/run-hosted.ts";

/** The packed package in an empty folder, which has neither the CDK nor an AWS SDK. */
const folder = mkdtempSync(join(tmpdir(), "box-sts-packed-cli-"));

beforeAll(async () => {
  await installPackedPackage(folder);
  // The committed bundle may be of other sources than these.
  const bundle = join(folder, "node_modules/box-sts/action/dist");
  rmSync(bundle, { recursive: true });
  cpSync(await actionBundle(), bundle, { recursive: true });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function installed(name: string, args: readonly string[], cwd = folder, input = "") {
  const { status, stdout, stderr } = spawnSync(join(folder, "node_modules/.bin", name), args, {
    cwd,
    encoding: "utf8",
    input,
  });
  return { status, stdout, stderr };
}

const ENTRIES = { "box-sts": "dist/cli/main.mjs", "box-config-lint": "action/dist/cli.mjs" };
/** The same command in a process that other runs use. */
function hosted(name: keyof typeof ENTRIES, args: readonly string[], cwd = folder) {
  const entry = join(folder, "node_modules/box-sts", ENTRIES[name]);
  return runHosted({ entry, imports: [], args, cwd, env: process.env });
}
const boxSts = (...args: readonly string[]) => hosted("box-sts", args);

describe("the packed package in an empty folder", () => {
  test("brings the command and no dependencies", () => {
    const names = readdirSync(join(folder, "node_modules")).filter((name) => !name.startsWith("."));
    expect(names).toEqual(["box-sts"]);
    expect(installed("box-sts", ["--help"])).toMatchObject({ status: 0, stderr: "" });
  });

  test("box-sts lint gives what box-config-lint gives, byte for byte, and signs complaints by its own name", () => {
    const scanned = join(folder, "scanned");
    mkdirSync(scanned);
    writeFileSync(join(scanned, "key.pem"), boxStylePem(rsaKeyPair(2048).privateKey, PASSPHRASE));
    expect(installed("box-sts", ["lint"], scanned)).toEqual(installed("box-config-lint", [], scanned));
    for (const [args, status] of [
      [["."], 1],
      [[".", "--format", "json"], 1],
      [[".", "--format", "sarif"], 1],
      [["--fail-on", "never"], 0],
      [["--exclude", "*.pem"], 0],
      [["--help"], 0],
      [["--formt", "json"], 2],
      [["missing"], 2],
    ] as const) {
      const { stderr, ...others } = hosted("box-config-lint", args, scanned);
      const expected = { ...others, stderr: stderr.replaceAll("box-config-lint", "box-sts lint") };
      expect(hosted("box-sts", ["lint", ...args], scanned)).toEqual(expected);
      expect(expected.status, args.join(" ")).toBe(status);
    }
    const json = hosted("box-config-lint", ["--format", "json"], scanned);
    expect(hosted("box-sts", ["lint", "--json"], scanned)).toEqual(json);
  });

  test("box-sts policy check, explain, test and diff decide offline", () => {
    const policy = { version: 1, statements: [] as object[] };
    writeFileSync(join(folder, "empty.json"), JSON.stringify(policy));
    policy.statements.push({
      id: "sync",
      caller: { alias: "sync" },
      app: "reports",
      subjects: ["enterprise"],
      unrestricted: true,
    });
    writeFileSync(join(folder, "policy.json"), JSON.stringify(policy));
    writeFileSync(
      join(folder, "tests.yaml"),
      "version: 1\ntests:\n  - { caller: alias:sync, app: reports, expect: allow }\n",
    );
    const input = '{"version":1,"statements":[]}';
    expect(installed("box-sts", ["policy", "check", "-"], folder, input)).toEqual({
      status: 0,
      stdout: "standard input: valid, 0 statements\n",
      stderr: "",
    });
    const caller = ["--caller", "alias:sync", "--app", "reports"];
    expect(boxSts("policy", "explain", "policy.json", ...caller)).toMatchObject({ status: 0, stderr: "" });
    expect(boxSts("policy", "explain", "empty.json", ...caller)).toMatchObject({ status: 1, stderr: "" });
    expect(boxSts("policy", "test", "policy.json", "tests.yaml")).toMatchObject({ status: 0, stderr: "" });
    expect(boxSts("policy", "test", "empty.json", "tests.yaml")).toMatchObject({ status: 1, stderr: "" });
    const { status, stdout } = installed("box-sts", ["policy", "diff", "empty.json", "policy.json"]);
    expect(status).toBe(0);
    expect(stdout).toContain("### `alias:sync`\n\n- **gains** the app's full token");
  });

  test("box-sts token gets a token by the Function URL, and from a config file", async () => {
    const sandbox = await startSandbox();
    try {
      const { accessKeyId, secretAccessKey } = sandbox.callers.everything as Caller;
      const env = {
        PATH: process.env.PATH,
        AWS_REGION: sandbox.region,
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
        BOX_API_URL: sandbox.box.url,
      };
      const command = join(folder, "node_modules/.bin/box-sts");
      for (const source of [
        ["--url", new URL(sandbox.tokenUrl).origin],
        ["--config", sandbox.configPath ?? ""],
      ]) {
        const { stdout, stderr } = await promisify(execFile)(command, ["token", ...source], {
          cwd: folder,
          env,
        });
        expect(stdout).toMatch(/^export BOX_ACCESS_TOKEN='1!\S+'\n$/);
        expect(stderr).toBe("");
      }
    } finally {
      await sandbox.close();
    }
  });

  test("box-sts ends quietly where its reader is gone", () => {
    const command = `"${join(folder, "node_modules/.bin/box-sts")}" --help | true`;
    const { stderr } = spawnSync("sh", ["-c", command], { cwd: folder, encoding: "utf8" });
    expect(stderr).toBe("");
  });
});
