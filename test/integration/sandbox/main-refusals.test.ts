import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { parseOptions } from "../../../sandbox/cli/options.ts";
import { takenPort } from "../../support/taken-port.ts";
import { refusedStart } from "./command-line.ts";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "box-sts-refusals-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function write(name: string, content: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

describe("what it cannot do is explained in a sentence", () => {
  /** How the options are read; a process of 0.3 s for each would only repeat that it prints what it is given. */
  test.each<[string[], RegExp]>([
    [["--fault", "slow,times=0"], /^times is how many requests are affected: a number from 1\.$/],
    [["--fault", "slow,on=foo"], /^There is no operation "foo"\. There are token/],
    [["--port"], /^Option '--port <value>' argument missing\. npm start -- --help/],
    [["stray"], /^Unexpected argument 'stray'\./],
    [["--port", "eighty"], /^--port takes a number from 0 to 65528\.$/],
    [["--port", "65529"], /^--port takes a number from 0 to 65528\.$/],
    [
      ["--fault", "slwo"],
      /^There is no fault "slwo"\. Did you mean slow\? There are slow, rate-limited, .*secrets-manager\/throttled/,
    ],
    [
      ["--fault", "lambda/slwo", "--only", "box"],
      /^There is no fault "lambda\/slwo"\. There are slow, [a-z0-9, -]+\.$/,
    ],
    [["--fault", "slow:soon"], /^MS of the fault slow is a whole number from 0 to 600000\.$/],
    [["--fault", "reset:1"], /^The fault reset takes no such setting\.$/],
    [["--fault", "reset", "--config", "x.json"], /^The fault reset affects the sandbox's Box; with --config/],
    [
      ["--fault", "dynamodb/throttled", "--no-shared-cache"],
      /^The fault dynamodb\/throttled affects the table of the shared cache; --no-shared-cache leaves it out\.$/,
    ],
    [
      ["--fault", "dynamodb/throttled,on=GetItem"],
      /^There is no operation "GetItem"\. There are dynamodb\.get, dynamodb\.put, dynamodb\.scan\.$/,
    ],
  ])("%j, when the options are read", (args, sentence) => {
    expect(parseOptions(args)).toEqual({ ok: false, error: expect.stringMatching(sentence) });
  });

  test.each<[string[], RegExp]>([
    [
      ["--prot", "1"],
      /^Unknown option '--prot'\. Did you mean --port\? npm start -- --help lists the options\.$/,
    ],
    [["--config", "/nowhere.json"], /^--config \/nowhere\.json: there is no such file\.$/],
    [["--config", "/"], /^--config \/: it is a directory\.$/],
    [["--policy", "/nowhere.json"], /^--policy \/nowhere\.json: there is no such file\.$/],
  ])("%j, with exit code 1 and nothing else", async (args, sentence) => {
    expect(await refusedStart(args)).toEqual({
      status: 1,
      stdout: [],
      stderr: [expect.stringMatching(sentence)],
    });
  });

  test("a taken port, with what to do", async () => {
    const { port, free } = await takenPort();
    const { status, stderr } = await refusedStart(["--port", String(port)]);
    expect(status).toBe(1);
    expect(stderr).toEqual([
      `Port ${port}, for the token function, is taken by another process. End that process, choose other ports with npm start -- --port N (N to N+7 are used), or let free ones be picked with --port 0.`,
    ]);
    await free();
  });

  test.each([[], ["--only", "box"]])("a wrong seed, before a port is taken (%j)", async (...only) => {
    const { first, free } = await takenPort(2);
    const seed = join(folder, "seed");
    await mkdir(seed, { recursive: true });
    await write("seed/box-seed.json", "{");
    const start = async (path: string) =>
      (await refusedStart([...only, "--port", String(first), "--seed", path])).stderr;
    expect(await start("nope")).toEqual([
      "The seed folder nope cannot be read: there is no such folder; name another one.",
    ]);
    expect(await start(seed)).toEqual([`${seed}/box-seed.json is not a JSON document.`]);
    await free();
  });

  test("an address of Box that is none, before anything is started", async () => {
    vi.stubEnv("BOX_API_URL", "api.box.com");
    const { status, stdout, stderr } = await refusedStart(["--config", "config.json", "--port", "0"]);
    vi.unstubAllEnvs();
    expect([status, stdout, stderr]).toEqual([
      1,
      [],
      [
        "BOX_API_URL must be an https:// URL without credentials, query and fragment; http:// on this machine alone. Correct the variable, or unset it for Box's own address.",
      ],
    ]);
  });

  test("a config that is none, with every issue and no value", async () => {
    const config = {
      boxAppSettings: { clientID: "canary-client", clientSecret: "canary-secret" },
      enterpriseID: "0",
    };
    const { status, stderr } = await refusedStart([
      "--config",
      await write("bad-config.json", JSON.stringify(config)),
    ]);
    expect(status).toBe(1);
    expect(stderr[0]).toMatch(/bad-config\.json is not a usable Box config:$/);
    expect(stderr.join("\n")).toContain("/enterpriseID");
    expect(stderr.join("\n")).not.toContain("canary");
  });

  test("a config that names a key in AWS KMS, which the sandbox does not have", async () => {
    const appAuth = { publicKeyID: "ab12cd34", kmsKeyId: "alias/box" };
    const config = { boxAppSettings: { clientID: "c", clientSecret: "s", appAuth }, enterpriseID: "1" };
    const path = await write("kms-config.json", JSON.stringify(config));
    const { status, stderr } = await refusedStart(["--config", path]);
    expect(status).toBe(1);
    expect(stderr).toEqual([
      expect.stringMatching(/names a key in AWS KMS.*name a config that holds its private/),
    ]);
  });

  test("a policy that is none, with line and column", async () => {
    const policy = '{\n  "version": 1,\n  "statments": []\n}';
    const { status, stderr } = await refusedStart(["--policy", await write("bad-policy.json", policy)]);
    expect(status).toBe(1);
    expect(stderr[0]).toMatch(/bad-policy\.json is not a usable policy:$/);
    expect(stderr.join("\n")).toMatch(/\/statments \(line 3, column \d+\)/);
  });
});
