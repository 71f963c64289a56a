import { execFile, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { BOX_STS } from "../../../sandbox/cli/start-command.ts";
import { childrenOf } from "../../support/children.ts";
import { installPackedPackage } from "../../support/packed-package.ts";
import { takenPort } from "../../support/taken-port.ts";
import { type Running, ready, refusedStart, requestToken, startProgram } from "../sandbox/command-line.ts";

/** `box-sts sandbox` of the packed package, in a folder that has nothing else. */
const run = promisify(execFile);
let folder: string;
let command: string;
let running: Running | undefined;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "box-sts-packed-sandbox-"));
  await installPackedPackage(folder);
  command = join(folder, "node_modules/box-sts/dist/cli/main.mjs");
});
afterEach(async () => {
  running?.child.kill("SIGKILL");
  await running?.ended;
  running = undefined;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function sandbox(...args: readonly string[]): Running {
  running = startProgram(command, ["sandbox", ...args], { cwd: folder });
  return running;
}

interface BoxReady {
  readonly box: string;
  readonly boxTls: string;
  readonly caPath: string;
  readonly control: string;
  readonly controlToken: string;
  readonly configPath: string;
}
const onlyBox = async (...args: readonly string[]): Promise<BoxReady> =>
  JSON.parse(await sandbox("--only", "box", "--port", "0", "--json", ...args).line(/^\{"box"/));

/** A token of the Service Account, by this package's own command. */
async function tokenOf({ box, configPath }: BoxReady): Promise<string> {
  const env = { PATH: process.env.PATH, BOX_API_URL: box };
  const { stdout } = await run(process.execPath, [command, "token", "--config", configPath, "--json"], {
    env,
  });
  return JSON.parse(stdout).access_token;
}

/** A folder with one file, for `--seed`. */
function seedFolder(): string {
  const path = join(folder, "files");
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, "invoice.txt"), "42\n");
  return path;
}

/** What the Service Account has in its root. */
async function namesOf(url: string, token: string): Promise<readonly string[]> {
  const headers = { authorization: `Bearer ${token}` };
  const items = await (await fetch(`${url}/2.0/folders/0/items`, { headers })).json();
  return (items as { entries: { name: string }[] }).entries.map(({ name }) => name);
}

const me = async (url: string, token: string) =>
  fetch(`${url}/2.0/users/me`, { headers: { authorization: `Bearer ${token}` } });

describe("box-sts sandbox, installed in an empty folder,", () => {
  test("serves a token by the built function, and Ctrl-C leaves no process and no file", async () => {
    const seed = seedFolder();
    const before = readdirSync(folder);
    const started = sandbox("--port", "0", "--json", "--seed", seed);
    const facts = await ready(started);
    expect(facts.table_name).toBe("box-sts-tokens");
    const { access_token } = (await (await requestToken(facts)).json()) as { access_token: string };
    expect(await namesOf(facts.box_url, access_token)).toContain("invoice.txt");
    await started.line(/^ {4}shared cache: 1 read, 3 writes, [\d.]+ ms$/);
    const children = childrenOf(started.child.pid);
    started.child.kill("SIGINT");
    expect(await started.ended).toBe(0);
    expect(children).not.toEqual([]);
    for (const pid of children) expect(() => process.kill(pid, 0)).toThrow();
    expect(existsSync(dirname(facts.config_path))).toBe(false);
    expect(readdirSync(folder)).toEqual(before);
  });

  test("names itself, and not npm start, in its help and hints", async () => {
    const { stdout, status } = spawnSync(process.execPath, [command, "sandbox", "--help"], {
      encoding: "utf8",
    });
    expect(status).toBe(0);
    expect(stdout).toMatch(/^Usage: box-sts sandbox \[options\]\n/);
    expect(stdout).not.toContain("npm ");
    for (const exit of ["0 ended by", "1 could not start", "2 wrong use"]) expect(stdout).toContain(exit);
    const started = sandbox("--port", "0");
    await started.line(/Ctrl-C ends it/);
    expect(started.stdout.join("\n")).toContain("box-sts sandbox --env FILE writes it into a file");
    expect(started.stdout.join("\n")).not.toContain("npm start");
  });
});

describe("box-sts sandbox --only box", () => {
  test("serves Box, Box over TLS and control, and starts no process", async () => {
    const facts = await onlyBox("--seed", seedFolder());
    expect(childrenOf(running?.child.pid)).toEqual([]);
    expect(Object.keys(facts)).toEqual([
      ...["box", "boxTls", "caPath", "control", "controlToken", "configPath"],
    ]);
    expect(statSync(facts.configPath).mode & 0o777).toBe(0o600);
    const token = await tokenOf(facts);
    const response = await me(facts.box, token);
    expect(await response.json()).toMatchObject({ type: "user", name: "Sandbox Service Account" });
    expect(await namesOf(facts.box, token)).toContain("invoice.txt");
    const trusted = ["-e", TLS_REQUEST, facts.boxTls, token];
    const { stdout: status } = await run(process.execPath, trusted, {
      env: { NODE_EXTRA_CA_CERTS: facts.caPath },
    });
    expect(status).toBe("200");
    const headers = { authorization: `Bearer ${facts.controlToken}` };
    const body = new URLSearchParams({ fault: "server-error:502", times: "1" });
    expect((await fetch(facts.control, { method: "POST", headers, body })).status).toBe(200);
    expect([(await me(facts.box, token)).status, (await me(facts.box, token)).status]).toEqual([502, 200]);
    running?.child.kill("SIGTERM");
    expect(await running?.ended).toBe(0);
    expect(existsSync(dirname(facts.configPath))).toBe(false);
  });

  test("writes Box's addresses and the app into the file of --env, and removes it at the end", async () => {
    const path = join(folder, "box.env");
    const facts = await onlyBox("--env", path);
    const written = Object.fromEntries(
      [...readFileSync(path, "utf8").matchAll(/^export (\w+)=(.*)$/gm)].map(([, name, value]) => [
        name,
        value,
      ]),
    );
    const { boxAppSettings, enterpriseID } = JSON.parse(readFileSync(facts.configPath, "utf8"));
    expect(written).toEqual({
      BOX_API_URL: facts.box,
      BOX_UPLOAD_URL: facts.box,
      BOX_OAUTH2_URL: `${facts.box}/api/oauth2`,
      BOX_TLS_URL: facts.boxTls,
      BOX_CA_FILE: facts.caPath,
      BOX_CONFIG_FILE: facts.configPath,
      BOX_CLIENT_ID: boxAppSettings.clientID,
      BOX_CLIENT_SECRET: boxAppSettings.clientSecret,
      BOX_ENTERPRISE_ID: enterpriseID,
      CONTROL_URL: facts.control,
      CONTROL_TOKEN: facts.controlToken,
    });
    running?.child.kill("SIGTERM");
    expect(await running?.ended).toBe(0);
    expect(existsSync(path)).toBe(false);
  });

  test.skipIf(process.platform !== "linux")(
    "listens at the address of --host, where control does not, and by default at 127.0.0.1 alone",
    async () => {
      const facts = await onlyBox("--host", "0.0.0.0");
      expect(await atAnotherAddress(`${facts.box}/2.0/users/me`)).toBe("401");
      expect(await atAnotherAddress(facts.control)).toBe("ECONNREFUSED");
      running?.child.kill("SIGTERM");
      await running?.ended;
      expect(await atAnotherAddress((await onlyBox()).box)).toBe("ECONNREFUSED");
    },
  );

  test.skipIf(process.platform !== "linux").each([
    ["not without --console", [], /^ {2}console {7}off, .* --console serves it$/, "404"],
    ["with --console", ["--console"], /^ {2}console {7}http/, "200"],
  ] as const)(
    "serves the console at the address of --host %s, and says so",
    async (_, args, said, status) => {
      const started = sandbox("--only", "box", "--port", "0", "--host", "0.0.0.0", ...args);
      const [, url = ""] = /(http\S+)/.exec(await started.line(/^ {2}Box {11}http/)) ?? [];
      await started.line(said);
      expect(await atAnotherAddress(`${url}/`)).toBe(status);
    },
  );

  test("goes on when the reader of its output goes away, until a signal ends it", async () => {
    const path = join(folder, "piped.env");
    const child = spawn(
      process.execPath,
      [command, "sandbox", "--only", "box", "--port", "0", "--env", path],
      {
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    await once(child.stdout, "data");
    child.stdout.destroy();
    const [, control] = /^export CONTROL_URL=(.*)$/m.exec(readFileSync(path, "utf8")) ?? [];
    const [, token] = /^export CONTROL_TOKEN=(.*)$/m.exec(readFileSync(path, "utf8")) ?? [];
    const headers = { authorization: `Bearer ${token}` };
    // Each is a line of the log.
    for (let count = 0; count < 3; count++)
      expect((await fetch(`${control}`, { method: "POST", headers, body: "fault=slow" })).status).toBe(200);
    child.kill("SIGTERM");
    expect(await once(child, "exit")).toEqual([0, null]);
  });
});

/** By a process of its own: the tests' own connections may go to 127.0.0.1 alone. */
async function atAnotherAddress(url: string): Promise<string> {
  const request = `fetch(process.argv[1]).then(({ status }) => String(status), ({ cause }) => cause.code)
    .then((text) => process.stdout.write(text));`;
  const { stdout } = await run(process.execPath, ["-e", request, url.replace("127.0.0.1", "127.0.0.2")]);
  return stdout;
}

const TLS_REQUEST = `
  const [url, token] = process.argv.slice(1);
  fetch(url + "/2.0/users/me", { headers: { authorization: "Bearer " + token } })
    .then(({ status }) => process.stdout.write(String(status)));
`;

describe("box-sts sandbox refuses, with a sentence and the exit status of its help,", () => {
  const elsewhere = process.cwd();
  beforeAll(() => process.chdir(folder));
  afterAll(() => process.chdir(elsewhere));

  test.each<[string, string[], RegExp]>([
    [
      "an unknown option",
      ["--prot", "1"],
      /^Unknown option '--prot'\. Did you mean --port\? box-sts sandbox --help/,
    ],
    [
      "something to serve alone that is not Box",
      ["--only", "lambda"],
      /^--only takes box, and not "lambda"\.$/,
    ],
    ["an address for everything", ["--host", "0.0.0.0"], /^--host is for --only box: everything else/],
    ["the console at 127.0.0.1", ["--only", "box", "--console"], /^--console is for --host: on 127.0.0.1/],
    ["a name as an address", ["--only", "box", "--host", "example.com"], /^--host takes an IP address/],
    [
      "a policy for Box alone",
      ["--only", "box", "--policy", "p.json"],
      /^--only box serves .*; leave --policy out/,
    ],
    [
      "a real Box alone",
      ["--only", "box", "--config", "c.json"],
      /^--only box serves .*; leave --config out\.$/,
    ],
    [
      "a fault of AWS for Box alone",
      ["--only", "box", "--fault", "lambda/slow"],
      /^The fault lambda\/slow affects/,
    ],
    [
      "a config that is not there",
      ["--config", "nowhere.json"],
      /^--config nowhere\.json: there is no such file\.$/,
    ],
    [
      "a seed that is not there",
      ["--only", "box", "--port", "0", "--seed", "nowhere"],
      /^The seed folder nowhere cannot be read: there is no such folder; name another one\.$/,
    ],
    [
      "a seed for the real Box",
      ["--config", "c.json", "--seed", "files"],
      /^--config is for the real Box.*; leave --seed/,
    ],
    [
      "a file that it did not write",
      ["--only", "box", "--env", "own.env"],
      /^--env own\.env: the file exists and/,
    ],
    [
      "a folder that is a file",
      ["--only", "box", "--env", "own.env/x"],
      /^--env own\.env\/x: .* is a file; name/,
    ],
    [
      "a folder as a file",
      ["--only", "box", "--env", "."],
      /^--env \.: it is a directory; name another file\.$/,
    ],
  ])("%s, with 2", async (_what, args, sentence) => {
    writeFileSync(join(folder, "own.env"), "MINE=1\n");
    const { status, stdout, stderr } = await refusedStart(args, BOX_STS);
    expect([status, stdout]).toEqual([2, []]);
    expect(stderr).toEqual([expect.stringMatching(/^box-sts sandbox: /)]);
    expect(stderr[0]?.replace(/^box-sts sandbox: /, "")).toMatch(sentence);
    expect(readFileSync(join(folder, "own.env"), "utf8")).toBe("MINE=1\n");
  });

  test("a temporary folder that cannot be used, with 2 and the variable that names another", async () => {
    const path = join(folder, "no-folder");
    writeFileSync(path, "");
    const args = ["sandbox", "--only", "box", "--port", "0"];
    running = startProgram(command, args, { cwd: folder, env: { TMPDIR: path } });
    expect(await running.ended).toBe(2);
    expect(running.stderr).toEqual([
      `box-sts sandbox: The sandbox's files cannot be written below ${path} (EEXIST); name a folder of yours with TMPDIR.`,
    ]);
  });

  test("a taken port, with 1 and what to do", async () => {
    const { first, port, free } = await takenPort(2);
    const started = sandbox("--only", "box", "--port", String(first));
    expect(await started.ended).toBe(1);
    expect(started.stderr).toEqual([
      `box-sts sandbox: Port ${port}, for Box, is taken by another process. End that process, choose other ports with box-sts sandbox --port N (N to N+7 are used), or let free ones be picked with --port 0.`,
    ]);
    await free();
  });

  test("an address that is not this machine's, with 1", async () => {
    const started = sandbox("--only", "box", "--port", "0", "--host", "192.0.2.1");
    expect(await started.ended).toBe(1);
    expect(started.stderr).toEqual([
      "box-sts sandbox: --host names no address of this machine; 0.0.0.0 is all of them.",
    ]);
  });

  test("a function that cannot start, with 1 and the function's own reason, before it says that it is ready", async () => {
    const bundle = join(folder, "node_modules/box-sts/dist/functions/health/index.mjs");
    const intact = readFileSync(bundle);
    writeFileSync(bundle, 'throw new Error("a part of the bundle is missing");\n');
    try {
      const started = sandbox("--port", "0", "--json");
      expect(await started.ended).toBe(1);
      expect(started.stdout).toEqual([]);
      expect(started.stderr.at(-1)).toBe(
        "box-sts sandbox: The function health could not start: a part of the bundle is missing",
      );
    } finally {
      writeFileSync(bundle, intact);
    }
  });
});
