import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect } from "vitest";
import { type Sandbox, startSandbox } from "../../../../sandbox/sandbox.ts";
import { boxSts } from "../../../support/terminal.ts";

interface Line {
  readonly check: string;
  readonly status: string;
  readonly summary: string;
  readonly code?: string;
  readonly next?: string;
  readonly facts?: Readonly<Record<string, unknown>>;
}

type Config = {
  boxAppSettings: { clientSecret: string; appAuth: Record<string, string> };
  enterpriseID: string;
};
/** A sandbox with an app of each kind for the tests of a file, and `box-sts doctor --config` at its Box. */
export function configScene() {
  let sandbox: Sandbox;
  const folder = mkdtempSync(join(tmpdir(), "box-sts-doctor-"));
  beforeAll(async () => {
    sandbox = await startSandbox({
      sharedCache: true,
      apps: {
        ccg: { authentication: "client_credentials" },
        crm: { authentication: "oauth2" },
        limited: { authentication: "app_token" },
      },
    });
  });
  afterAll(async () => {
    await sandbox.close();
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(() => {
    sandbox.box.faults.clear();
    sandbox.box.requests.clear();
  });

  /** Writes a config as only its owner can read it; @returns its path */
  function written(config: unknown, name = "config.json"): string {
    const path = join(folder, name);
    rmSync(path, { force: true });
    writeFileSync(path, typeof config === "string" ? config : JSON.stringify(config), { mode: 0o600 });
    return path;
  }

  const config = () => structuredClone(sandbox.apps.sandbox!.config) as unknown as Config;
  const changed = (change: (config: Config) => void): string => {
    const copy = config();
    change(copy);
    return written(copy);
  };

  /** Of any app, nor a token: the passphrase, the client secrets, the App Tokens and a line of the key. */
  function expectNoSecret(printed: string): void {
    const { boxAppSettings } = config();
    const { passphrase = "", privateKey = "" } = boxAppSettings.appAuth;
    const { appTokens } = sandbox.appTokenApps.limited!.config;
    const secrets = [
      ...[passphrase, privateKey.split("\n")[3] ?? "", "1!"],
      ...[sandbox.apps.sandbox, sandbox.apps.ccg, sandbox.oauthApps.crm, sandbox.appTokenApps.limited].map(
        (app) => app!.config.boxAppSettings.clientSecret,
      ),
      ...[appTokens.primary?.token ?? "", appTokens.secondary?.token ?? ""],
    ];
    expect(secrets.filter((secret) => secret === "" || printed.includes(secret))).toEqual([]);
  }

  async function doctor(path: string, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}) {
    const all = { BOX_API_URL: sandbox.box.url, ...env };
    const { status, stdout, stderr } = await boxSts(["doctor", "--config", path, "--json", ...args], all);
    expect(stderr).toBe("");
    expectNoSecret(stdout);
    const report = JSON.parse(stdout) as {
      version: number;
      source: string;
      healthy: boolean;
      checks: Line[];
    };
    expect(report.healthy).toBe(status === 0);
    const line = (check: string) => report.checks.find((one) => one.check === check);
    return { status, report, line, failed: report.checks.filter((one) => one.status === "failed") };
  }

  return {
    ...{ folder, written, config, changed, doctor, expectNoSecret },
    /** Started before the first test. */
    get sandbox() {
      return sandbox;
    },
  };
}
