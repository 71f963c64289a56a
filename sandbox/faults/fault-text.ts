import { nearest } from "../../schemas/json/nearest.ts";
import { ok, type Result, refused } from "../../schemas/result.ts";
import { ROUTES } from "../box/api/routes.ts";
import { GRANTS } from "../box/token-endpoint.ts";
import { TABLE_OPERATIONS } from "../dynamodb/operations.ts";
import { OPERATIONS } from "../secrets-manager/operations.ts";
import { FAULTS, type FaultEvent, type FaultPlace, type FaultSettings } from "./faults.ts";

/** A fault as a person names it: `skewed-clock:90`, `secrets-manager/throttled`. */
export interface NamedFault {
  readonly place: FaultPlace;
  readonly name: string;
  readonly settings: FaultSettings;
}

type Setting = "status" | "retryAfterSeconds" | "ms" | "skewSeconds" | "lagSeconds";

/** What each setting is called in the help, and may be. */
const SETTINGS = {
  status: ["STATUS", 400, 599],
  retryAfterSeconds: ["SECONDS", 0, 86_400],
  ms: ["MS", 0, 600_000],
  skewSeconds: ["SECONDS", -86_400, 86_400],
  lagSeconds: ["SECONDS", 1, 86_400],
} as const satisfies Record<Setting, readonly [string, number, number]>;

/** Every kind: as it is written, and what it does. Box's need no place before them. */
const KINDS = Object.entries(FAULTS).flatMap(([place, kinds]) =>
  Object.entries<{ does: string; setting?: Setting }>(kinds).map(([name, { does, setting }]) => ({
    place: place as FaultPlace,
    name,
    written: place === "box" ? name : `${place}/${name}`,
    does,
    setting,
  })),
);

/** The faults of one place, as a person chooses from them. */
export interface FaultPlaceText {
  readonly place: FaultPlace;
  readonly kinds: readonly {
    /** What `fault=` takes, without a setting. */
    readonly written: string;
    readonly does: string;
    /** The setting that may follow it behind a colon: `MS`, `SECONDS`, `STATUS`. */
    readonly setting: string | undefined;
  }[];
  readonly operations: readonly string[];
}

export const faultPlaces = (places: readonly FaultPlace[]): readonly FaultPlaceText[] =>
  places.map((place) => ({
    place,
    kinds: KINDS.filter((kind) => kind.place === place).map(({ written, does, setting }) => ({
      ...{ written, does },
      setting: setting && SETTINGS[setting][0],
    })),
    operations: PLACE_OPERATIONS[place],
  }));

/** A line per fault: `rate-limited[:SECONDS]  429, …`. */
export function faultLines(): readonly string[] {
  const rows = KINDS.map(({ written, setting, does }) => {
    return [setting === undefined ? written : `${written}[:${SETTINGS[setting][0]}]`, does] as const;
  });
  const width = Math.max(...rows.map(([form]) => form.length));
  return rows.map(([form, does]) => `${form.padEnd(width)}  ${does}`);
}

/** What follows `/2.0/` in the API's paths. */
const API_RESOURCES = [...new Set(ROUTES.map(({ path }) => path.split("/")[2]))].sort();

/** Operations of Box, from the general to the specific: `token` covers `token/jwt-bearer` too. */
export const BOX_OPERATIONS: readonly string[] = [
  "token",
  ...Object.keys(GRANTS).map((grant) => `token/${grant}`),
  "revoke",
  ...["authorize", "authorize/page", "authorize/consent"],
  "api",
  ...API_RESOURCES.map((resource) => `api/${resource}`),
];

/** Operations by the place of their faults. */
const PLACE_OPERATIONS: Readonly<Record<FaultPlace, readonly string[]>> = {
  box: BOX_OPERATIONS,
  "secrets-manager": Object.keys(OPERATIONS),
  dynamodb: Object.values(TABLE_OPERATIONS),
  lambda: ["function-url", "invoke-api"],
};

/** Which requests a fault affects: as `times=2,on=token` behind its name, or as fields of a form. */
export const REACH = ["times", "after", "on"] as const;

/** The operations of every place, a line for each: what `on` may be. */
export const operationLines = (): readonly string[] =>
  Object.values(PLACE_OPERATIONS).map((operations) => operations.join(", "));

