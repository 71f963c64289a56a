import { isObject } from "../json/is-object.ts";
import type { Issue } from "../json/issue.ts";
import { ok, type Result, refused } from "../result.ts";
import { unwrapConfig } from "./unwrap.ts";

/** The signature keys of an app, of which the Developer Console shows none, one or two. */
export interface ConfigWebhookKeys {
  readonly primaryKey?: string;
  readonly secondaryKey?: string;
}

/**
 * The `webhooks` of a Box config, whatever kind of app it is of: nothing else of the document is read, so that webhooks
 * work for apps of which the token functions do not know the kind. No keys is a result; text that is no config is not.
 */
export function readWebhookKeys(text: string): Result<ConfigWebhookKeys, readonly Issue[]> {
  const unwrapped = unwrapConfig(text);
  if (!unwrapped.ok) return refused(unwrapped.error);
  const { value } = unwrapped.value.document;
  const webhooks = isObject(value) && isObject(value.webhooks) ? value.webhooks : {};
  const { primaryKey, secondaryKey } = webhooks;
  return ok({
    ...(isKey(primaryKey) && { primaryKey }),
    ...(isKey(secondaryKey) && { secondaryKey }),
  });
}

/**
 * Box's keys are 32 characters long. The console writes an empty text where there is none; with that, or with a word in the
 * place of a key, every sender on the internet could sign.
 */
const KEY = /^[!-~]{16,256}$/;
const isKey = (value: unknown): value is string => typeof value === "string" && KEY.test(value);
