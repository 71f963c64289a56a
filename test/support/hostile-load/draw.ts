import { FAULTS } from "../../../sandbox/faults.ts";
import type { Sandbox } from "../../../sandbox/sandbox.ts";
import type { Dice } from "../dice.ts";
import type { HostileRequest, Right } from "./rights.ts";

/** What a draw takes from. */
export interface World {
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

/** Mostly what the caller may have, as it is or with one part of it changed: requests that only just miss a right. */
export function drawRequest(dice: Dice, world: World): HostileRequest {
  const caller = dice.pick(Object.keys(world.rights));
  const own = world.rights[caller] ?? [];
  const anything = drawAnything(dice, world);
  const within = own.length > 0 && dice.chance(0.8) ? drawWithin(dice, world, dice.pick(own)) : anything;
  return {
    caller,
    access: dice.pick(["url", "invoke"]),
    ...(dice.chance(0.5) ? within : withOnePartOf(dice, within, anything)),
    ...(dice.chance(0.5) ? { minTtl: dice.pick([0, 60, 1_800]) } : {}),
    rejects: dice.chance(0.3),
  };
}

function drawAnything(dice: Dice, { sandbox, users }: World): What {
  const app = dice.pick(["sandbox", "sandbox", "ccg", "ccg", "unknown"]);
  const ids = users[app] ?? [];
  const unknown = String(900_000_000 + dice.below(1_000_000));
  const { reports, payroll } = sandbox.sample;
  return {
    app,
    ...(dice.chance(0.6)
      ? { user: ids.length > 0 && dice.chance(0.9) ? dice.pick(ids) : unknown }
      : { enterprise: dice.pick(["own", "own-id", "foreign"] as const) }),
    ...(dice.chance(0.6) ? { scopes: [...new Set([dice.pick(SCOPES), dice.pick(SCOPES)])] } : {}),
    ...(dice.chance(0.8) ? { folder: dice.pick([reports, payroll, payroll]).id } : {}),
  };
}

function drawWithin(dice: Dice, { users }: World, right: Right): What {
  const ids = right.users === "all" ? (users[right.app] ?? []) : right.users === "none" ? [] : right.users;
  const isUser = ids.length > 0 && (!right.enterprise || dice.chance(0.7));
  const scopes = dice.some(right.scopes ?? SCOPES.slice(0, 3));
  return {
    app: right.app,
    ...(isUser ? { user: dice.pick(ids) } : { enterprise: dice.pick(["own", "own-id"] as const) }),
    ...(scopes.length > 0 ? { scopes } : {}),
    ...(right.folders !== undefined && dice.chance(0.5) ? { folder: dice.pick(right.folders) } : {}),
  };
}

/** `what` with its app, subject, scopes or folder as in `other`. */
function withOnePartOf(dice: Dice, what: What, other: What): What {
  const parts = [["app"], ["user", "enterprise"], ["scopes"], ["folder"], ["folder"]] as const;
  const part = new Set<string>(dice.pick(parts));
  const members = (from: What, isTaken: boolean) =>
    Object.entries(from).filter(([name]) => part.has(name) === isTaken);
  return Object.fromEntries([...members(what, false), ...members(other, true)]) as unknown as What;
}

/** Something that happens while requests are in flight; resolves when it has happened. */
export type Happening = (sandbox: Sandbox) => unknown;

export function drawHappening(dice: Dice): Happening {
  const kind = dice.below(10);
  const times = 1 + dice.below(4);
  if (kind < 5) {
    const name = dice.pick(BOX_FAULTS);
    const settings = {
      ...{ on: dice.pick(OPERATIONS), after: dice.below(3), times },
      ...(name === "slow" && { ms: dice.below(60) }),
      ...(name === "skewed-clock" && { skewSeconds: dice.pick([-7_200, -90, 90, 7_200]) }),
    };
    return ({ faults }) => faults.box.inject(name, settings);
  }
  if (kind < 8) {
    const name = dice.pick(SECRETS_FAULTS);
    return ({ faults }) =>
      faults["secrets-manager"].inject(name, { times, ...(name === "slow" && { ms: 50 }) });
  }
  const fraction = dice.fraction();
  return ({ box }) => {
    const values = [...box.tokens.all.keys()];
    const value = values[Math.floor(values.length * fraction)];
    if (value !== undefined) box.tokens.expire(value);
  };
}

/** A new key or a new client secret for an app, as an operator brings it. */
export function drawRotation(dice: Dice): Happening {
  const keepOld = dice.chance(0.5);
  if (dice.chance(0.5)) return (sandbox) => sandbox.rotateKey("sandbox", { keepOld });
  return ({ apps, secretsManager }) => {
    const ccg = apps.ccg;
    if (ccg === undefined) return;
    const clientSecret = `${ccg.box.clientSecret.slice(0, -4)}${1_000 + dice.below(9_000)}`;
    ccg.box.clientSecret = clientSecret;
    ccg.config = { ...ccg.config, boxAppSettings: { ...ccg.config.boxAppSettings, clientSecret } };
    secretsManager.put(ccg.secretName, JSON.stringify(ccg.config));
  };
}
