import { mkdtempSync, readFileSync } from "node:fs";
import { request, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import { startRecorder } from "../../../sandbox/record/recorder.ts";
import { loopbackServer } from "../../support/loopback-server.ts";

/** A recorder before a Box that responds so. */
async function recording(respond: (response: ServerResponse) => void) {
  const failures: string[] = [];
  const box = await loopbackServer(({ response }) => respond(response));
  const recorder = await startRecorder({
    out: mkdtempSync(join(tmpdir(), "box-record-proxy-")),
    upstream: box.url,
    onFailure: (sentence) => failures.push(sentence),
  });
  onTestFinished(() => void recorder.close());
  return { ...{ recorder, box, failures } };
}

const JSON_HEADERS = { "content-type": "application/json" };
const FILE_HEADERS = { "content-type": "application/octet-stream" };

describe("the recorder", () => {
  test("hands a character on whose bytes come in two parts", async () => {
    const body = Buffer.from(JSON.stringify({ type: "folder", id: "1", name: "Größe 📁" }));
    const at = body.indexOf("ö") + 1;
    const { recorder } = await recording((response) => {
      response.writeHead(200, JSON_HEADERS).write(body.subarray(0, at));
      setImmediate(() => response.end(body.subarray(at)));
    });
    const response = await fetch(`${recorder.url}/2.0/folders/1`);
    expect(Buffer.from(await response.arrayBuffer()).toString()).toBe(body.toString());
    const { seed } = await recorder.close();
    expect(JSON.parse(readFileSync(seed, "utf8")).folders).toEqual([{ id: "1", path: "/Größe 📁" }]);
  });

  /** What a Box has sent of a response when its client goes. */
  const unfinished: [string, (response: ServerResponse) => void][] = [
    ["before the response", () => {}],
    ["within a response of JSON", (response) => response.writeHead(200, JSON_HEADERS).write("{")],
    ["within a download", (response) => response.writeHead(200, FILE_HEADERS).write("x".repeat(100_000))],
  ];

  test.each(unfinished)("ends the connection to Box where its client goes %s", async (_, respond) => {
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    const { recorder, box, failures } = await recording((response) => {
      response.once("close", resolve);
      respond(response);
    });
    const client = request(`${recorder.url}/2.0/files/1`);
    client.on("error", () => {}).end();
    await box.received(1);
    // Long enough for what Box has sent to be at the recorder, which hands on JSON as a whole.
    await setTimeout(50);
    client.destroy();
    await ended;
    await expect
      .poll(() => failures)
      .toEqual(["GET /2.0/files/1 is not recorded: its connection ended before the response was complete."]);
    expect(recorder.count).toBe(0);
  });

  test.each(unfinished)("ends the connection to Box where it is closed itself %s", async (_, respond) => {
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    const { recorder, box } = await recording((response) => {
      response.once("close", resolve);
      respond(response);
    });
    const client = request(`${recorder.url}/2.0/files/1`, (response) => response.on("error", () => {}));
    client.on("error", () => {}).end();
    await box.received(1);
    await recorder.close();
    await ended;
  });

  test("reports an upload whose client goes before its end", async () => {
    const { recorder, box, failures } = await recording(() => {});
    const headers = { "content-length": 10 };
    const client = request(`${recorder.url}/2.0/files/1`, { method: "PUT", headers });
    client.on("error", () => {}).write("12345");
    await expect.poll(() => box.connections()).toBe(1);
    client.destroy();
    await expect.poll(() => failures).toEqual([expect.stringMatching(/^PUT .* is not recorded: /)]);
  });

  test("ends the response to its client where Box ends the connection within a download", async () => {
    const { recorder, failures } = await recording((response) => {
      response.writeHead(200, { ...FILE_HEADERS, "content-length": 10 }).write("12345");
      void setTimeout(50).then(() => response.destroy());
    });
    const response = await fetch(`${recorder.url}/2.0/files/1`);
    await expect(response.text()).rejects.toThrow();
    await expect
      .poll(() => failures)
      .toEqual([expect.stringMatching(/^GET \/2\.0\/files\/1 did not reach .*: ECONNRESET\.$/)]);
  });
});
