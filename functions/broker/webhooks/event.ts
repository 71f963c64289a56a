import { createHash } from "node:crypto";
import { isObject } from "../../../schemas/json/is-object.ts";
import { parseJson } from "../../../schemas/json/parse.ts";

/** The two kinds of bodies that Box sends; only a Skill invocation holds tokens. */
export type EventType = "webhook_event" | "skill_invocation";

/** A body of Box, parsed as far as the delivery depends on it. */
export interface BoxEvent {
  readonly type: EventType;
  /** Box's id of the event, which stays the same when Box sends it again. */
  readonly id: string;
  /** Id of the webhook, or of the Skill; empty where the body has none. */
  readonly sender: string;
  /** What happened, such as `FILE.UPLOADED`. */
  readonly trigger: string | undefined;
  /** The body, which is one JSON object. */
  readonly text: string;
}

/** Nesting of objects and arrays; Box's own events have five levels. */
const MAX_DEPTH = 64;
const MAX_ID_LENGTH = 256;

/** The event in a body whose signature is valid; undefined where it is none. */
export function parseEvent(body: Buffer): BoxEvent | undefined {
  const text = body.toString("utf8");
  // The text goes into the message as it is, so it has to be the body.
  if (!Buffer.from(text, "utf8").equals(body)) return undefined;
  const parsed = parseJson(text, { maxDepth: MAX_DEPTH, maxLength: body.length });
  if (!parsed.ok || parsed.value.bom) return undefined;
  const { value } = parsed.value;
  if (!isObject(value) || !isEventType(value.type)) return undefined;
  const { type, id, trigger } = value;
  if (typeof id !== "string" || id === "" || id.length > MAX_ID_LENGTH) return undefined;
  const sender = isObject(value[SENDER[type]]) ? (value[SENDER[type]] as { readonly id?: unknown }).id : "";
  return {
    ...{ type, id, text },
    sender: typeof sender === "string" ? sender : "",
    trigger: typeof trigger === "string" ? trigger : undefined,
  };
}

/** The property of the body that describes its sender. */
const SENDER = { webhook_event: "webhook", skill_invocation: "skill" } as const;

function isEventType(type: unknown): type is EventType {
  return typeof type === "string" && Object.hasOwn(SENDER, type);
}

/** Names an event of an app: hex, from which nothing of the body can be computed. */
export function eventKey(app: string, { type, id, sender }: BoxEvent): string {
  return createHash("sha256")
    .update(JSON.stringify([app, type, sender, id]))
    .digest("hex");
}

/**
 * The message that a target receives: JSON, in which `event` is the body as Box sent it, character by character.
 * @param deliveryId Box's id of this attempt, which the signature does not cover; null where it has none
 * @param receivedAt ISO 8601
 */
export function envelope(
  app: string,
  deliveryId: string | undefined,
  receivedAt: string,
  { text }: BoxEvent,
): string {
  const head = JSON.stringify({ app, deliveryId: deliveryId ?? null, receivedAt });
  return `${head.slice(0, -1)},"event":${text}}`;
}
