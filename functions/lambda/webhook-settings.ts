import { isObject } from "../../schemas/json/is-object.ts";
import { parseJson } from "../../schemas/json/parse.ts";
import type { TargetSettings } from "../aws/webhook-targets.ts";
import type { TargetKind } from "../broker/webhooks/target.ts";
import { type Environment, parseApps, parseService, parseTable } from "./settings.ts";
import { SettingsError } from "./settings-error.ts";

/** The parsed environment variables of the webhook function. */
export interface WebhookSettings {
  /** Name or ARN of the secret of each app that has a target. */
  readonly apps: ReadonlyMap<string, string>;
  /** By app. */
  readonly targets: ReadonlyMap<string, TargetSettings>;
  /** Name or ARN of the table in which environments share which events they have handed on. */
  readonly table: string | undefined;
  readonly service: string;
}

const EXPECTED = `a JSON object of app name → target, such as {"reports":{"queue":"https://sqs.eu-west-1.amazonaws.com/123456789012/box-events"}}; a target has one of "queue" (URL), "function" (ARN) and "bus" (name or ARN), and may have "skill": true`;

/** The form of each kind of address; the group is the region, where the address names one. */
const ADDRESSES: Readonly<Record<TargetKind, readonly RegExp[]>> = {
  queue: [
    /^https:\/\/(?:[a-z0-9-]+\.)?sqs(?:-fips)?\.([a-z0-9-]+)\.(?:amazonaws\.com(?:\.cn)?|api\.aws|vpce\.amazonaws\.com)\/[0-9]{12}\/[A-Za-z0-9_-]{1,80}(?:\.fifo)?$/,
    // The sandbox.
    /^http:\/\/(?:localhost|127\.0\.0\.1|\[::1\]):[0-9]{1,5}\/[0-9]{12}\/[A-Za-z0-9_-]{1,80}(?:\.fifo)?$/,
  ],
  function: [
    /^arn:[a-z0-9-]+:lambda:([a-z0-9-]+):[0-9]{12}:function:[A-Za-z0-9_-]{1,64}(?::[A-Za-z0-9_-]{1,128})?$/,
  ],
  bus: [
    /^arn:[a-z0-9-]+:events:([a-z0-9-]+):[0-9]{12}:event-bus\/[A-Za-z0-9_./-]{1,256}$/,
    /^[A-Za-z0-9_./-]{1,256}$/,
  ],
};

/** @throws {SettingsError} a sentence that names the variable, without its value */
export function readWebhookSettings(environment: Environment): WebhookSettings {
  const secrets = parseApps(environment.BOX_STS_APPS);
  const targets = parseTargets(environment.BOX_STS_WEBHOOKS);
  const apps = [...targets.keys()].map((app) => {
    const secret = secrets.get(app);
    if (secret !== undefined) return [app, secret] as const;
    throw new SettingsError("BOX_STS_WEBHOOKS has an app that BOX_STS_APPS does not have.");
  });
  return {
    apps: new Map(apps),
    targets,
    table: parseTable(environment),
    service: parseService(environment),
  };
}

function parseTargets(json: string | undefined): ReadonlyMap<string, TargetSettings> {
  if (!json) throw new SettingsError(`BOX_STS_WEBHOOKS is missing: it must be ${EXPECTED}.`);
  const parsed = parseJson(json);
  if (!parsed.ok)
    throw new SettingsError(`BOX_STS_WEBHOOKS is not JSON with each app once: it must be ${EXPECTED}.`);
  const { value } = parsed.value;
  const entries = isObject(value) ? Object.entries(value) : [];
  if (entries.length === 0) throw new SettingsError(`BOX_STS_WEBHOOKS must be ${EXPECTED}.`);
  return new Map(entries.map(([app, target]) => [app, parseTarget(target)]));
}

function parseTarget(value: unknown): TargetSettings {
  if (!isObject(value)) throw malformed();
  const { skill = false, ...addresses } = value;
  const [given, ...more] = Object.entries(addresses);
  if (given === undefined || more.length > 0 || typeof skill !== "boolean") throw malformed();
  const [kind, address] = given;
  if (!isKind(kind) || typeof address !== "string") throw malformed();
  const form = ADDRESSES[kind].map((pattern) => pattern.exec(address)).find((match) => match !== null);
  if (form === undefined) throw malformed();
  return { kind, address, region: form[1], takesSkills: skill };
}

const isKind = (kind: string): kind is TargetKind => Object.hasOwn(ADDRESSES, kind);

function malformed(): SettingsError {
  return new SettingsError(`BOX_STS_WEBHOOKS must be ${EXPECTED}.`);
}
