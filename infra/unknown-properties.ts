import { didYouMean } from "../schemas/json/nearest.ts";
import type { AlarmThresholds } from "./alarm-thresholds.ts";
import type { AliasGrantOptions } from "./alias-access.ts";
import type { UrlGrantOptions } from "./function-url-access.ts";
import type { GrantOptions } from "./grantee.ts";
import type { BoxAppProps, BoxTokenServiceProps, FunctionNames, SharedCacheProps } from "./props.ts";
import type { OAuthProps, WebhookTarget } from "./public-function-props.ts";
import { SynthError } from "./synth-error.ts";

/** The name of each property of a type; the compiler demands that none is missing. */
type NamesOf<Properties> = Readonly<Record<keyof Properties, true>>;

const SERVICE: NamesOf<BoxTokenServiceProps> = {
  apps: true,
  policy: true,
  sharedCache: true,
  oauth: true,
  webhooks: true,
  webhookReservedConcurrency: true,
  vpc: true,
  vpcSubnets: true,
  securityGroups: true,
  memorySize: true,
  timeout: true,
  tracing: true,
  functionNames: true,
  reservedConcurrency: true,
  denyLatest: true,
  helpUrl: true,
  logRetention: true,
  logEncryptionKey: true,
  protectAuditLog: true,
  health: true,
  healthInterval: true,
  alarms: true,
  alarmTopic: true,
  ticketTopic: true,
  alarmThresholds: true,
  dashboard: true,
};
const APP: NamesOf<BoxAppProps> = {
  name: true,
  secret: true,
  createSecret: true,
  encryptionKey: true,
  signingKeys: true,
  replicaRegions: true,
  crossAccount: true,
  serviceAccount: true,
};
const SHARED_CACHE: NamesOf<SharedCacheProps> = { encryptionKey: true };
const OAUTH: NamesOf<OAuthProps> = { apps: true, publicUrl: true, reservedConcurrency: true };
const WEBHOOK: NamesOf<WebhookTarget> = { queue: true, function: true, bus: true, skill: true };
const FUNCTION_NAMES: NamesOf<FunctionNames> = {
  tokenUrl: true,
  tokenInvoke: true,
  health: true,
  authorize: true,
  connections: true,
  webhook: true,
};
const THRESHOLDS: NamesOf<AlarmThresholds> = {
  deniedRequests: true,
  boxCalls: true,
  rateLimitedRequests: true,
  throttledInvocations: true,
  sharedCacheFailures: true,
  appTokenAgeDays: true,
  publicRefusals: true,
  publicThrottles: true,
  undeliveredWebhooks: true,
  connectionDaysLeft: true,
  failureRatePercent: true,
  p99Latency: true,
};
export const GRANT_OPTIONS: NamesOf<GrantOptions> = { crossAccount: true };
export const URL_GRANT_OPTIONS: NamesOf<UrlGrantOptions> = { ...GRANT_OPTIONS, caller: true };
export const ALIAS_GRANT_OPTIONS: NamesOf<AliasGrantOptions> = {
  ...GRANT_OPTIONS,
  allowFromVpcEndpoints: true,
};

/**
 * A sentence about each property that the construct does not have. The compiler finds them in an object literal alone,
 * and without this one that is misspelt would be left out in silence: a restriction that does not restrict.
 */
export function unknownProperties(props: BoxTokenServiceProps): readonly string[] {
  const { apps, sharedCache, oauth, webhooks = {}, functionNames, alarmThresholds } = props;
  return [
    ...unknownIn(props, SERVICE),
    ...apps.flatMap((app, index) => unknownIn(app, APP, `apps[${index}].`)),
    ...unknownIn(sharedCache, SHARED_CACHE, "sharedCache."),
    ...unknownIn(oauth, OAUTH, "oauth."),
    ...Object.entries(webhooks).flatMap(([app, target]) => unknownIn(target, WEBHOOK, `webhooks.${app}.`)),
    ...unknownIn(functionNames, FUNCTION_NAMES, "functionNames."),
    ...unknownIn(alarmThresholds, THRESHOLDS, "alarmThresholds."),
  ];
}

/** @throws {SynthError} for an option that the grant does not have */
export function requireKnownOptions(
  options: GrantOptions,
  known: Readonly<Record<string, true>>,
  property: string,
): void {
  const sentences = unknownIn(options, known, `${property}: `);
  if (sentences.length > 0) throw new SynthError(sentences.join("\n"));
}

function unknownIn(given: unknown, known: Readonly<Record<string, true>>, path = ""): readonly string[] {
  if (typeof given !== "object" || given === null) return [];
  return Object.entries(given)
    .filter(([name, value]) => value !== undefined && !Object.hasOwn(known, name))
    .map(([name]) => {
      const meant = didYouMean(name, Object.keys(known));
      return `${path}${name}: there is no such property; correct its name, or remove it.${meant}`;
    });
}
