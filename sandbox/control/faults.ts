import { ok, type Result, refused } from "../../schemas/result.ts";
import { faultText, type NamedFault, parseFault, REACH, withReach } from "../faults/fault-text.ts";
import type { Fault, FaultPlace } from "../faults/faults.ts";
import type { HttpRequest, HttpResponse } from "../http/server.ts";
import { readFields } from "./fields.ts";
import type { FaultsByPlace, Resource } from "./resource.ts";
import { json, refuse } from "./responses.ts";

/** Puts a named fault in force. @throws Error where the sandbox does not run the place */
export function injectFault(faults: FaultsByPlace, { place, name, settings }: NamedFault): Fault {
  const ofPlace = faults[place];
  if (ofPlace === undefined) throw new Error(notHere(faults, place));
  return ofPlace.inject(name, settings);
}

/** What goes wrong. */
export const FAULTS_RESOURCE: Resource = {
  path: "/faults",
  methods: {
    GET: { does: "lists faults", respond: ({ faults }) => inForce(faults) },
    POST: {
      does: "injects one",
      respond({ request, faults }) {
        const fault = readFault(request, Object.keys(faults) as FaultPlace[]);
        if (!fault.ok) return refuse(400, fault.error);
        const { place } = fault.value;
        if (faults[place] === undefined) return refuse(400, notHere(faults, place));
        injectFault(faults, fault.value);
        return inForce(faults);
      },
    },
    DELETE: {
      does: "ends all",
      respond({ faults }) {
        endFaults(faults);
        return inForce(faults);
      },
    },
  },
};

export function endFaults(faults: FaultsByPlace): void {
  for (const each of Object.values(faults)) each.clear();
}

/** `fault=NAME[:SETTING]`, and optionally `times=N`, `after=N` and `on=OPERATION`. */
function readFault(request: HttpRequest, places: readonly FaultPlace[]): Result<NamedFault, string> {
  const fields = readFields(request, ["fault", ...REACH]);
  if (!fields.ok) return fields;
  const given = fields.value.get("fault");
  if (given === undefined)
    return refused("The field fault is missing; send fault=NAME, e.g. fault=slow:2000.");
  const parsed = parseFault(given, places);
  if (!parsed.ok) return parsed;
  const reach = [...fields.value].filter(([name]) => name !== "fault");
  const reached = withReach(parsed.value, reach);
  return reached.ok ? ok(reached.value) : reached;
}

const notHere = (faults: FaultsByPlace, place: FaultPlace): string =>
  `Faults of ${place} cannot be injected here: these endpoints have those of ${Object.keys(faults).join(", ")}.`;

function inForce(faults: FaultsByPlace): HttpResponse {
  const rows = Object.entries(faults).flatMap(([place, { active }]) =>
    active.map(({ name, remove: _, until: __, ...facts }) => ({
      fault: faultText(place, name),
      ...facts,
    })),
  );
  return json(200, { faults: rows });
}
