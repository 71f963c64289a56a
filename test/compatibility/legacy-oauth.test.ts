import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RefreshRotation } from "../../sandbox/box/oauth/connections.ts";
import { newCertificates } from "../../sandbox/http/certificates.ts";
import {
  CALLBACK,
  codeOf,
  type OAuthScene,
  oauthScene,
} from "../integration/sandbox/oauth/oauth-requests.ts";

const PROGRAM = fileURLToPath(new URL("legacy-oauth.mjs", import.meta.url));
let at: OAuthScene;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "box-sts-legacy-oauth-"));
  const { ca, key, cert } = await newCertificates();
  await writeFile(join(folder, "ca.pem"), ca);
  at = await oauthScene({}, { tls: { port: 0, tls: { key, cert } } });
});
afterAll(async () => {
  await at.box.close();
  await rm(folder, { recursive: true });
});

test.each<[string, RefreshRotation]>([
  ["box-node-sdk-3", "strict"],
  ["box-node-sdk-4", "strict"],
  ["box-node-sdk-4", "commit-on-use"],
])("%s connects, refreshes once for ten calls and revokes, under %s rotation", async (name, rotation) => {
  at.box.refreshRotation = rotation;
  at.box.requests.clear();
  const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, name], {
    env: {
      NODE_EXTRA_CA_CERTS: join(folder, "ca.pem"),
      BOX_TLS_URL: at.box.tlsUrl,
      CLIENT_ID: at.app.clientId,
      CLIENT_SECRET: at.app.clientSecret,
      CODE: codeOf(at),
      OTHER_CODE: codeOf(at),
      REDIRECT_URI: CALLBACK,
    },
  });
  const { authorizeUrl, ...facts } = JSON.parse(stdout);
  expect(facts).toEqual({
    users: [at.sample.managedUser.id],
    rotated: true,
    refused: expect.stringMatching(/Auth Error|400/),
  });
  expect(at.box.requests.count("token/refresh_token")).toBe(2);
  // Plain HTTP serves the same path; the certificate is of a private authority.
  const { pathname, search } = new URL(authorizeUrl);
  expect((await fetch(`${at.box.url}${pathname}${search}`)).status).toBe(200);
});
