import { mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { BoxClient, BoxJwtAuth, JwtConfig } from "box-node-sdk";
import { generateByteStreamFromBuffer } from "box-node-sdk/internal";
import { BaseUrls, NetworkSession } from "box-node-sdk/networking";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type AppConfig, generateApp } from "../../../sandbox/apps/app.ts";
import { addSample, type Sample } from "../../../sandbox/box/sample.ts";
import { seedFolder } from "../../../sandbox/box/seed.ts";
import { type Box, startBox } from "../../../sandbox/box/server.ts";
import { addConfiguredApp } from "../../../sandbox/box/state.ts";
import { newCertificates } from "../../../sandbox/http/certificates.ts";
import { type Recorder, startRecorder } from "../../../sandbox/record/recorder.ts";
import { boxSts } from "../../support/terminal.ts";

/** One sandbox is "the real Box" here, over TLS; another one is checked against what was recorded of it. */
interface Party {
  readonly box: Box;
  readonly config: AppConfig;
  readonly sample?: Sample;
}
const folder = mkdtempSync(join(tmpdir(), "box-record-"));
const out = join(folder, "recording");
let certificates: Awaited<ReturnType<typeof newCertificates>>;
let real: Party;
let checked: Party;
let recorder: Recorder;
/** Every value that may be in no file of the record. */
const secrets: string[] = [];

/** A Box with one app and, without a seed, the sample. */
async function party(seed?: string): Promise<Party> {
  const { key, cert } = certificates;
  const box = await startBox({ tls: { port: 0, tls: { key, cert } } });
  const { config, publicKey } = await generateApp();
  const app = addConfiguredApp(box.state, config, publicKey);
  if (seed === undefined) return { box, config, sample: addSample(box.state, app) };
  await seedFolder(box, seed);
  box.checkpoint();
  return { box, config };
}

const configFile = (config: AppConfig) => {
  const path = join(folder, `${config.boxAppSettings.clientID}.json`);
  writeFileSync(path, JSON.stringify(config));
  return path;
};
const check = (from: string, { box, config }: Party, ...args: string[]) =>
  boxSts(["record", "--check", from, "--url", box.url, "--config", configFile(config), ...args]);

beforeAll(async () => {
  certificates = await newCertificates();
  real = await party();
  recorder = await startRecorder({ out, upstream: real.box.tlsUrl, ca: certificates.ca });
  await useBox(real.config, real.sample as Sample, recorder);
  const { seed } = await recorder.close();
  checked = await party(dirname(seed));
});
/** A check makes things, so that the next one would find other names taken. */
beforeEach(() => checked.box.reset());
afterAll(async () => {
  for (const { box } of [real, checked]) await box.close();
});

