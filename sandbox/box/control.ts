import { randomBytes } from "node:crypto";
import { callersResource } from "../console/callers-resource.ts";
import { consoleResponse } from "../console/serve.ts";
import type { CallerConsole } from "../console/try-it.ts";
import { tokenMisuse } from "../control/access.ts";
import type { FaultsByPlace, Resource } from "../control/resource.ts";
import { respondToOperator } from "../control/respond.ts";
import type { HttpRequest, HttpResponse } from "../http/server.ts";
import type { Enterprise } from "./enterprise.ts";
import type { Enterprises, NamedEnterprise } from "./enterprises.ts";

export interface BoxControlOptions {
  /** Of the control endpoints: at least 16 visible ASCII characters; default: a random one. */
  readonly controlToken?: string | undefined;
}

/** The control endpoints, which act on every enterprise of a Box. */
export interface BoxControl {
  /** Needed as a bearer token with every request. */
  readonly token: string;
  /** Faults that can be injected, by place. */
  readonly faults: FaultsByPlace;
  /** Adds what the sandbox runs besides Box, to the endpoints of the enterprise without a name. */
  extend(more: { readonly faults?: FaultsByPlace; readonly callers?: CallerConsole }): void;
  /**
   * Responds to a request that `accessRefusal()` has let pass.
   * @param path below the root of the endpoints: `/clock`
   * @param baseUrl what the client reaches the enterprise's Box by
   * @param named the enterprise; default: the one without a name
   */
  respond(
    request: HttpRequest,
    path: string,
    baseUrl: string,
    named?: NamedEnterprise | undefined,
  ): Promise<HttpResponse>;
  /**
   * Responds to a request for the page on which a person sees an enterprise and drives these endpoints.
   * @param path without the prefix of an enterprise
   */
  console(request: HttpRequest, path: string, baseUrl: string, named?: NamedEnterprise): HttpResponse;
}

export function controlOf(
  own: Enterprise,
  enterprises: Enterprises,
  { controlToken: token = randomBytes(24).toString("base64url") }: BoxControlOptions,
): BoxControl {
  const misuse = tokenMisuse(token);
  if (misuse !== undefined) throw new Error(misuse);
  const faults: FaultsByPlace = { box: own.faults };
  const resources: Resource[] = [];
  let callers: CallerConsole | undefined;
  return {
    token,
    faults,
    extend(more) {
      Object.assign(faults, more.faults);
      if (more.callers === undefined) return;
      callers = more.callers;
      resources.push(callersResource(callers));
    },
    respond(request, path, baseUrl, named) {
      if (named === undefined) {
        return respondToOperator(request, path, { enterprise: own, faults, enterprises, baseUrl }, resources);
      }
      const target = { enterprise: named, faults: { box: named.faults }, baseUrl };
      return respondToOperator(request, path, target);
    },
    console(request, path, baseUrl, named) {
      const names = enterprises.all.map(({ name }) => name);
      const source =
        named === undefined
          ? { enterprise: own, name: undefined, names, faults, callers }
          : { enterprise: named, name: named.name, names, faults: { box: named.faults } };
      return consoleResponse(request, path, source, { baseUrl, controlToken: token });
    },
  };
}
