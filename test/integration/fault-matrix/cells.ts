import { FAULTS, type FaultName } from "../../../sandbox/faults/faults.ts";

/** What the environment holds when the request arrives. */
export const STATES = {
  "a cold environment": "nothing is cached, no socket is open",
  "a warm one that needs another token": "the secret is cached, sockets are open",
  "a warm one whose token Box has refused": "the same, and the cached token is not to be served again",
  "a warm one whose token and secret are too old": "sockets are open, everything has to be fetched again",
} as const;
export type State = keyof typeof STATES;

/** The step that a fault affects. */
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

/** What a fault does to the step that it affects. */
interface Row {
  /** Who ends it. A temporary fault is worth a retry; the others need an operator's action first. */
  readonly passes: "by itself" | "when somebody acts";
  /** Extra calls that one injection costs before there is a token, or "lost" when there is none. */
  readonly once: number | "lost";
  /** Calls for one token while the fault lasts. */
  readonly stays: number;
  /** Recovered from while the fault lasts. */
  readonly overcome?: true;
}

const TRANSIENT = { passes: "by itself", once: 1, stays: 4 } as const;
const REFUSAL = { passes: "when somebody acts", once: "lost", stays: 1 } as const;
/** A response that never arrives within the deadline; one that arrives in the end costs nothing more. */
const SLOW = { passes: "by itself", once: 0, stays: 1 } as const;
/** The AWS SDK's three attempts. */
const AWS_TRANSIENT = { passes: "by itself", once: 1, stays: 3 } as const;

/**
 * Refusals that differ from `unauthorized-app` in their wording alone, one that has a recovery of its own, and faults
 * after the effect, which a grant without a single-use credential cannot distinguish from those before it. They are
 * not in the matrix: `faults.test.ts` has a test for each that a token function can meet.
 */
const BY_ITSELF = "by itself";

/** Every fault of the two upstreams, at a call that it can affect. */
const ROWS: {
  readonly [Place in "box" | "secrets-manager"]: Readonly<Record<FaultName<Place>, Row | typeof BY_ITSELF>>;
} = {
  box: {
    slow: SLOW,
    "rate-limited": TRANSIENT,
    "server-error": TRANSIENT,
    reset: TRANSIENT,
    "reset-after": TRANSIENT,
    "truncated-json": TRANSIENT,
    "html-body": TRANSIENT,
    // The refusal carries Box's time. After one wrong clock, the next refusal carries the right time.
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
    "exchange-lag": BY_ITSELF,
    "permission-denied": BY_ITSELF,
    "code-expired": BY_ITSELF,
    "refresh-token-expired": BY_ITSELF,
    "refresh-token-revoked": BY_ITSELF,
    "slow-after": BY_ITSELF,
    "server-error-after": BY_ITSELF,
    "lost-response": BY_ITSELF,
  },
  "secrets-manager": {
    slow: SLOW,
    throttled: AWS_TRANSIENT,
    away: AWS_TRANSIENT,
    "internal-error": AWS_TRANSIENT,
    "access-denied": REFUSAL,
    "key-denied": BY_ITSELF,
  },
};

/** Neither has an assertion; an exchange has no client credentials either. A fault in either does not affect it. */
const UNNOTICED: Partial<Record<Step, readonly string[]>> = {
  "the grant of an app without a key": ["skewed-clock", "key-removed"],
  "the exchange": ["skewed-clock", "unauthorized-app", "key-removed"],
};

/** Concurrent requests: how many equal ones, and how many others that each need a token of their own. */
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
  /** Whether the fault affects a call that the request makes. */
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
  return faults().flatMap((injected) =>
    namesOf(STEPS)
      .filter((step) => STEPS[step].place === injected.place)
      .flatMap((step) =>
        namesOf(STATES)
          .filter((state) => happens(step, state))
          .flatMap((state) => {
            const noticed = isNoticed(injected.fault, step, state);
            return namesOf(CROWDS).flatMap((crowd) =>
              [true, false].map((once) => ({ ...injected, once, step, state, crowd, noticed })),
            );
          }),
      ),
  );
}

function namesOf<Name extends string>(table: Readonly<Record<Name, unknown>>): readonly Name[] {
  return Object.keys(table) as Name[];
}

/** Only an environment that has cached a key can use it after Box removed it. */
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