/** A program with the official SDK; what it learns of secrets is noted. */
async function useBox(config: AppConfig, sample: Sample, { baseUrls, url }: Recorder): Promise<void> {
  const networkSession = new NetworkSession({ baseUrls: new BaseUrls(baseUrls) });
  const auth = new BoxJwtAuth({ config: JwtConfig.fromConfigJsonString(JSON.stringify(config)) });
  const client = new BoxClient({ auth, networkSession });
  const user = new BoxClient({ auth: auth.withUserSubject(sample.managedUser.id), networkSession });
  await client.users.getUserMe();
  await user.users.getUserMe();
  await client.folders.getFolderItems("0");
  await client.folders.getFolderById(sample.reports.id);
  const stream = await client.downloads.downloadFile(sample.reportFile.id);
  for await (const chunk of stream ?? []) expect(String(chunk)).toBe("This is summary.txt.\n");
  await client.files.getFileById("424242").catch(() => {});
  const folder = await client.folders.createFolder({ name: "New", parent: { id: "0" } });
  await client.folders.createFolder({ name: "New", parent: { id: "0" } }).catch(() => {});
  const ifMatch = { headers: { ifMatch: folder.etag as string } };
  await client.folders.updateFolderById(folder.id, { requestBody: { name: "Renamed" }, ...ifMatch });
  await client.folders
    .updateFolderById(folder.id, { requestBody: { name: "Again" }, ...ifMatch })
    .catch(() => {});
  await client.files.copyFile(sample.reportFile.id, {
    parent: { id: folder.id },
    name: "copy of mona@example.com",
  });
  const file = async () => generateByteStreamFromBuffer(Buffer.from("canary-content"));
  const attributes = { name: "upload.txt", parent: { id: folder.id } };
  const uploaded = await client.uploads.uploadFile({ attributes, file: await file() });
  const { id } = uploaded.entries?.[0] ?? { id: "" };
  await client.uploads.uploadFileVersion(id, { attributes: { name: "upload.txt" }, file: await file() });
  await client.uploads.uploadFile({ attributes, file: await file() }).catch(() => {});
  await client.userCollaborations.createCollaboration({
    item: { type: "folder", id: sample.reports.id },
    accessibleBy: { type: "user", id: sample.managedUser.id },
    role: "viewer",
  });
  await client.search.searchForContent({ query: "summary" });
  await client.folders.deleteFolderById(folder.id, { queryParams: { recursive: true } });
  const resource = `https://api.box.com/2.0/files/${sample.reportFile.id}`;
  const narrow = await auth.downscopeToken(["item_download"], resource, undefined, networkSession);
  const full = (await auth.retrieveToken(networkSession)).accessToken as string;
  const headers = { Authorization: `Bearer ${narrow.accessToken}`, Cookie: "box_visitor_id=canary-cookie" };
  await fetch(`${url}/2.0/files/${sample.reportFile.id}`, { headers });
  await fetch(`${url}/2.0/folders/${sample.payroll.id}`, { headers });
  await fetch(`${url}/2.0/users/me`, { headers: { Authorization: "Bearer canary-refused-token" } });
  const content = `${url}/2.0/files/${sample.reportFile.id}/content?access_token=${full}`;
  const { headers: redirect } = await fetch(content, { redirect: "manual" });
  const { boxAppSettings } = config;
  const credentials = { client_id: boxAppSettings.clientID, client_secret: boxAppSettings.clientSecret };
  const body = new URLSearchParams({ ...credentials, grant_type: "authorization_code", code: "canary-code" });
  await fetch(`${url}/oauth2/token`, { method: "POST", body });
  secrets.push(full, narrow.accessToken as string, "canary-cookie", "canary-refused-token", "canary-code");
  secrets.push("canary-content");
  secrets.push(...Object.values(credentials), ...Object.values(boxAppSettings.appAuth));
  secrets.push(redirect.get("location") as string, "mona@example.com", "Mona Managed");
}

const files = () =>
  readdirSync(out, { recursive: true, encoding: "utf8" })
    .map((name) => join(out, name))
    .filter((path) => statSync(path).isFile());

describe("a record", () => {
  test("has each request with its path template, status and shape", () => {
    const lines = readFileSync(join(out, "assertions.jsonl"), "utf8").trim().split("\n");
    const rows = lines
      .map((line) => JSON.parse(line))
      .map(({ method, path, status }) => [method, path, status]);
    expect(rows).toEqual([
      ["POST", "/oauth2/token", 200],
      ["GET", "/2.0/users/me", 200],
      ["POST", "/oauth2/token", 200],
      ["GET", "/2.0/users/me", 200],
      ["GET", "/2.0/folders/{folder_id}/items", 200],
      ["GET", "/2.0/folders/{folder_id}", 200],
      ["GET", "/2.0/files/{file_id}/content", 302],
      ["GET", "/{ticket}", 200],
      ["GET", "/2.0/files/{file_id}", 404],
      ["POST", "/2.0/folders", 201],
      ["POST", "/2.0/folders", 409],
      ["PUT", "/2.0/folders/{folder_id}", 200],
      ["PUT", "/2.0/folders/{folder_id}", 412],
      ["POST", "/2.0/files/{file_id}/copy", 201],
      ["POST", "/2.0/files/content", 201],
      ["POST", "/2.0/files/{file_id}/content", 201],
      ["POST", "/2.0/files/content", 409],
      ["POST", "/2.0/collaborations", 201],
      ["GET", "/2.0/search", 200],
      ["DELETE", "/2.0/folders/{folder_id}", 204],
      ["POST", "/oauth2/token", 200],
      ["GET", "/2.0/files/{file_id}", 200],
      ["GET", "/2.0/folders/{folder_id}", 403],
      ["GET", "/2.0/users/me", 401],
      ["GET", "/2.0/files/{file_id}/content", 302],
      ["POST", "/oauth2/token", 400],
    ]);
  });

  test("has no secret of the run in any of its files, and nobody's name or address", () => {
    expect(secrets.length).toBeGreaterThan(11);
    for (const secret of secrets) expect(secret.length).toBeGreaterThan(7);
    expect(files()).toHaveLength(2);
    for (const path of files()) {
      const text = readFileSync(path, "utf8");
      expect(secrets.filter((secret) => text.includes(secret))).toEqual([]);
      expect(statSync(path).mode & 0o077).toBe(0);
    }
  });

  test("names what was at Box before in its seed", () => {
    const seed = JSON.parse(readFileSync(join(out, "seed/box-seed.json"), "utf8"));
    const { reports, payroll, reportFile, managedUser } = real.sample as Sample;
    expect(seed.folders).toContainEqual({ id: reports.id, path: "/Reports" });
    expect(seed.folders).toContainEqual({ id: payroll.id, path: "/Payroll" });
    const text = "x".repeat("This is summary.txt.\n".length);
    expect(seed.files).toContainEqual({
      ...{ id: reportFile.id, path: "/Reports/summary.txt", text },
      sharedLink: { access: "open" },
    });
    expect(seed.users).toEqual([{ id: managedUser.id, name: "User 1", login: "user-1@example.com" }]);
  });
});

