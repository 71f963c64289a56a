import { isObject } from "../../schemas/json/is-object.ts";
import { ok, type Result, refused } from "../../schemas/result.ts";
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

/** Reads `assertions.jsonl`; the error is a sentence with the number of a line that is none, and what it needs. */
export function parseAssertions(text: string): Result<readonly Assertion[], string> {
  const assertions: Assertion[] = [];
  for (const [at, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    const row = parsed(line);
    const mistake = isObject(row) ? mistakeOf(row) : "it must be a JSON object";
    if (mistake !== undefined) return refused(`Line ${at + 1} is no assertion: ${mistake}.`);
    assertions.push(row as unknown as Assertion);
  }
  return ok(assertions);
}

/** What checking relies on. */
interface Property {
  readonly mustBe: string;
  readonly isOptional?: true;
  accepts(value: unknown): boolean;
}

const isText = (value: unknown): value is string => typeof value === "string";
const TEXT: Property = { mustBe: "a string", isOptional: true, accepts: isText };

const PROPERTIES: Readonly<Record<string, Property>> = {
  method: {
    mustBe: 'the name of an HTTP method, as "GET"',
    accepts: (value) => isText(value) && /^[A-Z]+$/.test(value),
  },
  url: {
    mustBe: "a path that begins with a slash",
    accepts: (value) => isText(value) && value.startsWith("/"),
  },
  status: { mustBe: "a whole number", accepts: Number.isInteger },
  actor: {
    mustBe:
      '{"subject":"enterprise"}, {"subject":"user","id":"ID"}, {"subject":"refused"} or {"exchanged":ACTOR,"scope":"SCOPES"}',
    isOptional: true,
    accepts: isActor,
  },
  grant: {
    mustBe: '{"type":"GRANT","actor":ACTOR}',
    isOptional: true,
    accepts: (value) => isObject(value) && isActor(value.actor),
  },
  body: {
    mustBe: '{"json":VALUE} or {"attributes":VALUE,"size":BYTES}',
    isOptional: true,
    accepts: (value) =>
      isObject(value) &&
      (Object.hasOwn(value, "json") || (Number.isInteger(value.size) && Number(value.size) >= 0)),
  },
  ids: {
    mustBe: "an object of ids by their JSON pointers",
    isOptional: true,
    accepts: (value) => isObject(value) && Object.values(value).every(isText),
  },
  ...{ path: TEXT, asUser: TEXT, range: TEXT, skip: TEXT },
};

function mistakeOf(row: Readonly<Record<string, unknown>>): string | undefined {
  const wrong = Object.entries(PROPERTIES).find(([name, { isOptional, accepts }]) =>
    Object.hasOwn(row, name) ? !accepts(row[name]) : !isOptional,
  );
  return wrong && `"${wrong[0]}" must be ${wrong[1].mustBe}`;
}

function isActor(value: unknown): value is Actor {
  if (!isObject(value)) return false;
  const { subject, id, exchanged, scope, resource } = value;
  if (exchanged === undefined) return subject === "user" ? isText(id) : OTHER_SUBJECTS.includes(subject);
  return isActor(exchanged) && isText(scope) && (resource === undefined || isText(resource));
}

const OTHER_SUBJECTS: readonly unknown[] = ["enterprise", "refused"];

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
