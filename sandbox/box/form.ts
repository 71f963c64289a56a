import type { HttpRequest } from "../http/server.ts";

/** Parameters of a token request; the last of several wins, as in PHP. */
export type Form = ReadonlyMap<string, string>;

/** Reads an urlencoded or multipart body; any other content type has no parameters, as at Box. */
export async function parseForm({ headers, body }: HttpRequest): Promise<Form> {
  const type = headers["content-type"] ?? "";
  if (/^application\/x-www-form-urlencoded/i.test(type)) return new Map(new URLSearchParams(body.toString()));
  if (!/^multipart\/form-data/i.test(type)) return new Map();
  try {
    const form = await new Response(new Uint8Array(body), { headers: { "Content-Type": type } }).formData();
    return new Map([...form].map(([name, value]) => [name, String(value)]));
  } catch {
    return new Map();
  }
}