describe("box-sts record --check", () => {
  test("finds no difference at a sandbox that has the seed", async () => {
    expect(await check(out, checked)).toEqual({
      status: 0,
      stderr: "",
      stdout:
        "skipped  line 26: its code or refresh token was removed\n25 checked, 1 skipped, 0 differences\n",
    });
  });

  test("names a response of another status", async () => {
    checked.box.faults.inject("server-error", { on: "api/folders", times: 1 });
    const { status, stdout } = await check(out, checked);
    expect(stdout).toContain(
      "differs  line 5: GET /2.0/folders/{folder_id}/items: status is 503, recorded 200\n",
    );
    expect(stdout).toContain("25 checked, 1 skipped, 1 differences");
    expect(status).toBe(1);
  });

  test("names each place where a response has another shape", async () => {
    const changed = join(folder, "changed");
    const text = readFileSync(join(out, "assertions.jsonl"), "utf8");
    await (await startRecorder({ out: changed, upstream: real.box.url })).close();
    const path = join(changed, "assertions.jsonl");
    writeFileSync(path, text.replace('"login":"string"', '"login":"null","canary":"number"'));
    const { status, stdout } = await check(changed, checked, "--json");
    expect(status).toBe(1);
    expect(JSON.parse(stdout).differences).toEqual([
      {
        line: 2,
        method: "GET",
        path: "/2.0/users/me",
        what: "shape",
        pointer: "/login",
        recorded: "null",
        actual: "string",
      },
      {
        line: 2,
        method: "GET",
        path: "/2.0/users/me",
        what: "shape",
        pointer: "/canary",
        recorded: "number",
        actual: "nothing",
      },
    ]);
  });

  test("skips each request for what only a skipped request has made", async () => {
    const parts = join(folder, "parts");
    mkdirSync(parts);
    const lines = readFileSync(join(out, "assertions.jsonl"), "utf8").trim().split("\n");
    const text = lines.map((line) => {
      const assertion = JSON.parse(line);
      const isUpload = assertion.path === "/2.0/files/content" && assertion.status === 201;
      return JSON.stringify({ ...assertion, ...(isUpload && { skip: "as parts of a chunked upload are" }) });
    });
    writeFileSync(join(parts, "assertions.jsonl"), `${text.join("\n")}\n`);
    const { stdout } = await check(parts, checked);
    expect(stdout).toMatch(/skipped {2}line (\d+): as parts of a chunked upload are\n/);
    expect(stdout).toMatch(/skipped {2}line \d+: what it is about was made by a skipped request\n/);
    expect(stdout).not.toMatch(/differs .*\{file_id\}/);
  });

  test("reports a Box that is not reached, and a file that is no record", async () => {
    const { port } = new URL(checked.box.url);
    const config = ["--config", configFile(checked.config)];
    const gone = await boxSts(["record", "--check", out, "--url", "http://127.0.0.1:9", ...config]);
    expect(gone).toMatchObject({
      status: 1,
      stderr: "box-sts record: http://127.0.0.1:9 was not reached. Start that Box, or correct --url.\n",
    });
    const wrong = mkdtempSync(join(tmpdir(), "box-record-"));
    writeFileSync(join(wrong, "assertions.jsonl"), '{"method":"GET"}\n');
    const refused = await boxSts([
      "record",
      "--check",
      wrong,
      "--url",
      `http://127.0.0.1:${port}`,
      ...config,
    ]);
    expect(refused.status).toBe(2);
    expect(refused.stderr).toContain("Line 1 is no assertion");
  });
});
