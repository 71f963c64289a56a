import { randomUUID } from "node:crypto";
import type { BoxApp } from "../state.ts";
import { RETRY_SCHEDULES, type RetrySchedule } from "./schedule.ts";
import { boxJson, boxTimestamp, signatureHeaders } from "./signature.ts";

/** One POST to the target. */
export interface Attempt {
  /** Another one for each attempt: it does not identify the event. */
  readonly deliveryId: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Status of the response; `undefined` if there was none in time. */
  readonly status: number | undefined;
}

/** One event on its way to one target. */
export interface Delivery {
  /** The bytes that every attempt sends. */
  readonly body: Buffer;
  readonly attempts: readonly Attempt[];
  /** `delivered` after a response with 2xx, `failed` when the last retry has had none. */
  readonly state: "pending" | "delivered" | "failed";
  /** What the schedule has until the next retry, in seconds; `undefined` unless pending. */
  readonly retryAfterSeconds: number | undefined;
  /** Makes the next retry now. @throws Error unless the delivery is pending */
  retry(): Promise<Attempt>;
  /** Makes every retry that is left, at once, until one succeeds. */
  retryToTheEnd(): Promise<Delivery["state"]>;
  /** Sends the event once more whatever the state is, as Box does where a response was lost on its way. */
  repeat(): Promise<Attempt>;
}

export interface SenderOptions {
  /** Default: 12 retries over 2 hours. */
  readonly schedule?: RetrySchedule;
  /** Retries by themselves, with this timer; without it a retry is an explicit call. */
  readonly setTimer?: (callback: () => void, seconds: number) => void;
  /** How long Box waits for a response; default 30. */
  readonly timeoutSeconds?: number;
}

export interface WebhookSender {
  /**
   * Signs an event with the app's keys and posts it to `url`.
   * @param event an object, written as Box writes JSON; or bytes, sent as they are.
   */
  send(app: BoxApp, url: string, event: object | Buffer): Promise<Delivery>;
}

const TIMEOUT_SECONDS = 30;

/** @param now Box's clock, in milliseconds since 1970. */
export function webhookSender(
  now: () => number,
  { schedule = RETRY_SCHEDULES["two-hours"], setTimer, timeoutSeconds = TIMEOUT_SECONDS }: SenderOptions = {},
): WebhookSender {
  return {
    async send(app, url, event) {
      const body = Buffer.isBuffer(event) ? event : Buffer.from(boxJson(event));
      const attempts: Attempt[] = [];
      let isDelivered = false;
      const attempt = async (): Promise<Attempt> => {
        const headers = headersOf(app, body, boxTimestamp(now()));
        const status = await statusOf(url, body, headers, timeoutSeconds);
        const made = { deliveryId: headers["box-delivery-id"], headers, status };
        attempts.push(made);
        isDelivered ||= status !== undefined && status >= 200 && status <= 299;
        return made;
      };
      const delivery: Delivery = {
        body,
        attempts,
        get state() {
          if (isDelivered) return "delivered";
          return attempts.length > schedule.length ? "failed" : "pending";
        },
        get retryAfterSeconds() {
          return delivery.state === "pending" ? schedule[attempts.length - 1] : undefined;
        },
        async retry() {
          if (delivery.state !== "pending")
            throw new Error(`There is no retry left: the event is ${delivery.state}.`);
          return attempt();
        },
        async retryToTheEnd() {
          while (delivery.state === "pending") await attempt();
          return delivery.state;
        },
        repeat: attempt,
      };
      const retryLater = (): void => {
        const seconds = delivery.retryAfterSeconds;
        if (seconds === undefined) return;
        setTimer?.(() => {
          if (delivery.state === "pending") void attempt().then(retryLater);
        }, seconds);
      };
      await attempt();
      retryLater();
      return delivery;
    },
  };
}

function headersOf({ signatureKeys }: BoxApp, body: Buffer, timestamp: string) {
  return {
    "content-type": "application/json; charset=utf-8",
    "user-agent": "Box-WH-Client/0.1",
    "box-delivery-id": randomUUID(),
    "box-delivery-timestamp": timestamp,
    ...signatureHeaders(body, timestamp, signatureKeys),
  };
}

/** Box follows no redirect: whatever is not 2xx is a failure, as is no response in time. */
async function statusOf(
  url: string,
  body: Buffer,
  headers: Readonly<Record<string, string>>,
  timeoutSeconds: number,
): Promise<number | undefined> {
  const signal = AbortSignal.timeout(timeoutSeconds * 1_000);
  const request = {
    method: "POST",
    redirect: "manual",
    body: new Uint8Array(body),
    headers,
    signal,
  } as const;
  try {
    const response = await fetch(url, request);
    await response.body?.cancel();
    return response.status;
  } catch {
    return undefined;
  }
}