const ALL_PLACES = Object.keys(FAULTS) as readonly FaultPlace[];

/**
 * Reads `NAME[:SETTING][,times=N][,after=N][,on=OPERATION]`. A refusal is a sentence with what is allowed.
 * @param places the servers that are there: the refusal of an unknown name lists their faults
 */
export function parseFault(text: string, places = ALL_PLACES): Result<NamedFault, string> {
  const [kind = "", ...reach] = text.split(",");
  const named = parseKind(kind, places);
  if (!named.ok) return named;
  const pairs = reach.map((pair): [string, string] => {
    const at = pair.indexOf("=");
    return at < 0 ? [pair, ""] : [pair.slice(0, at), pair.slice(at + 1)];
  });
  return withReach(named.value, pairs);
}

/** Adds which requests are affected, from pairs of a name of `REACH` and its value. */
export function withReach(
  { place, name, settings }: NamedFault,
  pairs: readonly (readonly [string, string])[],
): Result<NamedFault, string> {
  const more: { times?: number; after?: number; on?: string } = {};
  for (const [key, value] of pairs) {
    if (key === "on") {
      const known = PLACE_OPERATIONS[place];
      if (!known.includes(value)) return refused(unknownName("operation", value, known));
      more.on = value;
    } else if (key === "times" || key === "after") {
      if (!/^[1-9]\d{0,6}$/.test(value)) return refused(`${key} is ${COUNTS[key]}: a number from 1.`);
      more[key] = Number(value);
    } else return refused(unknownName("field", key, REACH));
  }
  return ok({ place, name, settings: { ...settings, ...more } });
}

const COUNTS = {
  times: "how many requests are affected",
  after: "how many requests pass before the first that is affected",
} as const;

/** `There is no operation "tokn". Did you mean token? There are …` */
export function unknownName(kind: string, given: string, names: readonly string[]): string {
  const meant = nearest(given, names);
  const question = meant === undefined ? "" : ` Did you mean ${meant}?`;
  return `There is no ${kind} "${given}".${question} There are ${names.join(", ")}.`;
}

function parseKind(text: string, places: readonly FaultPlace[]): Result<NamedFault, string> {
  const [written = "", given, ...more] = text.split(":");
  const kind = KINDS.find((candidate) => candidate.written === written);
  if (kind === undefined) {
    const there = KINDS.filter(({ place }) => places.includes(place));
    return refused(
      unknownName(
        "fault",
        written,
        there.map((one) => one.written),
      ),
    );
  }
  const { place, name, setting } = kind;
  if (given === undefined) return ok({ place, name, settings: {} });
  if (setting === undefined || more.length > 0) return refused(`The fault ${written} takes no such setting.`);
  const [word, least, most] = SETTINGS[setting];
  const value = /^-?\d+$/.test(given) ? Number(given) : Number.NaN;
  if (!(value >= least && value <= most)) {
    return refused(`${word} of the fault ${written} is a whole number from ${least} to ${most}.`);
  }
  return ok({ place, name, settings: { [setting]: value } });
}

/** What happened to a fault, as a person reads it. */
export function faultEventText({ kind, place, fault, operation }: FaultEvent): string {
  const { hits, times, after, on } = fault;
  const written = `fault ${writtenFault(place, fault)}`;
  const target = on ?? "any operation";
  const delay = after === undefined ? "" : `, after ${after}`;
  if (kind === "hit")
    return `${written} affects ${operation} (${hits}${times === undefined ? "" : ` of ${times}`})`;
  if (kind === "ended") return `${written} has ended; requests affected: ${hits}`;
  const count = times === undefined ? "every request" : times === 1 ? "one request" : `${times} requests`;
  return `${written} is set for ${count} of ${target}${delay}`;
}

/** How a fault in force is written with its setting: `rate-limited:2`. */
export function writtenFault(place: string, fault: { readonly name: string } & FaultSettings): string {
  const setting =
    fault.status ?? fault.retryAfterSeconds ?? fault.ms ?? fault.skewSeconds ?? fault.lagSeconds;
  return `${faultText(place, fault.name)}${setting === undefined ? "" : `:${setting}`}`;
}

/** How a fault in force is written. */
export function faultText(place: string, name: string): string {
  return place === "box" ? name : `${place}/${name}`;
}
