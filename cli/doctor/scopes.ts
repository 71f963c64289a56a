import { Failure, PROBLEMS } from "../../schemas/protocol/problems.ts";
import type { Scope } from "../../schemas/protocol/scopes.ts";
import { adviceText, scopesAdvice } from "./advice.ts";
import { type CheckResult, passed, skipped } from "./check.ts";

/** Exchanges the token for one with these scopes, which is then dropped. @throws Failure */
export type Exchange = (scopes: readonly string[], resource?: string) => Promise<void>;

/** The scopes of Developer Console > Configuration > Application Scopes. */
const APPLICATION_SCOPES = [
  "root_readonly",
  "root_readwrite",
  "manage_managed_users",
  "manage_app_users",
  "manage_groups",
  "manage_webhook",
  "manage_enterprise_properties",
  "manage_data_retention",
  "manage_legal_holds",
  "sign_requests.readwrite",
  "ai.readwrite",
  "manage_triggers",
] as const satisfies readonly Scope[];

/** Exchanges at the same time: Box limits the rate by user. */
const AT_ONCE = 3;

/**
 * Which scopes the token can be narrowed to: one exchange for each, as Box reports no list.
 * @param required those that it must have; undefined: those of the Developer Console are tried, and none is required
 */
export async function scopesCheck(
  exchange: Exchange,
  required: readonly string[] | undefined,
): Promise<CheckResult> {
  const check = "scopes";
  const tried = required ?? APPLICATION_SCOPES;
  const outcomes = await inTurns(tried, (scope) => outcomeOf(exchange, scope));
  const stopped = outcomes.find((outcome) => outcome instanceof Failure);
  if (stopped instanceof Failure) {
    const { code, message } = stopped;
    const summary = `The trial of scopes was not completed. ${PROBLEMS[code].title} (${message})`;
    return required === undefined
      ? { check, status: "warning", summary, code, next: adviceText(code) }
      : { check, status: "failed", summary, code, next: adviceText(code) };
  }
  const held = tried.filter((_, at) => outcomes[at] === true);
  const refused = tried.filter((_, at) => outcomes[at] === false);
  const facts = { held, refused };
  const list = (scopes: readonly string[]) => (scopes.length === 0 ? "none" : scopes.join(", "));
  if (required !== undefined && refused.length > 0) {
    const summary = `Box refuses to narrow the token to ${list(refused)}; it grants ${list(held)}.`;
    return {
      check,
      status: "failed",
      summary,
      code: "box_scope_refused",
      next: scopesAdvice(refused),
      facts,
    };
  }
  return passed(
    check,
    `By trial exchange the token can have ${list(held)}${required ? "" : `; not ${list(refused)}`}.`,
    facts,
  );
}

/** Whether the subject sees the file or folder. */
export async function resourceCheck(
  exchange: Exchange,
  resource: string,
  scopes: readonly string[] | undefined,
): Promise<CheckResult> {
  const usual = resource.includes("/folders/") ? "base_explorer" : "base_preview";
  try {
    await exchange(scopes ?? [usual], resource);
    return passed("resource", `Box bound a token to ${resource}: the subject can see it.`);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const { code, message } = error;
    if (code === "box_scope_refused") return skipped("resource", `Not known: ${PROBLEMS[code].title}`);
    const summary = `${PROBLEMS[code].title} (${message})`;
    return { check: "resource", status: "failed", summary, code, next: adviceText(code) };
  }
}

/** Whether Box grants the scope; a failure where that is not known. */
async function outcomeOf(exchange: Exchange, scope: string): Promise<boolean | Failure> {
  try {
    await exchange([scope]);
    return true;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return error.code === "box_scope_refused" ? false : error;
  }
}

async function inTurns<Item, Value>(
  items: readonly Item[],
  work: (item: Item) => Promise<Value>,
): Promise<Value[]> {
  const values: Value[] = [];
  for (let at = 0; at < items.length; at += AT_ONCE) {
    values.push(...(await Promise.all(items.slice(at, at + AT_ONCE).map(work))));
  }
  return values;
}
