import type { BoxHost } from "./exchange.ts";
import type { Shape } from "./shape.ts";

/** For whom a request was made: how its token was got. */
export type Actor =
  | { readonly subject: "enterprise" }
  | { readonly subject: "user"; readonly id: string }
  | { readonly exchanged: Actor; readonly scope: string; readonly resource?: string }
  /** Box did not accept the token. */
  | { readonly subject: "refused" };

/** A token request that can be made again with another app's config. */
export interface RecordedGrant {
  readonly type: "jwt-bearer" | "client_credentials" | "token-exchange";
  readonly actor: Actor;
}

export type RecordedBody =
  | { readonly json: unknown }
  /** An upload: its attributes, and a file of as many bytes. */
  | { readonly attributes: unknown; readonly size: number };

/** One request, and what of Box's response must be so again: a line of `assertions.jsonl`. */
export interface Assertion {
  readonly host: BoxHost;
  readonly method: string;
  /** Path template: `/2.0/folders/{folder_id}`. */
  readonly path: string;
  /** Path and query with the ids of the record. */
  readonly url: string;
  readonly status: number;
  /** `empty` is no body, `bytes` any that is not JSON. */
  readonly shape: Shape | "empty" | "bytes";
  /** Absent where the request had no token. */
  readonly actor?: Actor;
  readonly asUser?: string;
  readonly range?: string;
  /** Whether the request's `If-Match` or `If-None-Match` was the item's present `etag`. */
  readonly ifMatch?: "current" | "stale";
  readonly ifNoneMatch?: "current" | "stale";
  readonly body?: RecordedBody;
  readonly grant?: RecordedGrant;
  /** Ids in the response by their JSON pointers: the same things have other ids where this is run again. */
  readonly ids?: Readonly<Record<string, string>>;
  /** Why this cannot be run again. */
  readonly skip?: string;
}

/** Reads `assertions.jsonl`. @throws SyntaxError with the number of a line that is none */
export function parseAssertions(text: string): readonly Assertion[] {
  return text
    .split("\n")
    .map((line, at) => [line, at + 1] as const)
    .filter(([line]) => line.trim() !== "")
    .map(([line, number]) => {
      const value = parsed(line);
      if (
        typeof value?.method === "string" &&
        typeof value.url === "string" &&
        Number.isInteger(value.status)
      )
        return value as Assertion;
      throw new SyntaxError(`Line ${number} is no assertion: it needs "method", "url" and "status".`);
    });
}

function parsed(line: string): Partial<Assertion> | undefined {
  try {
    return JSON.parse(line) as Partial<Assertion>;
  } catch {
    return undefined;
  }
}
