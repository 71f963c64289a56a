import { ok, type Result, refused } from "../schemas/result.ts";
import { FAULTS, type FaultPlace, type FaultSettings } from "./faults.ts";

/** A fault as a person names it: `skewed-clock:90`, `secrets-manager/throttled`. */
export interface NamedFault {
  readonly place: FaultPlace;
  readonly name: string;
  readonly settings: FaultSettings;
}

type Setting = "status" | "retryAfterSeconds" | "ms" | "skewSeconds";

/** What each setting is called in the help, and may be. */
const SETTINGS = {
  status: ["STATUS", 400, 599],
  retryAfterSeconds: ["SECONDS", 0, 86_400],
  ms: ["MS", 0, 600_000],
  skewSeconds: ["SECONDS", -86_400, 86_400],
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

/** A line per fault: `rate-limited[:SECONDS]  429, …`. */
export function faultLines(): readonly string[] {
  const rows = KINDS.map(({ written, setting, does }) => {
    return [setting === undefined ? written : `${written}[:${SETTINGS[setting][0]}]`, does] as const;
  });
  const width = Math.max(...rows.map(([form]) => form.length));
  return rows.map(([form, does]) => `${form.padEnd(width)}  ${does}`);
}

/** Reads `NAME[:SETTING]`. A refusal is a sentence that tells what there is. */
export function parseFault(text: string): Result<NamedFault, string> {
  const [written = "", given, ...more] = text.split(":");
  const kind = KINDS.find((candidate) => candidate.written === written);
  if (kind === undefined) {
    return refused(
      `There is no fault "${written}"; there are ${KINDS.map((one) => one.written).join(", ")}.`,
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

/** How a fault in force is written. */
export function faultText(place: FaultPlace, name: string): string {
  return place === "box" ? name : `${place}/${name}`;
}
