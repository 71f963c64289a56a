import { execFile, spawnSync } from "node:child_process";
import { createPrivateKey } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addApp } from "../../sandbox/box/state.ts";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { parseBoxConfig } from "../../schemas/box-config/parse.ts";
import { boxSts } from "../support/terminal.ts";
import { requestToken } from "../support/token-client.ts";

/**
 * docs/box-cli.md with Box's own command line, as published, over TLS. It is not in this folder's package.json: it
 * brings 570 packages. `BOX_CLI` names its `bin/run` or `bin/run.js`; else a `box` of version 4 on PATH is used.
 */
const ROOT = join(import.meta.dirname, "../..");
const PAGE = readFileSync(join(ROOT, "docs/box-cli.md"), "utf8");
const BOX_STS = join(ROOT, "cli/main.ts");
const GIVEN = process.env.BOX_CLI;
const onPath = spawnSync("box", ["--version"], { encoding: "utf8" });
const isThere = GIVEN !== undefined || /^@box\/cli\/4\./.test(onPath.stdout ?? "");
/** The Box CLI stores environments in the system's key store, which a home folder of a test does not replace. */
const hasOwnHome = process.platform === "linux";

const BLOCKS = [...PAGE.matchAll(/^## (.+)\n(?:(?!^## )[\s\S])*?^```sh\n([\s\S]*?)^```$/gm)].map(
  ([, heading = "", script = ""]) => [heading, script] as const,
);
const ROWS = new Map(
  [...PAGE.matchAll(/^\| (?!config )(.+?) \| (.+?) \| (.*?) ?\| (yes|no) \|$/gm)].map(
    ([, config = "", add = "", use = "", ours]) => [config, { add, use, ours: ours === "yes" }],
  ),
);

interface Case {
  /** Changes the console's file; `undefined` removes a property. */
  readonly change?: (config: ConsoleConfig) => object;
  readonly text?: (config: ConsoleConfig) => string;
  /** Another kind of app than the sandbox's, which has a key. */
  readonly app?: "client_credentials" | "app_token";
  readonly args?: readonly string[];
}
type ConsoleConfig = Readonly<Record<string, unknown>> & {
  readonly boxAppSettings: Readonly<Record<string, unknown>> & {
    readonly appAuth: Readonly<Record<string, string>>;
  };
};
const withAppAuth = (config: ConsoleConfig, change: object) => ({
  ...config,
  boxAppSettings: {
    ...config.boxAppSettings,
    appAuth: { ...config.boxAppSettings.appAuth, ...change },
  },
});
const keyOf = ({ boxAppSettings }: ConsoleConfig) => boxAppSettings.appAuth.privateKey as string;
const decrypted = (config: ConsoleConfig) =>
  createPrivateKey({ key: keyOf(config), passphrase: config.boxAppSettings.appAuth.passphrase }).export({
    format: "pem",
    type: "pkcs8",
  });

/** What each row of the page means. */
const CASES: Readonly<Record<string, Case>> = {
  "as the console wrote it, with a key": {},
  "Client Credentials, with `--ccg-auth`": { app: "client_credentials", args: ["--ccg-auth"] },
  "Client Credentials, without `--ccg-auth`": { app: "client_credentials" },
  "`enterpriseID` is a number": {
    change: (config) => ({ ...config, enterpriseID: Number(config.enterpriseID) }),
  },
  '`enterpriseID` is `"0"`: the app of a free account': {
    change: (config) => ({ ...config, enterpriseID: "0" }),
  },
  "no `enterpriseID`": { change: (config) => ({ ...config, enterpriseID: undefined }) },
  "`userID` instead of `enterpriseID`": {
    change: (config) => ({ ...config, enterpriseID: undefined, userID: "3000000003" }),
  },
  "no `passphrase`": { change: (config) => withAppAuth(config, { passphrase: undefined }) },
  "empty `passphrase`, with a key that is not encrypted": {
    change: (config) => withAppAuth(config, { privateKey: decrypted(config), passphrase: "" }),
  },
  "no `publicKeyID`": { change: (config) => withAppAuth(config, { publicKeyID: undefined }) },
  "no `privateKey`": { change: (config) => withAppAuth(config, { privateKey: undefined }) },
  "no `privateKey`, with `--private-key-path FILE`": {
    change: (config) => withAppAuth(config, { privateKey: undefined }),
    args: ["--private-key-path", "key.pem"],
  },
  "line breaks of the key lost (`\\n` as two characters)": {
    change: (config) => withAppAuth(config, { privateKey: keyOf(config).replaceAll("\n", "\\n") }),
  },
  "App Tokens (`appTokens`)": { app: "app_token" },
  "byte order mark before the JSON": { text: (config) => `\uFEFF${JSON.stringify(config)}` },
};

let sandbox: Sandbox;
let shims: string;

interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A home folder whose Box CLI calls the sandbox, with these configs in it. */
function home(configs: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), "box-cli-"));
  mkdirSync(join(folder, ".box"));
  const url = sandbox.box.tlsUrl;
  const uploadAPIRootURL = url?.replace("://", "://upload.box.com@");
  const settings = { apiRootURL: url, uploadAPIRootURL, authorizeRootURL: url };
  writeFileSync(join(folder, ".box/settings.json"), JSON.stringify(settings));
  for (const [name, text] of Object.entries(configs)) writeFileSync(join(folder, name), text);
  return folder;
}

