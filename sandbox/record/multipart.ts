import type { Message } from "./exchange.ts";

export interface UploadParts {
  /** The JSON of the part `attributes`. */
  readonly attributes: unknown;
  /** Bytes of the file; 0 where the record has only a part of the body. */
  readonly size: number;
}

/** The parts of an upload (RFC 7578), or `undefined` for any other body. */
export function uploadParts({ headers, body }: Message): UploadParts | undefined {
  const boundary = /^multipart\/form-data;.*\bboundary="?([^";]+)"?/i.exec(
    headers["content-type"] ?? "",
  )?.[1];
  if (boundary === undefined) return undefined;
  let attributes: unknown;
  let size = 0;
  for (const part of partsOf(body, `--${boundary}`)) {
    const end = part.indexOf("\r\n\r\n");
    const name = /\bname="([^"]*)"/.exec(part.subarray(0, end).toString())?.[1];
    const value = part.subarray(end + 4);
    if (name === "attributes") attributes = parsed(value.toString());
    else size = value.length;
  }
  return attributes === undefined ? undefined : { attributes, size };
}

function partsOf(body: Buffer, delimiter: string): readonly Buffer[] {
  const parts: Buffer[] = [];
  let from = body.indexOf(delimiter);
  while (from >= 0) {
    const next = body.indexOf(`\r\n${delimiter}`, from + delimiter.length);
    const start = from + delimiter.length + 2;
    if (next < 0) break;
    parts.push(body.subarray(start, next));
    from = next + 2;
  }
  return parts;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
