import { createHash } from "node:crypto";
import type { ApiCall } from "./api-calls.ts";

type Content = string | Buffer;

/** As Box requires it: the attributes before the file. */
export function form(attributes: object | undefined, content: Content, field = "file"): FormData {
  const data = new FormData();
  if (attributes !== undefined) data.append("attributes", JSON.stringify(attributes));
  data.append(field, new Blob([new Uint8Array(Buffer.from(content))]), "unused");
  return data;
}

export const sha1 = (content: Content) => createHash("sha1").update(content).digest("hex");

/** Uploads and downloads by `call`. */
export const uploadCalls = (call: ApiCall) => ({
  upload: (parentId: string, name: string, content: Content = "content", headers = {}) =>
    call("POST", "/files/content", { body: form({ name, parent: { id: parentId } }, content), headers }),
  contentOf: async (id: string, query = "") => {
    const { headers } = await call("GET", `/files/${id}/content${query}`);
    return Buffer.from(await (await fetch(headers.get("location") ?? "")).arrayBuffer());
  },
});
