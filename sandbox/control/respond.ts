import type { HttpRequest, HttpResponse } from "../http/server.ts";
import { APP, APPS } from "./apps.ts";
import { CLOCK } from "./clock.ts";
import { ENTERPRISE, ENTERPRISES } from "./enterprises.ts";
import { FAULTS_RESOURCE } from "./faults.ts";
import { REQUESTS } from "./requests.ts";
import { CHECKPOINT, RESET } from "./reset.ts";
import {
  type ControlTarget,
  findResource,
  type Method,
  noSuchMethod,
  noSuchPath,
  type Resource,
} from "./resource.ts";
import { json, refuse } from "./responses.ts";
import { SETTINGS } from "./settings.ts";
import { STATE } from "./state.ts";
import { TOKEN, TOKENS } from "./tokens.ts";

/** Every control endpoint of an enterprise. */
const RESOURCES: readonly Resource[] = [
  ...[FAULTS_RESOURCE, CLOCK, RESET, CHECKPOINT, STATE, REQUESTS, SETTINGS],
  ...[APPS, APP, TOKENS, TOKEN, ENTERPRISES, ENTERPRISE],
];

/** No form of an operator is longer. */
const LONGEST_FORM = 64 * 1_024;

/**
 * Responds to the operator, who has been recognised by `accessRefusal()`.
 * @param path below the root of the control endpoints: `/clock`
 * @param more resources besides those that every enterprise has
 */
export async function respondToOperator(
  request: HttpRequest,
  path: string,
  target: ControlTarget,
  more: readonly Resource[] = [],
): Promise<HttpResponse> {
  const resources = [...RESOURCES, ...more];
  if (path === "" || path === "/") return index(resources);
  const found = findResource(resources, path);
  if (found === undefined) return refuse(404, noSuchPath(resources, path));
  const { resource, name } = found;
  const action = Object.hasOwn(resource.methods, request.method)
    ? resource.methods[request.method as Method]
    : undefined;
  if (action === undefined) {
    const Allow = Object.keys(resource.methods).join(", ");
    return refuse(405, noSuchMethod(resource, request.method), { Allow });
  }
  const longest = action.longestBody ?? LONGEST_FORM;
  if (request.tooLarge || request.body.length > longest)
    return refuse(413, `The body is too long: ${resource.path} takes ${longest} bytes at most.`);
  return action.respond({ ...target, request, name });
}

/** What there is, for a person who sends a request without a path. */
function index(resources: readonly Resource[]): HttpResponse {
  const rows = resources.map(({ path, methods }) => [
    path,
    Object.fromEntries(Object.entries(methods).map(([method, { does }]) => [method, does])),
  ]);
  return json(200, { endpoints: Object.fromEntries(rows) });
}
