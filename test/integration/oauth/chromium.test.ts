import { execFile } from "node:child_process";
import { accessSync, constants, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Sandbox, startSandbox } from "../../../sandbox/sandbox.ts";
import { type AuthorizeFront, startAuthorizeFront } from "../../support/authorize-front.ts";

/** The flow in a real browser, which alone judges cookies, the content security policy and redirects as a user's does. */
const CHROMIUM = ["chromium", "chromium-browser", "google-chrome"]
  .flatMap((name) => (process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, name)))
  .find(isExecutable);

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

let sandbox: Sandbox;
let front: AuthorizeFront;
let profile: string;

beforeAll(async () => {
  if (CHROMIUM === undefined) return;
  sandbox = await startSandbox({ sharedCache: true, apps: { crm: { authentication: "oauth2" } } });
  front = await startAuthorizeFront(sandbox, { app: "crm", tls: true });
  profile = mkdtempSync(join(tmpdir(), "box-sts-chromium-"));
});
afterAll(async () => {
  if (CHROMIUM === undefined) return;
  await front.close();
  await sandbox.close();
  rmSync(profile, { recursive: true, force: true });
});

/** The page at the end of all redirects, as the browser has it. */
async function domOf(url: string): Promise<string> {
  const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--ignore-certificate-errors"];
  const { stdout } = await promisify(execFile)(
    CHROMIUM ?? "",
    [...flags, `--user-data-dir=${profile}`, "--dump-dom", url],
    { timeout: 60_000 },
  );
  return stdout;
}

test.skipIf(CHROMIUM === undefined)(
  "Chromium connects a user with its own cookie, and refuses the same address a second time (skipped where no Chromium is on the PATH)",
  async () => {
    const consentPage = await domOf(front.link());
    const action = /action="([^"]+)"/.exec(consentPage)?.[1]?.replaceAll("&amp;", "&") ?? "";
    const parameters = new URL(action, sandbox.box.url).searchParams;
    const code = sandbox.box.authorizations.grant({
      clientId: parameters.get("client_id") ?? "",
      userId: sandbox.sample.managedUser.id,
      redirectUri: parameters.get("redirect_uri") ?? "",
      codeChallenge: parameters.get("code_challenge") ?? "",
    });
    const callback = `${front.url}/callback?${new URLSearchParams({ code, state: parameters.get("state") ?? "" })}`;
    const connected = await domOf(callback);
    expect(connected).toContain("<h1>You are connected</h1>");
    expect(connected).toContain(sandbox.sample.managedUser.login);
    expect(await domOf(callback)).toContain("<h1>This attempt to connect has ended</h1>");
  },
  180_000,
);
