import { isObject } from "../../schemas/json/is-object.ts";
import { parseJson } from "../../schemas/json/parse.ts";
import { ok, type Result, refused } from "../../schemas/result.ts";

/** Many times the size of the largest meaningful request. */
const MAX_BODY_BYTES = 16 * 1024;

/** How each content type is read; RFC 6749 §3.2 forbids repeated parameters in any of them. */
const READERS: Readonly<Record<string, (body: string) => Result<object, string>>> = {
  "application/x-www-form-urlencoded": readForm,
  "application/json": readJson,
};

/** The parameters in a body, as an object, or a sentence that states what is allowed. */
export function parseRequestBody(contentType: string, body: Buffer): Result<object, string> {
  const mediaType = contentType.replace(/;.*/s, "").trim().toLowerCase();
  const read = Object.hasOwn(READERS, mediaType) ? READERS[mediaType] : undefined;
  if (read === undefined) return refused(`The content type must be ${Object.keys(READERS).join(" or ")}.`);
  if (body.length > MAX_BODY_BYTES) return refused(`The body must be at most ${MAX_BODY_BYTES} bytes long.`);
  return read(body.toString("utf8"));
}

function readForm(body: string): Result<object, string> {
  const parameters = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(body)) {
    if (parameters.has(name)) return refused("Each parameter may be sent once; one was sent twice.");
    parameters.set(name, value);
  }
  // RFC 6749 §3.2: a parameter without a value counts as one that was not sent.
  return ok(
    Object.fromEntries([...parameters].map(([name, value]) => [name, value === "" ? undefined : value])),
  );
}

function readJson(body: string): Result<object, string> {
  const parsed = parseJson(body, { maxDepth: 2 });
  if (!parsed.ok)
    return refused("The body must be one JSON object, well-formed and with each property once.");
  const { value } = parsed.value;
  return isObject(value) ? ok(value) : refused("The body must be one JSON object.");
}
