import { FAULTS, type FaultName } from "../../../sandbox/faults.ts";

/** What the one who asks has met before. */
export const STATES = {
  "a cold environment": "nothing is cached, no socket is open",
  "a warm one that needs another token": "the secret is cached, sockets are open",
  "a warm one whose token Box has refused": "the same, and the cached token is not to be served again",
  "a warm one whose token and secret are too old": "sockets are open, everything has to be got anew",
} as const;
export type State = keyof typeof STATES;

/** Where a fault strikes. */
export const STEPS = {
  "the grant": { place: "box", wants: "full", settings: { on: "token/jwt-bearer" } },
  "the grant of an app without a key": {
    place: "box",
    wants: "full",
    settings: { on: "token/client_credentials" },
  },
  "the grant after one that failed": {
    place: "box",
    wants: "full",
    settings: { on: "token/jwt-bearer", after: 1 },
  },
  "the grant before an exchange": { place: "box", wants: "narrow", settings: { on: "token/jwt-bearer" } },
  "the exchange": { place: "box", wants: "narrow", settings: { on: "token/token-exchange" } },
  "the reading of the secret": {
    place: "secrets-manager",
    wants: "full",
    settings: { on: "GetSecretValue" },
  },
  "the reading of the secret after Box refused its key": {
    place: "secrets-manager",
    wants: "full",
    settings: { on: "GetSecretValue" },
  },
} as const;
export type Step = keyof typeof STEPS;

/** What a fault does to the step that it strikes. */
interface Row {
  /** Who ends it. What passes by itself is worth another try; for the rest somebody must act before. */
  readonly passes: "by itself" | "when somebody acts";
  /** Calls that one strike costs beyond those without it, after which there is a token; or that there is none. */
  readonly once: number | "lost";
  /** Calls for one token while it stays. */
  readonly stays: number;
  /** Got over without its passing. */
  readonly overcome?: true;
}

const WEATHER = { passes: "by itself", once: 1, stays: 4 } as const;
const REFUSAL = { passes: "when somebody acts", once: "lost", stays: 1 } as const;
/** An answer that never comes within the request's time; one that comes in the end costs nothing more. */
const SLOW = { passes: "by itself", once: 0, stays: 1 } as const;
/** The AWS SDK's three attempts. */
const AWS_WEATHER = { passes: "by itself", once: 1, stays: 3 } as const;

/**
 * Refusals that differ from `unauthorized-app` in their words alone, and one that has a recovery of its own: not in the
 * matrix, but each by itself in `faults.test.ts`.
 */
const BY_ITSELF = "by itself";

/** Every fault of the two upstreams, where it strikes a call that it concerns. */
const ROWS: {
  readonly [Place in "box" | "secrets-manager"]: Readonly<Record<FaultName<Place>, Row | typeof BY_ITSELF>>;
} = {
  box: {
    slow: SLOW,
    "rate-limited": WEATHER,
    "server-error": WEATHER,
    reset: WEATHER,
    "reset-after": WEATHER,
    "truncated-json": WEATHER,
    "html-body": WEATHER,
    // The refusal tells Box's time. After a clock that was wrong once, the next refusal tells the right one.
    "skewed-clock": { passes: "by itself", once: 2, stays: 2, overcome: true },
    "unauthorized-app": REFUSAL,
    "key-removed": REFUSAL,
    "disabled-app": BY_ITSELF,
    "location-blocked": BY_ITSELF,
    "forbidden-by-policy": BY_ITSELF,
    "unknown-403": BY_ITSELF,
    "password-reset": BY_ITSELF,
    "terms-not-accepted": BY_ITSELF,
    "lost-body": BY_ITSELF,
    "token-refused": BY_ITSELF,
    "permission-denied": BY_ITSELF,
    "code-expired": BY_ITSELF,
    "refresh-token-expired": BY_ITSELF,
  },
  "secrets-manager": {
    slow: SLOW,
    throttled: AWS_WEATHER,
    away: AWS_WEATHER,
    "internal-error": AWS_WEATHER,
    "access-denied": REFUSAL,
  },
};

/** Neither has an assertion; an exchange has no client credentials either. What is wrong there does not concern it. */
const UNNOTICED: Partial<Record<Step, readonly string[]>> = {
  "the grant of an app without a key": ["skewed-clock", "key-removed"],
  "the exchange": ["skewed-clock", "unauthorized-app", "key-removed"],
};

/** How many ask at once: equal requests, and as many others that each need a token of their own. */
export const CROWDS = { "one request": [1, 0], "many at once": [50, 6] } as const;
export type Crowd = keyof typeof CROWDS;

export interface Cell {
  readonly place: "box" | "secrets-manager";
  readonly fault: string;
  readonly row: Row;
  readonly once: boolean;
  readonly step: Step;
  readonly state: State;
  readonly crowd: Crowd;
  /** Whether the fault strikes a call that the request makes. */
  readonly noticed: boolean;
}

/** Every fault of the two upstreams. */
export function faults(): readonly Pick<Cell, "place" | "fault" | "row">[] {
  return (["box", "secrets-manager"] as const).flatMap((place) =>
    Object.keys(FAULTS[place]).flatMap((fault) => {
      const row = (ROWS[place] as Readonly<Record<string, Row | typeof BY_ITSELF>>)[fault];
      if (row === undefined) throw new Error(`The matrix has no row for the fault ${place}/${fault}.`);
      return row === BY_ITSELF ? [] : [{ place, fault, row }];
    }),
  );
}

/** Every fault of the sandbox's two upstreams at every step, in every state, for one and for many. */
export function cells(): readonly Cell[] {
  return faults().flatMap((struck) =>
    namesOf(STEPS)
      .filter((step) => STEPS[step].place === struck.place)
      .flatMap((step) =>
        namesOf(STATES)
          .filter((state) => happens(step, state))
          .flatMap((state) => {
            const noticed = isNoticed(struck.fault, step, state);
            return namesOf(CROWDS).flatMap((crowd) =>
              [true, false].map((once) => ({ ...struck, once, step, state, crowd, noticed })),
            );
          }),
      ),
  );
}

function namesOf<Name extends string>(table: Readonly<Record<Name, unknown>>): readonly Name[] {
  return Object.keys(table) as Name[];
}

/** A key that Box removed since is only met by who has used it before. */
function happens(step: Step, state: State): boolean {
  if (step === "the reading of the secret after Box refused its key") {
    return (
      state === "a warm one that needs another token" || state === "a warm one whose token Box has refused"
    );
  }
  return true;
}

function isNoticed(fault: string, step: Step, state: State): boolean {
  if (step === "the reading of the secret") {
    return state === "a cold environment" || state === "a warm one whose token and secret are too old";
  }
  return UNNOTICED[step]?.includes(fault) !== true;
}

export function sentence({ place, fault, once, step, state, crowd }: Cell): string {
  return `${place}/${fault} ${once ? "once" : "for long"} at ${step}, for ${crowd} in ${state}`;
}
