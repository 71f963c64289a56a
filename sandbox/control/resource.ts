import { didYouMean } from "../../schemas/json/nearest.ts";
import type { Enterprise } from "../box/enterprise.ts";
import type { Enterprises } from "../box/enterprises.ts";
import type { FaultPlace, Faults } from "../faults/faults.ts";
import type { HttpRequest, HttpResponse } from "../http/server.ts";

/** Faults by the place that they affect; a place is absent where the sandbox does not run it. */
export type FaultsByPlace = Readonly<Partial<Record<FaultPlace, Faults<string>>>>;

/** What the control endpoints of one enterprise act on. */
export interface ControlTarget {
  readonly enterprise: Enterprise;
  readonly faults: FaultsByPlace;
  /** The enterprises with a name; absent in the endpoints of one of them. */
  readonly enterprises?: Enterprises;
  /** What the client reaches this enterprise's Box by, without a slash at its end. */
  readonly baseUrl: string;
}

/** One request that the operator has sent. */
export interface ControlCall extends ControlTarget {
  readonly request: HttpRequest;
  /** The part of the path that is a name; empty where there is none. */
  readonly name: string;
}

export type Method = "GET" | "POST" | "PUT" | "DELETE";

export interface Action {
  /** Completes "GET …" in the list of what there is. */
  readonly does: string;
  /** In bytes; default: that of a form. */
  readonly longestBody?: number;
  respond(call: ControlCall): HttpResponse | Promise<HttpResponse>;
}

/** A path of the control endpoints with its methods. */
export interface Resource {
  /** `/clock`, or `/tokens/{sha256}` with a name at its end. */
  readonly path: string;
  readonly methods: Readonly<Partial<Record<Method, Action>>>;
}

/** The resource at a path, with the name in it, decoded. */
export function findResource(
  resources: readonly Resource[],
  path: string,
): { readonly resource: Resource; readonly name: string } | undefined {
  for (const resource of resources) {
    const [before, variable] = resource.path.split("{");
    if (variable === undefined ? path === before : isNameAfter(path, before ?? ""))
      return { resource, name: variable === undefined ? "" : decoded(path.slice(before?.length)) };
  }
  return undefined;
}

const isNameAfter = (path: string, before: string): boolean =>
  path.startsWith(before) && /^[^/]+$/.test(path.slice(before.length));

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** `There is no /clok. Did you mean /clock? There are /faults, …` */
export function noSuchPath(resources: readonly Resource[], path: string): string {
  const paths = resources.map((resource) => resource.path);
  return `There is no ${path}.${didYouMean(path, paths)} There are ${paths.join(", ")}.`;
}

/** `/clock has no DELETE. GET returns the time; POST sets it.` */
export function noSuchMethod({ path, methods }: Resource, method: string): string {
  const rows = Object.entries(methods).map(([name, { does }]) => `${name} ${does}`);
  return `${path} has no ${method}. ${rows.join("; ")}.`;
}
