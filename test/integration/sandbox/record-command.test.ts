import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Box, startBox } from "../../../sandbox/box/server.ts";
import { requireOwnFile, writeEnvironment } from "../../../sandbox/cli/environment.ts";
import { startRecorder } from "../../../sandbox/record/recorder.ts";
import { boxSts } from "../../support/terminal.ts";

const folder = mkdtempSync(join(tmpdir(), "box-record-command-"));
/** A record from before, without a request. */
const out = join(folder, "recording");
let box: Box;

beforeAll(async () => {
  box = await startBox();
  await (await startRecorder({ out, upstream: box.url })).close();
});
afterAll(() => box.close());

describe("box-sts record", () => {
  test.each([
    [[], "Give --out FOLDER to record, or --check FOLDER to compare."],
    [["--out", out], `${out} has a record; name another folder`],
    [["--out", "x", "--upstream", "http://box.example"], "write an https URL"],
    [["--out", "x", "--port", "70000"], "--port takes a number from 0 to 65535."],
    [["--check", out], "--check needs --url URL"],
  ])("refuses %j", async (args, sentence) => {
    const { status, stderr } = await boxSts(["record", ...args]);
    expect(stderr).toContain(sentence);
    expect(status).toBe(2);
  });

  test.each([
    ["file", "there is a file of this name"],
    ["file/below", "a part of the path is a file"],
  ])("refuses a folder that cannot be made (%s), before it records anything", async (name, reason) => {
    writeFileSync(join(folder, "file"), "mine");
    const to = join(folder, name);
    const { status, stdout, stderr } = await boxSts(["record", "--out", to]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toBe(`box-sts record: ${to} cannot be written: ${reason}; name another one.\n`);
    expect(readFileSync(join(folder, "file"), "utf8")).toBe("mine");
  });

  test.runIf(process.platform === "linux")(
    "refuses a folder below /proc, where Node 20 never ends to make one, and leaves Ctrl-C as it is",
    async () => {
      const signals = process.listenerCount("SIGINT");
      expect(await boxSts(["record", "--out", "/proc/box-sts/record"])).toEqual({
        status: 2,
        stdout: "",
        stderr:
          "box-sts record: /proc/box-sts/record cannot be written: the system makes no folder there; name another one.\n",
      });
      expect(process.listenerCount("SIGINT")).toBe(signals);
      const env = requireOwnFile("/proc/box-sts/env").then(() => writeEnvironment("/proc/box-sts/env", []));
      await expect(env).rejects.toThrow("the system makes no folder there; name another file.");
    },
  );

  test.runIf(process.platform === "linux").each(["/dev/full", "/dev/zero"])(
    "the sandbox refuses %s as its --env, which is no regular file",
    async (path) => {
      expect(await boxSts(["sandbox", "--only", "box", "--port", "0", "--env", path])).toMatchObject({
        status: 2,
        stderr: `box-sts sandbox: --env ${path}: it is no regular file; name another file.\n`,
      });
    },
  );

  test("prints the base URLs, records until it is ended, and prints what it has written", async () => {
    const to = join(folder, "by-command");
    const program = join(import.meta.dirname, "../../../cli/main.ts");
    const args = [program, "record", "--out", to, "--upstream", box.url, "--json"];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    const [ready] = await once(child.stdout, "data");
    const { baseUrl, uploadUrl, oauth2Url } = JSON.parse(ready);
    expect([uploadUrl, oauth2Url]).toEqual([`${baseUrl}/upload`, `${baseUrl}/account/oauth2`]);
    expect((await fetch(`${uploadUrl}/2.0/users/me`)).status).toBe(401);
    const consent = await fetch(`${oauth2Url}/authorize?client_id=x`);
    expect(consent.headers.get("content-type")).toContain("html");
    const ended = once(child, "exit");
    const summary = once(child.stdout, "data");
    child.kill("SIGTERM");
    expect(JSON.parse((await summary)[0])).toEqual({
      requests: 2,
      assertions: join(to, "assertions.jsonl"),
      seed: join(to, "seed/box-seed.json"),
    });
    expect(await ended).toEqual([0, null]);
  });

  test.each([
    ["a terminal that is closed", "SIGHUP"],
    ["Ctrl-C, pressed again before it has ended,", "SIGINT"],
  ] as const)("%s ends it with its whole record", async (_, signal) => {
    const to = join(folder, signal);
    const program = join(import.meta.dirname, "../../../cli/main.ts");
    const args = [program, "record", "--out", to, "--upstream", box.url, "--json"];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    const [ready] = await once(child.stdout, "data");
    expect((await fetch(`${JSON.parse(ready).baseUrl}/2.0/users/me`)).status).toBe(401);
    const ended = once(child, "exit");
    child.kill(signal);
    const again = setInterval(() => child.kill(signal), 1);
    await ended;
    clearInterval(again);
    expect(readdirSync(to).sort()).toEqual(["assertions.jsonl", "seed"]);
    expect(readdirSync(join(to, "seed"))).toEqual(["box-seed.json"]);
  });

  test("responds with 502 where Box is not reached, and continues", async () => {
    const sentences: string[] = [];
    const to = join(folder, "unreached");
    const lost = await startRecorder({
      ...{ out: to, upstream: "http://127.0.0.1:9" },
      onFailure: (sentence) => sentences.push(sentence),
    });
    const response = await fetch(`${lost.url}/2.0/users/me?access_token=canary`);
    expect(response.status).toBe(502);
    expect(await response.json()).toMatchObject({ code: "upstream_unreachable" });
    expect(sentences).toEqual(["GET /2.0/users/me did not reach http://127.0.0.1:9: ECONNREFUSED."]);
    await lost.close();
  });
});
