import { isObject } from "../schemas/json/is-object.ts";
import { parseJson } from "./aws-errors.ts";
import { clientError } from "./errors.ts";
import { TOKEN_FORM } from "./token.ts";
import type { BoundItem, BoxAccessToken } from "./types.ts";

/** One of the two tokens of a Skill invocation. */
export interface SkillToken {
  readonly value: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  readonly restrictedTo: BoxAccessToken["restrictedTo"];
}

type Purpose = "read" | "write";

/** Box writes the seconds of life, or the moment in seconds since 1970; no token lives for a month. */
const MAX_LIFE_SECONDS = 2_678_400;
const MIN_EPOCH_SECONDS = 1_000_000_000;
const MAX_EPOCH_SECONDS = 10_000_000_000;

/**
 * The tokens of a Skill invocation: of Box's event, or of the envelope in which the webhook function hands it on.
 * @param now milliseconds since 1970: where the event has no time of receipt, its tokens begin to live now
 * @throws BoxStsError `invalid_skill_event`, with a message that names the property and quotes nothing
 */
export function parseSkillEvent(given: unknown, now: number): Readonly<Record<Purpose, SkillToken>> {
  if (!isObject(given)) throw invalid("It takes one object: parse the message's text as JSON first.");
  const isEnvelope = isObject(given.event) && given.type === undefined;
  const event = isEnvelope ? (given.event as Readonly<Record<string, unknown>>) : given;
  if (event.type !== "skill_invocation") throw invalid('`type` has to be "skill_invocation".');
  const receivedAt = isEnvelope ? Date.parse(String(given.receivedAt)) : now;
  if (Number.isNaN(receivedAt)) throw invalid("`receivedAt` of the envelope is not a time.");
  const { token } = event;
  if (!isObject(token)) throw invalid("`token` is not an object.");
  return {
    read: skillToken(token.read, "read", receivedAt),
    write: skillToken(token.write, "write", receivedAt),
  };
}

function skillToken(given: unknown, purpose: Purpose, receivedAt: number): SkillToken {
  if (!isObject(given)) throw invalid(`\`token.${purpose}\` is not an object.`);
  const { access_token, expires_in, token_type = "bearer", restricted_to } = given;
  if (typeof access_token !== "string" || !TOKEN_FORM.test(access_token)) {
    throw invalid(`\`token.${purpose}.access_token\` is not a token.`);
  }
  if (String(token_type).toLowerCase() !== "bearer") {
    throw invalid(`\`token.${purpose}.token_type\` is not "bearer".`);
  }
  const expiresAt = expiryOf(expires_in, receivedAt);
  if (expiresAt === undefined) {
    throw invalid(
      `\`token.${purpose}.expires_in\` is neither a number of seconds, up to a month, nor a time in seconds since 1970.`,
    );
  }
  const restrictedTo = restrictionsOf(restricted_to);
  if (restrictedTo === "malformed") {
    throw invalid(
      `\`token.${purpose}.restricted_to\` is not a list of objects with \`scope\`, nor the JSON of such a list.`,
    );
  }
  return { value: access_token, expiresAt, restrictedTo };
}

function expiryOf(seconds: unknown, receivedAt: number): number | undefined {
  if (typeof seconds !== "number") return undefined;
  if (seconds > 0 && seconds <= MAX_LIFE_SECONDS) return receivedAt + seconds * 1_000;
  return seconds >= MIN_EPOCH_SECONDS && seconds < MAX_EPOCH_SECONDS ? seconds * 1_000 : undefined;
}

function restrictionsOf(given: unknown): SkillToken["restrictedTo"] | "malformed" {
  if (given === undefined || given === null) return undefined;
  const rows = typeof given === "string" ? parseJson(given) : given;
  if (!Array.isArray(rows)) return "malformed";
  const read = rows.map(restrictionOf);
  return read.every((row) => row !== undefined) ? read : "malformed";
}

type Restriction = NonNullable<BoxAccessToken["restrictedTo"]>[number];

/** A row as Skills have it, with `object_id` and `object_type`, or as token responses have it, with `object`. */
function restrictionOf(row: unknown): Restriction | undefined {
  if (!isObject(row) || typeof row.scope !== "string") return undefined;
  const { scope, object, object_id: id, object_type: type } = row;
  const bound = isObject(object) ? { type: object.type, id: object.id, name: object.name } : { type, id };
  if (bound.type === undefined && bound.id === undefined) return { scope };
  const item = itemOf(bound);
  return item === undefined ? undefined : { scope, object: item };
}

function itemOf({ type, id, name }: { type: unknown; id: unknown; name?: unknown }): BoundItem | undefined {
  if (type !== "file" && type !== "folder") return undefined;
  // A number that JSON has rounded would name another item.
  const isId = typeof id === "string" ? /^\d{1,20}$/.test(id) : Number.isSafeInteger(id) && Number(id) >= 0;
  if (!isId) return undefined;
  return { type, id: String(id), ...(typeof name === "string" ? { name } : {}) };
}

const invalid = (detail: string) => clientError("invalid_skill_event", detail);
