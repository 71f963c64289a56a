import { expect, test } from "vitest";
import type { Message } from "../../../sandbox/record/exchange.ts";
import { uploadParts } from "../../../sandbox/record/multipart.ts";

async function messageOf(form: FormData): Promise<Message> {
  const request = new Request("http://127.0.0.1/", { method: "POST", body: form });
  const body = Buffer.from(await request.arrayBuffer());
  const headers = { "content-type": request.headers.get("content-type") ?? "" };
  return { headers, body, size: body.length };
}

test("the parts of an upload are its attributes and the file, whatever bytes that has", async () => {
  const content = Buffer.concat([Buffer.from("\r\n--almost\r\n\r\n"), Buffer.from([0, 255, 13, 10])]);
  const form = new FormData();
  form.append("attributes", '{"name":"a.bin","parent":{"id":"0"}}');
  form.append("file", new Blob([content]), "a.bin");
  expect(uploadParts(await messageOf(form))).toEqual({
    attributes: { name: "a.bin", parent: { id: "0" } },
    size: content.length,
  });
});

test("an upload whose file the record has only in part still has its attributes", async () => {
  const form = new FormData();
  form.append("attributes", '{"name":"a.bin"}');
  form.append("file", new Blob(["x".repeat(100)]), "a.bin");
  const { headers, body, size } = await messageOf(form);
  const parts = uploadParts({ headers, body: body.subarray(0, 250), size });
  expect(parts?.attributes).toEqual({ name: "a.bin" });
});

test.each([
  ["application/json", "{}"],
  ["multipart/form-data", "no boundary"],
  ["multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=other\r\n\r\n1\r\n--x--"],
])("a body of the type %s without attributes is no upload", (type, text) => {
  const body = Buffer.from(text);
  expect(uploadParts({ headers: { "content-type": type }, body, size: body.length })).toBeUndefined();
});
