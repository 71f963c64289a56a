import { randomBytes } from "node:crypto";
import { buffer, text } from "node:stream/consumers";
import { finished, pipeline } from "node:stream/promises";
import { expect, test } from "vitest";
import { duplexPair } from "../../../sandbox/dynamodb/duplex-pair.ts";

test("each end of a pair of streams reads what the other end wrote, to its end", async () => {
  const [client, server] = duplexPair();
  client.end("request");
  expect(await text(server)).toBe("request");
  server.write("");
  server.end("response");
  expect(await text(client)).toBe("response");
});

test("a pair of streams carries more than its buffers hold", async () => {
  const [client, server] = duplexPair();
  const sent = randomBytes(1024 * 1024);
  const echoing = pipeline(server, server);
  client.end(sent);
  expect((await buffer(client)).equals(sent)).toBe(true);
  await echoing;
});

test("an end of a pair of streams waits with more until the other end is read", async () => {
  const [client, server] = duplexPair();
  const chunk = Buffer.alloc(client.writableHighWaterMark);
  let written = 0;
  for (let more = 0; more < 4; more++) client.write(chunk, () => written++);
  await new Promise(setImmediate);
  expect(written).toBe(0);
  client.end();
  expect(await buffer(server)).toHaveLength(4 * chunk.length);
  server.end();
  client.resume();
  await finished(client);
  expect(written).toBe(4);
});
