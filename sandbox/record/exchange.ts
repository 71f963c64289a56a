/** Which of Box's hosts a request was for; `download` is what a redirect of a file's content led to. */
export type BoxHost = "api" | "upload" | "account" | "download";

/** A request and its response as they passed, with everything secret in them: never written as it is. */
export interface Exchange {
  readonly host: BoxHost;
  readonly method: string;
  /** Without the query, as Box's API has it: `/2.0/folders/0/items`. */
  readonly path: string;
  /** Without the question mark. */
  readonly query: string;
  readonly request: Message;
  readonly status: number;
  readonly response: Message;
}

export interface Message {
  /** Lower-case names; several values of one name joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
  /** At most `KEPT_BYTES` of it. */
  readonly body: Buffer;
  /** Of the whole body. */
  readonly size: number;
}

/** Of a body, what is kept for the record. A JSON response of Box is far below. */
export const KEPT_BYTES = 4 * 1024 * 1024;

/** The JSON in a body, or `undefined` if it is anything else. */
export function jsonOf({ headers, body, size }: Message): unknown {
  if (!/\bjson\b/i.test(headers["content-type"] ?? "") || size > body.length) return undefined;
  try {
    return JSON.parse(body.toString()) as unknown;
  } catch {
    return undefined;
  }
}

/** The fields of a form; empty for any other body. */
export function formOf({ headers, body }: Message): URLSearchParams {
  const isForm = /^application\/x-www-form-urlencoded\b/i.test(headers["content-type"] ?? "");
  return new URLSearchParams(isForm ? body.toString() : "");
}
