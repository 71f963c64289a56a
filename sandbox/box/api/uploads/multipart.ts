import type { HttpRequest } from "../../../http/server.ts";

/** A part of a `multipart/form-data` body (RFC 7578). */
export interface FormPart {
  readonly name: string;
  /** A view of the request's body. */
  readonly content: Buffer;
}

/** Box recommends a session from 50 MB on, and documents no limit of its own for a direct upload. */
const DIRECT_UPLOAD = 50 * 1024 * 1024;
/** The attributes, and what is between the parts. */
const REST_OF_FORM = 64 * 1024;
const OTHER_BODIES = 8 * 1024 * 1024;

/** How much of a body Box reads: an upload may be longer than any other call. */
export const bodyLimit = (path: string): number =>
  /\/2\.0\/files\/(?:\d+\/)?content$/.test(path) ? DIRECT_UPLOAD + REST_OF_FORM : OTHER_BODIES;

const LINE = Buffer.from("\r\n");
const END_OF_HEAD = Buffer.from("\r\n\r\n");

/** The parts in their order; `undefined` for a body that is none of `multipart/form-data`. */
export function formParts({ headers, body }: HttpRequest): readonly FormPart[] | undefined {
  const type = headers["content-type"] ?? "";
  const [, quoted, plain] = /^multipart\/form-data;.*boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(type) ?? [];
  const boundary = quoted ?? plain;
  if (boundary === undefined) return undefined;
  const delimiter = Buffer.from(`--${boundary}`);
  const between = Buffer.concat([LINE, delimiter]);
  const parts: FormPart[] = [];
  let at = body.indexOf(delimiter);
  while (at >= 0) {
    const start = at + delimiter.length;
    if (body.toString("latin1", start, start + 2) === "--") return parts;
    const end = body.indexOf(between, start);
    const part = end < 0 ? undefined : partOf(body.subarray(start + LINE.length, end));
    if (part === undefined) return undefined;
    parts.push(part);
    at = end + LINE.length;
  }
  return undefined;
}

function partOf(bytes: Buffer): FormPart | undefined {
  const end = bytes.indexOf(END_OF_HEAD);
  if (end < 0) return undefined;
  const head = bytes.toString("utf8", 0, end);
  const name = /^content-disposition:.*[;\s]name="([^"]*)"/im.exec(head)?.[1];
  return name === undefined ? undefined : { name, content: bytes.subarray(end + END_OF_HEAD.length) };
}