function run(folder: string, command: string, ...args: string[]): Promise<Outcome> {
  const caller = sandbox.callers.everything;
  const env = {
    PATH: `${shims}:${process.env.PATH}`,
    HOME: folder,
    NODE_EXTRA_CA_CERTS: sandbox.caPath,
    AWS_ACCESS_KEY_ID: caller?.accessKeyId,
    AWS_SECRET_ACCESS_KEY: caller?.secretAccessKey,
    AWS_REGION: sandbox.region,
    AWS_ENDPOINT_URL_LAMBDA: sandbox.invokeUrl,
    BOX_STS_FUNCTION: sandbox.functions.tokenInvoke.name,
    BOX_STS_ALIAS: caller?.alias,
    BOX_TLS_URL: sandbox.box.tlsUrl,
    BOX_CA_FILE: sandbox.caPath,
    BOX_CONFIG_FILE: join(folder, "config.json"),
    FOLDER_ID: sandbox.sample.reports.id,
  };
  return new Promise((done) => {
    execFile(command, args, { cwd: folder, env }, (error, stdout, stderr) => {
      done({ status: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}
const box = (folder: string, ...args: string[]) => run(folder, "box", ...args);

describe("docs/box-cli.md", () => {
  test("has a row for each config that is tried with the Box CLI, and no other row", () => {
    expect(Object.keys(CASES)).toEqual([...ROWS.keys()]);
    expect(BLOCKS.map(([heading]) => heading)).toEqual([
      "With a token of the service",
      "With a config file",
      "Against the local Box",
    ]);
  });

  test("names the version that the workflow installs", () => {
    const workflow = readFileSync(join(ROOT, ".github/workflows/box-cli.yml"), "utf8");
    const versions = [...`${PAGE}${workflow}`.matchAll(/@box\/cli@(\S+)/g)].map(([, version]) => version);
    expect(versions.length).toBeGreaterThan(1);
    expect(new Set(versions).size).toBe(1);
  });
});

const skipped = isThere && hasOwnHome ? "" : " (skipped: set BOX_CLI to bin/run of @box/cli 4, on Linux)";

describe.skipIf(skipped !== "")(`the Box CLI${skipped}`, () => {
  beforeAll(async () => {
    sandbox = await startSandbox();
    shims = mkdtempSync(join(tmpdir(), "box-cli-commands-"));
    const program = GIVEN === undefined ? undefined : resolve(GIVEN.replace(/^~(?=\/)/, homedir()));
    for (const [name, target] of [
      ["box", program === undefined ? undefined : `"${process.execPath}" "${program}"`],
      ["box-sts", `"${process.execPath}" "${BOX_STS}"`],
    ] as const) {
      if (target === undefined) continue;
      writeFileSync(join(shims, name), `#!/bin/sh\nexec ${target} "$@"\n`);
      chmodSync(join(shims, name), 0o755);
    }
  });
  afterAll(() => sandbox.close());

  const consoleConfig = (app?: Case["app"]): ConsoleConfig => {
    const config = sandbox.apps.sandbox?.config as unknown as ConsoleConfig;
    if (app === undefined) return config;
    const { box } = sandbox;
    const added = addApp(box.state, String(config.enterpriseID), { authentication: app });
    const boxAppSettings = { clientID: added.clientId, clientSecret: added.clientSecret };
    const tokens = app === "app_token" && {
      appTokens: { primary: box.console.generateAppToken(added, "primary") },
    };
    return { boxAppSettings, enterpriseID: config.enterpriseID, ...tokens } as unknown as ConsoleConfig;
  };

  test("is of version 4", async () => {
    const { stdout } = await box(home({}), "--version");
    expect(stdout).toMatch(/^@box\/cli\/4\./);
  });

  test.each(BLOCKS)("runs the commands of the section: %s", async (_, script) => {
    const folder = home({ "config.json": JSON.stringify(consoleConfig()) });
    const { status, stdout, stderr } = await run(folder, "sh", "-eu", "-c", script);
    expect(stderr).not.toMatch(/error/i);
    expect(stdout).toContain(`AutomationUser_${sandbox.apps.sandbox?.box.serviceAccountId}@`);
    expect(status).toBe(0);
  });

  test.each(Object.entries(CASES))("decides on a config as the page has it: %s", async (row, each) => {
    const config = consoleConfig(each.app);
    const text = each.text?.(config) ?? JSON.stringify(each.change?.(config) ?? config);
    const folder = home({ "config.json": text, ...(each.args && { "key.pem": keyOf(consoleConfig()) }) });
    const { add = "", use = "" } = ROWS.get(row) ?? {};
    const added = await box(folder, "configure:environments:add", "config.json", ...(each.args ?? []));
    const refusal = /`(.+)`/.exec(add)?.[1];
    if (refusal !== undefined) {
      expect(added).toMatchObject({ status: 2, stderr: expect.stringContaining(refusal) });
      return;
    }
    expect({ add, status: added.status, stderr: added.stderr }).toMatchObject({ add: "takes it", status: 0 });
    const used = await box(folder, "users:get");
    const failure = /`(.+)`/.exec(use)?.[1];
    if (failure === undefined) expect({ use, status: used.status }).toEqual({ use: "works", status: 0 });
    else expect(used).toMatchObject({ status: 2, stderr: expect.stringContaining(failure) });
  });

  test.each(Object.entries(CASES))("differs from us as the page has it: %s", (row, each) => {
    const config = consoleConfig(each.app);
    const text = each.text?.(config) ?? JSON.stringify(each.change?.(config) ?? config);
    expect(parseBoxConfig(text).ok).toBe(ROWS.get(row)?.ours);
  });

  const known = [...ROWS].filter(([row, { ours }]) => ours && !row.includes("without `--ccg-auth`"));
  test.each(known)("accepts and refuses what box-sts doctor says: %s", async (row) => {
    const { add = "", use = "" } = ROWS.get(row) ?? {};
    const { app, text, change } = CASES[row] ?? {};
    const config = consoleConfig(app);
    const folder = home({ "config.json": text?.(config) ?? JSON.stringify(change?.(config) ?? config) });
    const { stdout } = await boxSts([
      "doctor",
      "--config",
      join(folder, "config.json"),
      "--offline",
      "--json",
    ]);
    const checks: readonly { check: string; status: string }[] = JSON.parse(stdout).checks;
    const isGood = add === "takes it" && use === "works";
    expect(checks.find(({ check }) => check === "box-cli")?.status).toBe(isGood ? "ok" : "warning");
  });

  test("takes a restricted token of the service for what it names, and for nothing else", async () => {
    const { reportFile, payroll } = sandbox.sample;
    const { body } = await requestToken(sandbox, sandbox.callers.everything!, {
      scope: "item_download",
      resource: `https://api.box.com/2.0/files/${reportFile.id}`,
    });
    const folder = home({});
    const token = ["--token", body.access_token as string];
    const loaded = await box(folder, "files:download", reportFile.id, "--destination", ".", "-y", ...token);
    expect(loaded).toMatchObject({ status: 0 });
    expect(readFileSync(join(folder, "summary.txt"), "utf8")).toBe("This is summary.txt.\n");
    expect(await box(folder, "folders:get", payroll.id, ...token)).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("insufficient_scope"),
    });
  });

  test("makes, uploads, finds, shares and deletes what people do with it", async () => {
    const folder = home({
      "config.json": JSON.stringify(consoleConfig()),
      "a.txt": "From the command line.\n",
    });
    const cli = async (...args: string[]) => {
      const { status, stdout, stderr } = await box(folder, ...args);
      expect({ args, status, stderr: status === 0 ? "" : stderr }).toEqual({ args, status: 0, stderr: "" });
      return stdout;
    };
    const json = async (...args: string[]) => JSON.parse(await cli(...args, "--json"));
    await cli("configure:environments:add", "config.json");
    const { id: parent } = await json("folders:create", "0", "From the CLI");
    const { id } = await json("files:upload", "a.txt", "--parent-id", parent);
    await json("files:rename", id, "b.txt");
    await json("files:versions:upload", id, "a.txt");
    expect(await json("files:versions", id)).toHaveLength(1);
    expect(await json("files:copy", id, "0")).toMatchObject({ name: "b.txt" });
    expect(await json("files:share", id, "--access", "open")).toMatchObject({
      shared_link: { access: "open" },
    });
    const { url } = (await json("files:get", id)).shared_link;
    expect(await json("shared-links:get", url)).toMatchObject({ id });
    expect(await json("search", "b.txt")).toHaveLength(2);
    const { id: user } = await json("users:create", "New User", "--app-user");
    await json("folders:collaborations:add", parent, "--role", "viewer", "--user-id", user);
    await json(
      "webhooks:create",
      "folder",
      parent,
      "--triggers",
      "FILE.UPLOADED",
      "--address",
      "http://127.0.0.1:9/",
    );
    expect(await json("webhooks")).toHaveLength(1);
    expect((await json("folders:items", "0")).map(({ name }: { name: string }) => name)).toContain("b.txt");
    await cli("folders:download", parent, "--destination", "down", "--create-path", "-y");
    expect(readFileSync(join(folder, "down/From the CLI/b.txt"), "utf8")).toBe("From the command line.\n");
    await cli("files:delete", id, "-y");
    expect(await json("trash")).toMatchObject([{ id }]);
    await cli("folders:delete", parent, "-r", "-y");
  });
});
