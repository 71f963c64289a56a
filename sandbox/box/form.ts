import type { HttpRequest } from "../http/server.ts";

/** Parameters of a token request; the last of several wins, as in PHP. */
export type Form = ReadonlyMap<string, string>;

/** Reads an urlencoded or multipart body; any other content type has no parameters, as at Box. */
export async function parseForm({ headers, body }: HttpRequest): Promise<Form> {
  const type = headers["content-type"] ?? "";
  if (type.startsWith("application/x-www-form-urlencoded"))
    return new Map(new URLSearchParams(body.toString()));
  if (!type.startsWith("multipart/form-data")) return new Map();
  try {
    const form = await new Response(new Uint8Array(body), { headers: { "Content-Type": type } }).formData();
    return new Map([...form].map(([name, value]) => [name, String(value)]));
  } catch {
    return new Map();
  }
}
