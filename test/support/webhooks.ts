import { createHmac, randomBytes, randomUUID } from "node:crypto";
import type { Context } from "aws-lambda";
import { webhookDelivery } from "../../functions/broker/deliver-webhook.ts";
import type { Clock, RequestContext } from "../../functions/broker/ports.ts";
import type { TokenTable } from "../../functions/broker/shared-cache/table.ts";
import { HandledEvents } from "../../functions/broker/webhooks/handled-events.ts";
import { KeyRing } from "../../functions/broker/webhooks/key-ring.ts";
import type { WebhookKeys } from "../../functions/broker/webhooks/signature.ts";
import type { WebhookMessage, WebhookTarget } from "../../functions/broker/webhooks/target.ts";
import { webhookHandler } from "../../functions/lambda/webhook-service.ts";
import type { Failure } from "../../schemas/protocol/problems.ts";
import { lambdaContext } from "./lambda.ts";

/** 32 characters, as the Developer Console makes them. */
const newKey = () => randomBytes(24).toString("base64url");
export const newKeys = () => ({ primaryKey: newKey(), secondaryKey: newKey() });

/** A body of Box's webhooks. */
export const webhookEvent = (changes: object = {}) => ({
  type: "webhook_event",
  id: randomUUID(),
  created_at: "2026-06-01T05:00:00-07:00",
  trigger: "FILE.UPLOADED",
  webhook: { id: "4165", type: "webhook" },
  created_by: { type: "user", id: "9001", name: "Ann", login: "ann@example.com" },
  source: { id: "73835521473", type: "file", name: "plan.pdf" },
  additional_info: [],
  ...changes,
});

/** A body of Box's Skills, with its two tokens. */
export const skillEvent = (read: string, write: string, changes: object = {}) => {
  const restricted_to = JSON.stringify([
    { scope: "gcm" },
    { scope: "item_upload", object_id: 933941692081, object_type: "file" },
  ]);
  const token = (access_token: string) => ({
    access_token,
    expires_in: 3600,
    token_type: "bearer",
    restricted_to,
  });
  return {
    type: "skill_invocation",
    id: `${randomUUID()}_1`,
    skill: { id: "185", type: "skill", name: "labels", api_key: "k" },
    token: { read: token(read), write: token(write) },
    status: { state: "invoked", message: "", error_code: "", additional_info: "" },
    created_at: "2026-06-01T05:00:00-07:00",
    trigger: "FILE_CONTENT",
    enterprise: { type: "enterprise", id: "900001", name: "Example" },
    source: { type: "file", id: "933941692081", name: "photo.jpg" },
    event: { event_type: "ITEM_UPLOAD" },
    ...changes,
  };
};

export interface Delivery {
  readonly app?: string;
  readonly keys: WebhookKeys;
  /** Text, or an object that becomes JSON; default a new webhook event. */
  readonly body?: string | Buffer | object;
  /** Milliseconds since the epoch. */
  readonly sentAt: number;
  /** The text of the timestamp, instead of `sentAt`'s. */
  readonly timestamp?: string;
  /** Replace those of a good delivery; `undefined` removes one. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
}

/** The event of a Function URL for a delivery that is signed as Box does it. */
export function signedDelivery({ app = "reports", keys, body = webhookEvent(), ...more }: Delivery) {
  const bytes = bytesOf(body);
  const timestamp = more.timestamp ?? new Date(more.sentAt).toISOString();
  const signature = (key: string | undefined) =>
    key && createHmac("sha256", key).update(bytes).update(timestamp).digest("base64");
  const headers: Record<string, string | undefined> = {
    "content-type": "application/json; charset=utf-8",
    "user-agent": "Box-WH-Client/0.1",
    "box-delivery-id": randomUUID(),
    "box-delivery-timestamp": timestamp,
    "box-signature-version": "1",
    "box-signature-algorithm": "HmacSHA256",
    "box-signature-primary": signature(keys.primaryKey),
    "box-signature-secondary": signature(keys.secondaryKey),
    ...more.headers,
  };
  const sent = Object.entries(headers).filter((header): header is [string, string] => Boolean(header[1]));
  return urlEvent(app, Object.fromEntries(sent), bytes);
}

/** What Lambda makes of a request to the Function URL. */
export function urlEvent(app: string, headers: Record<string, string>, body: Buffer) {
  return {
    version: "2.0",
    rawPath: `/${app}`,
    rawQueryString: "",
    headers,
    requestContext: { http: { method: "POST", path: `/${app}`, sourceIp: "198.51.100.7" } },
    body: body.toString("base64"),
    isBase64Encoded: true,
  };
}

function bytesOf(body: string | Buffer | object): Buffer {
  if (Buffer.isBuffer(body)) return body;
  return Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
}

/** A target in this process. */
export class RecordedTarget implements WebhookTarget {
  readonly kind = "queue";
  readonly takesSkills: boolean;
  readonly messages: WebhookMessage[] = [];
  /** Thrown instead of storing the message. */
  failure: Error | undefined;

  constructor(takesSkills = false) {
    this.takesSkills = takesSkills;
  }

  readonly handOn = async (message: WebhookMessage): Promise<void> => {
    if (this.failure !== undefined) throw this.failure;
    this.messages.push(message);
  };

  /** Ids of the events that were received, in order. */
  get ids(): readonly string[] {
    return this.messages.map(({ text }) => JSON.parse(text).event.id);
  }
}

interface WebhookSetUp {
  readonly clock: Clock;
  /** By app. */
  readonly keys: Readonly<Record<string, WebhookKeys>>;
  readonly targets: Readonly<Record<string, WebhookTarget>>;
  readonly table?: TokenTable;
}

/** The webhook function in this process, with every port recorded. */
export async function webhookFunction({ clock, keys, targets, table }: WebhookSetUp) {
  const lines: string[] = [];
  const reads: string[] = [];
  /** What an app's secret holds; a test changes it. */
  const secrets = new Map<string, WebhookKeys | Failure>(Object.entries(keys));
  const reported: string[] = [];
  const ring = new KeyRing(
    Object.keys(targets),
    async (app) => {
      reads.push(app);
      const held = secrets.get(app) ?? {};
      if (held instanceof Error) throw held;
      return held;
    },
    clock,
    (app, { code }) => reported.push(`${app} ${code}`),
  );
  const handled = new HandledEvents(table, clock);
  const formatTime = (milliseconds: number) => new Date(milliseconds).toISOString();
  const ports = { keys: ring, targets: new Map(Object.entries(targets)), handled, clock, formatTime };
  const starting: RequestContext = {
    requestId: "start",
    deadline: clock.monotonic() + 6_000,
    trace: { steps: [] },
  };
  await ring.refresh(starting);
  const write = async (line: object) => void lines.push(JSON.stringify(line));
  const handler = webhookHandler({ service: "box-sts", deliver: webhookDelivery(ports), clock, write });
  return {
    ...{ handler, lines, reads, secrets, reported },
    /** The status of the response to an event. */
    status: async (event: unknown, context: Partial<Context> = {}) =>
      (await handler(event, lambdaContext(context))).statusCode,
    send: (event: unknown) => handler(event, lambdaContext()),
    /** The last line, parsed. */
    line: () => JSON.parse(lines.at(-1) ?? "null"),
  };
}
