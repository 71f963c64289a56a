import type { Scope } from "../../../schemas/protocol/scopes.ts";
import type { HttpResponse } from "../../http/server.ts";
import type { Call } from "./call.ts";

export type Method = "GET" | "POST" | "PUT" | "DELETE" | "OPTIONS";

/** `"file_id" | "file_version_id"` for `/2.0/files/{file_id}/versions/{file_version_id}`. */
type IdName<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Name | IdName<Rest>
  : never;

export type Ids<Path extends string> = Readonly<Record<IdName<Path>, string>>;

/** An endpoint of the API. */
export interface Route {
  readonly method: Method;
  /** As Box's OpenAPI document writes it, after `/2.0`. */
  readonly path: string;
  /** The token must have one of them; empty where any token will do. */
  readonly scopes: readonly Scope[];
  readonly pattern: RegExp;
  respond(call: Call, ids: Readonly<Record<string, string>>): HttpResponse | Promise<HttpResponse>;
}

/** A row of the table of routes. The handler gets the ids by their names in the path. */
export function route<const Path extends string>(
  method: Method,
  path: Path,
  scopes: readonly Scope[],
  handle: (call: Call, ids: Ids<Path>) => HttpResponse | Promise<HttpResponse>,
): Route {
  const pattern = new RegExp(`^${path.replaceAll(".", "\\.").replaceAll(/\{(\w+)\}/g, "(?<$1>[^/]+)")}$`);
  return { method, path, scopes, pattern, respond: handle };
}

/** The row for a request with the ids in its path. */
export interface Match {
  readonly route: Route;
  readonly ids: Readonly<Record<string, string>>;
}

/**
 * The rows of the most specific path that fits: `/2.0/users/me` and not `/2.0/users/{user_id}`.
 * @param path as in the request, percent-encoded
 */
export function matches(routes: readonly Route[], path: string): readonly Match[] {
  const all = routes.flatMap((candidate) => {
    const found = candidate.pattern.exec(path);
    return found === null ? [] : [{ route: candidate, ids: { ...found.groups } }];
  });
  const count = ({ ids }: Match) => Object.keys(ids).length;
  const fewest = Math.min(...all.map(count));
  return all.filter((match) => count(match) === fewest);
}

/** A sentence for a path that is not in the table: the paths of the same resource, and the other resources. */
export function availableRoutesText(routes: readonly Route[], path: string): string {
  const resource = resourceOf(path);
  const near = routes.filter((candidate) => resourceOf(candidate.path) === resource);
  const calls = near.map((candidate) => `${candidate.method} ${candidate.path}`).join(", ");
  const others = new Set(routes.map((candidate) => resourceOf(candidate.path)));
  others.delete(resource);
  const here = calls === "" ? "" : `Of /2.0/${resource} it has: ${calls}. `;
  const list = [...others].sort().join(", ");
  return `The sandbox has no ${path}. ${here}${others.size === 0 ? "" : `Other resources: ${list}.`}`.trimEnd();
}

const resourceOf = (path: string): string => path.split("/")[2] ?? "";
