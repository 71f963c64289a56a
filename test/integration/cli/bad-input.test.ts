import { spawn, spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { generateApp } from "../../../sandbox/apps/app.ts";
import { loopbackServer } from "../../support/loopback-server.ts";
import { boxSts } from "../../support/terminal.ts";

/** What goes wrong for every command alike: a sentence, and an exit status that the help documents. */
const folder = mkdtempSync(join(tmpdir(), "box-sts-bad-input-"));
beforeAll(async () => {
  const { config } = await generateApp();
  writeFileSync(join(folder, "config.json"), JSON.stringify(config), { mode: 0o600 });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const COMMAND = join(import.meta.dirname, "../../../dist/cli/main.mjs");

const names = async () => {
  const { stdout } = await boxSts(["--help"]);
  return [...stdout.matchAll(/^ {2}([a-z]+(?: [a-z]+)?) {2,}\S/gm)].map(([, name = ""]) => name.split(" "));
};

/** Every command that calls AWS, at a Function URL or by Lambda's API; each has one more argument where it needs one. */
const CALLS: readonly (readonly string[])[] = [
  ["token", "--url", "URL"],
  ["token", "--function", "token-invoke", "--alias", "reports"],
  ["connections", "list", "--function", "connections"],
  ["connections", "link", "--function", "connections", "--app", "crm"],
  ["connections", "disconnect", "--function", "connections", "--app", "crm", "--user", "1"],
  ["doctor", "--url", "URL"],
  ["doctor", "--function", "health"],
  ["doctor", "--function", "token-invoke", "--alias", "reports"],
];
/** `probe` judges responses; only what keeps it from probing at all is an error of its own. */
const PROBES: readonly (readonly string[])[] = [
  ["probe", "--url", "URL"],
  ["probe", "--function", "token-invoke", "--alias", "reports"],
];

const CREDENTIALS = { AWS_ACCESS_KEY_ID: "AKIAEXAMPLE", AWS_SECRET_ACCESS_KEY: "secret-access-key" };
const shell = (url: string) => ({
  AWS_REGION: "us-east-1",
  AWS_ENDPOINT_URL_LAMBDA: url,
  PATH: "/nonexistent",
});
const at = (args: readonly string[], url: string) => args.map((arg) => (arg === "URL" ? url : arg));

/** One sentence about it, in the text and in JSON; never a stack trace, never a secret. */
async function expectRefusal(args: readonly string[], env: NodeJS.ProcessEnv, code: string) {
  const { status, stdout, stderr } = await boxSts(args, env);
  const all = stdout + stderr;
  expect([args.join(" "), status]).toEqual([args.join(" "), 1]);
  expect(all).toContain(`[${code}]`);
  expect(all.split("\n").filter((line) => line.includes(`[${code}]`))).toHaveLength(1);
  expect(all).not.toMatch(/\n\s+at /);
  expect(all).not.toContain("secret-access-key");
  const json = await boxSts([...args, "--json"], env);
  expect(json.status).toBe(1);
  expect(json.stderr).toBe("");
  expect(json.stdout.split("\n")).toHaveLength(2);
  expect(JSON.stringify(JSON.parse(json.stdout))).toContain(`"${code}"`);
}

describe("a command that calls AWS reports in a sentence", () => {
  beforeEach(() => {
    // Neither files nor services of this machine have credentials.
    for (const name of ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"]) vi.stubEnv(name, "/dev/null");
    vi.stubEnv("AWS_EC2_METADATA_DISABLED", "true");
  });
  afterEach(() => vi.unstubAllEnvs());

  test.each([...CALLS, ...PROBES])("that there are no credentials: %s %s", async (...args) => {
    await expectRefusal(at(args, "http://127.0.0.1:9"), shell("http://127.0.0.1:9"), "no_credentials");
  });

  // The token commands repeat such a request for two seconds.
  test.each(CALLS.filter(([name]) => name !== "token"))(
    "that there is no network: %s %s",
    async (...args) => {
      const env = { ...shell("http://127.0.0.1:9"), ...CREDENTIALS };
      await expectRefusal(at(args, "http://127.0.0.1:9"), env, "unreachable");
    },
  );

  const RESPONSES = [
    [
      "an expired session",
      403,
      "ExpiredTokenException",
      "The security token included in the request is expired",
      "credentials_expired",
    ],
    ["the wrong account", 404, "ResourceNotFoundException", "Function not found", "function_not_found"],
    ["a missing permission", 403, "AccessDeniedException", "is not authorized to perform", "not_permitted"],
    ["a host of somebody else", 418, "", "I am a teapot", "not_a_token_function"],
  ] as const;
  test.each(RESPONSES)("that there is %s, for every command", async (_, status, type, message, code) => {
    const { url } = await loopbackServer(({ response }) => {
      response.writeHead(status, { "content-type": "application/json", "x-amzn-errortype": type });
      response.end(JSON.stringify({ message }));
    });
    for (const args of CALLS) await expectRefusal(at(args, url), { ...shell(url), ...CREDENTIALS }, code);
  });

  test("that probes prove nothing where the host is not reached", async () => {
    for (const args of PROBES) {
      const env = { ...shell("http://127.0.0.1:9"), ...CREDENTIALS };
      const { status, stdout, stderr } = await boxSts(at(args, "http://127.0.0.1:9"), env);
      expect([status, stderr]).toEqual([1, ""]);
      expect(stdout).toContain("seen: no response (unreachable)");
      expect(stdout).toMatch(/: 1 failed, \d+ no proof\n$/);
    }
  });

  test("that a URL is not a Function URL, before anything is sent there", async () => {
    for (const args of [...CALLS, ...PROBES].filter((one) => one.includes("URL"))) {
      const { status, stdout, stderr } = await boxSts(at(args, "https://example.com/"), {
        ...shell(""),
        ...CREDENTIALS,
      });
      expect([status, stdout]).toEqual([2, ""]);
      expect(stderr).toMatch(/^box-sts \w+: .*example\.com, which is not a Function URL.*\n$/);
    }
  });
});

describe("every command", () => {
  test("refuses an unknown option with the nearest one and status 2", async () => {
    for (const name of await names()) {
      if (name[0] === "lint" || name[0] === "sandbox") continue;
      const { status, stdout, stderr } = await boxSts([...name, "--hlep"]);
      expect([name, status, stdout]).toEqual([name, 2, ""]);
      expect(stderr).toBe(
        `box-sts ${name.join(" ")}: Unknown option '--hlep'. Did you mean --help? See: box-sts ${name.join(" ")} --help\n`,
      );
    }
    for (const [args, text] of [
      [["lint", "--formt", "json"], "did you mean --format?"],
      [["sandbox", "--prot", "1"], "Did you mean --port?"],
    ] as const) {
      const { status, stderr } = spawnSync(process.execPath, [COMMAND, ...args], { encoding: "utf8" });
      expect(status).toBe(2);
      expect(stderr).toContain(text);
    }
  });

  test("ends with status 0 and without a word where its reader is gone", async () => {
    const all = [...(await names()).map((name) => `${name.join(" ")} --help`), "completion bash", "--help"];
    const program = all
      .map((args) => `"${process.execPath}" "${COMMAND}" ${args} | true; echo "\${PIPESTATUS[0]} ${args}"`)
      .join("\n");
    const { stdout, stderr } = spawnSync("bash", ["--norc", "-c", program], { encoding: "utf8" });
    expect(stderr).toBe("");
    expect(stdout.trimEnd().split("\n")).toEqual(all.map((args) => `0 ${args}`));
  });

  test.each([
    ["box-sts", COMMAND, ["--help"]],
    ["box-sts", COMMAND, ["completion", "bash"]],
    ["box-sts", COMMAND, ["lint", "--help"]],
    ["box-config-lint", join(import.meta.dirname, "../../../action/cli.ts"), ["--help"]],
  ])(
    "reports of %s that the disk is full, without a stack trace and with status 2",
    (name, program, args) => {
      const full = openSync("/dev/full", "w");
      const { status, stderr } = spawnSync(process.execPath, [program, ...args], {
        encoding: "utf8",
        stdio: ["ignore", full, "pipe"],
      });
      closeSync(full);
      expect(stderr).toBe(
        `${name}: The output could not be written (ENOSPC); what is there is not complete.\n`,
      );
      expect(status).toBe(2);
    },
  );

  test("lets box-config-lint end with its own status where its reader is gone", () => {
    const program = join(import.meta.dirname, "../../../action/cli.ts");
    const script = `"${process.execPath}" "${program}" --help | true; echo "\${PIPESTATUS[0]}"`;
    const { stdout, stderr } = spawnSync("bash", ["--norc", "-c", script], { encoding: "utf8" });
    expect({ stdout, stderr }).toEqual({ stdout: "0\n", stderr: "" });
  });

  test("uses colour for a person alone, and not with NO_COLOR", async () => {
    const args = ["doctor", "--config", join(folder, "config.json"), "--offline"];
    const colour = "\u001B[32mok";
    expect((await boxSts(args, {}, true)).stdout).toContain(colour);
    for (const [env, isOutTty] of [
      [{}, false],
      [{ NO_COLOR: "1" }, true],
      [{ TERM: "dumb" }, true],
    ] as const) {
      expect((await boxSts(args, env, isOutTty)).stdout).not.toContain("\u001B");
    }
  });

  test("keeps its report within a narrow terminal", async () => {
    const args = ["doctor", "--config", join(folder, "config.json"), "--offline"];
    const { stdout } = await boxSts(args, { NO_COLOR: "1" }, { isOutTty: true, columns: 60 });
    const words = stdout.split("\n").filter((line) => line.length > 60);
    expect(words).toEqual([]);
  });

  test("keeps the help of the sandbox within a narrow terminal", async () => {
    const { stdout } = await boxSts(["sandbox", "--help"], {}, { isOutTty: true, columns: 60 });
    const wide = stdout.split("\n").filter((line) => line.length > 60 && line.trim().includes(" "));
    expect(wide).toEqual([]);
  });
});

test("box-sts ends at once with Ctrl-C while it waits, and prints no stack trace", async () => {
  const server = await loopbackServer(() => {});
  const child = spawn(process.execPath, [COMMAND, "doctor", "--config", join(folder, "config.json")], {
    env: { BOX_API_URL: server.url },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let written = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (written += String(chunk)));
  await server.received(1);
  child.kill("SIGINT");
  const signal = await new Promise((resolve) => child.on("close", (_, name) => resolve(name)));
  expect(signal).toBe("SIGINT");
  expect(written).toContain("ok       config");
  expect(written).not.toMatch(/\n\s+at |Error/);
});
