import { FINAL_SECONDS } from "../../../functions/broker/refusal-memory.ts";
import { FAULTS } from "../../../sandbox/faults/faults.ts";
import type { Sandbox } from "../../../sandbox/sandbox.ts";
import type { SeededRandom } from "../seeded-random.ts";
import type { HostileRequest, Right } from "./rights.ts";

/** What a draw takes from. */
export interface Circumstances {
  readonly sandbox: Sandbox;
  readonly rights: Readonly<Record<string, readonly Right[]>>;
  /** Ids of the users of each app's enterprise. */
  readonly users: Readonly<Record<string, readonly string[]>>;
}

type What = Pick<HostileRequest, "app" | "enterprise" | "user" | "scopes" | "folder">;

const SCOPES = ["item_download", "item_preview", "base_explorer", "item_upload", "manage_groups"] as const;
/** What an operator has to end is no fault of a moment; `fault-matrix` injects those. */
const LASTING = new Set<string>(["unauthorized-app", "key-removed"]);
const BOX_FAULTS = (Object.keys(FAULTS.box) as (keyof typeof FAULTS.box)[]).filter(
  (name) => !LASTING.has(name),
);
const SECRETS_FAULTS = Object.keys(FAULTS["secrets-manager"]) as (keyof (typeof FAULTS)["secrets-manager"])[];
const OPERATIONS = ["token", "token/jwt-bearer", "token/client_credentials", "token/token-exchange"] as const;

/** How long a function remembers a refusal of Box that retries do not change. */
export const REFUSAL_MEMORY_MS = FINAL_SECONDS * 1_000;

/** Mostly what the caller may have, as it is or with one part of it changed: requests that only just miss a right. */
export function drawRequest(random: SeededRandom, circumstances: Circumstances): HostileRequest {
  const caller = random.pick(Object.keys(circumstances.rights));
  const own = circumstances.rights[caller] ?? [];
  const anything = drawAnything(random, circumstances);
  const within =
    own.length > 0 && random.chance(0.8) ? drawWithin(random, circumstances, random.pick(own)) : anything;
  return {
    caller,
    access: random.pick(["url", "invoke"]),
    ...(random.chance(0.5) ? within : withOnePartOf(random, within, anything)),
    ...(random.chance(0.5) ? { minTtl: random.pick([0, 60, 1_800]) } : {}),
    rejects: random.chance(0.3),
  };
}

function drawAnything(random: SeededRandom, { sandbox, users }: Circumstances): What {
  const app = random.pick(["sandbox", "sandbox", "ccg", "ccg", "unknown"]);
  const ids = users[app] ?? [];
  const unknown = String(900_000_000 + random.below(1_000_000));
  const { reports, payroll } = sandbox.sample;
  return {
    app,
    ...(random.chance(0.6)
      ? { user: ids.length > 0 && random.chance(0.9) ? random.pick(ids) : unknown }
      : { enterprise: random.pick(["own", "own-id", "foreign"] as const) }),
    ...(random.chance(0.6) ? { scopes: [...new Set([random.pick(SCOPES), random.pick(SCOPES)])] } : {}),
    ...(random.chance(0.8) ? { folder: random.pick([reports, payroll, payroll]).id } : {}),
  };
}

function drawWithin(random: SeededRandom, { users }: Circumstances, right: Right): What {
  const ids = right.users === "all" ? (users[right.app] ?? []) : right.users === "none" ? [] : right.users;
  const isUser = ids.length > 0 && (!right.enterprise || random.chance(0.7));
  const scopes = random.some(right.scopes ?? SCOPES.slice(0, 3));
  return {
    app: right.app,
    ...(isUser ? { user: random.pick(ids) } : { enterprise: random.pick(["own", "own-id"] as const) }),
    ...(scopes.length > 0 ? { scopes } : {}),
    ...(right.folders !== undefined && random.chance(0.5) ? { folder: random.pick(right.folders) } : {}),
  };
}

/** `what` with its app, subject, scopes or folder as in `other`. */
function withOnePartOf(random: SeededRandom, what: What, other: What): What {
  const parts = [["app"], ["user", "enterprise"], ["scopes"], ["folder"], ["folder"]] as const;
  const part = new Set<string>(random.pick(parts));
  const parameters = (from: What, isTaken: boolean) =>
    Object.entries(from).filter(([name]) => part.has(name) === isTaken);
  return Object.fromEntries([...parameters(what, false), ...parameters(other, true)]) as unknown as What;
}

/** Something that happens while requests are in flight; resolves when it has happened. */
export type Happening = (sandbox: Sandbox) => unknown;

export function drawHappening(random: SeededRandom): Happening {
  const kind = random.below(11);
  const times = 1 + random.below(4);
  if (kind < 5) {
    const name = random.pick(BOX_FAULTS);
    const settings = {
      ...{ on: random.pick(OPERATIONS), after: random.below(3), times },
      ...(name.startsWith("slow") && { ms: random.below(60) }),
      ...(name === "skewed-clock" && { skewSeconds: random.pick([-7_200, -90, 90, 7_200]) }),
    };
    return ({ faults }) => faults.box.inject(name, settings);
  }
  if (kind < 8) {
    const name = random.pick(SECRETS_FAULTS);
    return ({ faults }) =>
      faults["secrets-manager"].inject(name, { times, ...(name === "slow" && { ms: 50 }) });
  }
  // Without it, the refusals that functions remember would outlast the load, the longer the faster the machine is.
  if (kind === 8) return (sandbox) => sandbox.freeze(REFUSAL_MEMORY_MS);
  const fraction = random.fraction();
  return ({ box }) => {
    const values = [...box.tokens.all.keys()];
    const value = values[Math.floor(values.length * fraction)];
    if (value !== undefined) box.tokens.expire(value);
  };
}

/** A new key or a new client secret for an app, as an operator brings it. */
export function drawRotation(random: SeededRandom): Happening {
  const keepOld = random.chance(0.5);
  if (random.chance(0.5)) return (sandbox) => sandbox.rotateKey("sandbox", { keepOld });
  return ({ apps, secretsManager }) => {
    const ccg = apps.ccg;
    if (ccg === undefined) return;
    const clientSecret = `${ccg.box.clientSecret.slice(0, -4)}${1_000 + random.below(9_000)}`;
    ccg.box.clientSecret = clientSecret;
    ccg.config = { ...ccg.config, boxAppSettings: { ...ccg.config.boxAppSettings, clientSecret } };
    secretsManager.put(ccg.secretName, JSON.stringify(ccg.config));
  };
}
