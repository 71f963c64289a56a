import { randomBytes, timingSafeEqual } from "node:crypto";
import { type Result, refused } from "../schemas/result.ts";
import { faultText, type NamedFault, parseFault, REACH, unknownName, withReach } from "./fault-text.ts";
import type { Fault, FaultPlace, Faults } from "./faults.ts";
import { type HttpRequest, type HttpResponse, listen } from "./server.ts";

/** The faults of a whole sandbox, by place. */
export type FaultsByPlace = Readonly<Record<FaultPlace, Faults<string>>>;

export interface Control {
  /** `POST` injects a fault, `GET` lists what is in force, `DELETE` ends it. */
  readonly url: string;
  /** Needed as a bearer token with every request. */
  readonly token: string;
  close(): Promise<void>;
}

/** Puts a named fault in force. */
export function injectFault(faults: FaultsByPlace, { place, name, settings }: NamedFault): Fault {
  return faults[place].inject(name, settings);
}

/**
 * Faults at run time, over HTTP on loopback. A web page cannot drive it: it does not know the token, its requests
 * carry an `Origin`, and a name that was rebound to 127.0.0.1 shows in `Host`.
 */
export async function startControl(
  faults: FaultsByPlace,
  options: { readonly port?: number } = {},
): Promise<Control> {
  const token = randomBytes(24).toString("base64url");
  const listener = await listen((request) => {
    const host = new URL(listener.url).host;
    const allowed = [host, host.replace("127.0.0.1", "localhost")].includes(request.headers.host ?? "");
    if (!allowed || request.headers.origin !== undefined) return refuse(403, "This is not for web pages.");
    if (!bears(request, token)) return refuse(401, "Send the token: Authorization: Bearer TOKEN.");
    return respond(faults, request);
  }, options);
  return { url: `${listener.url}/faults`, token, close: listener.close };
}

function respond(faults: FaultsByPlace, { method, path, body }: HttpRequest): HttpResponse {
  if (path !== "/faults") return refuse(404, "There is /faults alone.");
  if (method === "GET") return inForce(faults);
  if (method === "DELETE") {
    for (const each of Object.values(faults)) each.clear();
    return inForce(faults);
  }
  if (method !== "POST") return refuse(405, "GET lists faults, POST injects one, DELETE ends all.");
  const fault = readFault(new URLSearchParams(body.toString()));
  if (!fault.ok) return refuse(400, fault.error);
  injectFault(faults, fault.value);
  return inForce(faults);
}

/** `fault=NAME[:SETTING]`, and optionally `times=N`, `after=N` and `on=OPERATION`. */
function readFault(form: URLSearchParams): Result<NamedFault, string> {
  const fields = ["fault", ...REACH];
  const unknown = [...form.keys()].find((name) => !fields.includes(name));
  if (unknown !== undefined) return refused(unknownName("field", unknown, fields));
  const given = form.get("fault");
  if (given === null) return refused("The field fault is missing; send fault=NAME, e.g. fault=slow:2000.");
  const parsed = parseFault(given);
  return parsed.ok
    ? withReach(
        parsed.value,
        [...form].filter(([name]) => name !== "fault"),
      )
    : parsed;
}

function inForce(faults: FaultsByPlace): HttpResponse {
  const rows = Object.entries(faults).flatMap(([place, { active }]) =>
    active.map(({ name, remove: _, until: __, ...facts }) => ({
      fault: faultText(place as FaultPlace, name),
      ...facts,
    })),
  );
  return json(200, { faults: rows });
}

function bears({ headers }: HttpRequest, token: string): boolean {
  const given = Buffer.from(headers.authorization ?? "");
  const expected = Buffer.from(`Bearer ${token}`);
  return given.length === expected.length && timingSafeEqual(given, expected);
}

const refuse = (status: number, error: string): HttpResponse => json(status, { error });

const json = (status: number, body: unknown): HttpResponse => ({
  status,
  headers: { "Content-Type": "application/json", "Cache-Control": "no-store" },
  body: `${JSON.stringify(body)}\n`,
});
