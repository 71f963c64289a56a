import type { Construct } from "constructs";
import type { ReadableSecret } from "./app-secrets.ts";
import { namesWithinBounds } from "./bounds.ts";
import { boundsOf, helpUrlOf, logKeyOf } from "./checked-props.ts";
import { type HealthCheck, healthCheck } from "./health-check.ts";
import { type OAuthFunctions, oauthFunctions } from "./oauth-functions.ts";
import type { BoxAppProps, BoxTokenServiceProps, FunctionNames } from "./props.ts";
import type { FunctionSettings } from "./public-functions.ts";
import { orReport } from "./report-errors.ts";
import { type Network, type ServiceFunction, serviceFunction } from "./service-function.ts";
import type { SharedCache } from "./shared-cache.ts";
import { type WebhookFunction, webhookFunction } from "./webhook-function.ts";
import { withoutUndefined } from "./without-undefined.ts";

/** A scheduled check and an operator's. */
const HEALTH_CONCURRENCY = 2;

/** Where Lambda unpacks a function's code. */
const POLICY_PATH = "/var/task/policy.json";

/** What the functions of one service share. */
interface Parts {
  /** Name of the deployment. */
  readonly service: string;
  /** Text of the policy document; absent where it is refused, which is reported. */
  readonly policy: string | undefined;
  /** The secret of each app, by the app's name. */
  readonly secrets: ReadonlyMap<string, ReadableSecret>;
  readonly secretArns: Readonly<Record<string, string>>;
  readonly signingKeyArns: readonly string[];
  readonly network: Network | undefined;
  readonly cache: SharedCache | undefined;
}

/** The Lambda functions of one service. */
interface LambdaFunctions {
  readonly tokenInvoke: ServiceFunction;
  /** Makes `token-url`, once a caller is granted its Function URL. */
  readonly makeTokenUrl: () => ServiceFunction;
  /** Absent where the props switch it off. */
  readonly health: HealthCheck | undefined;
  /** Each absent where the props have none, or have a mistake, which is reported. */
  readonly oauth: OAuthFunctions | undefined;
  readonly webhook: WebhookFunction | undefined;
}

/** Makes the service's functions, with the environment, the bounds and the secrets that they share. */
export function lambdaFunctions(
  scope: Construct,
  props: BoxTokenServiceProps,
  { service, policy, secrets, secretArns, signingKeyArns, network, cache }: Parts,
): LambdaFunctions {
  const readable = [...secrets.values()];
  const shared = {
    BOX_STS_APPS: JSON.stringify(secretArns),
    BOX_STS_POLICY: POLICY_PATH,
    BOX_STS_SERVICE: service,
  };

  const { logRetention, reservedConcurrency = 50 } = props;
  const functionNames = orReport(
    scope,
    () => namesWithinBounds(props.functionNames ?? {}),
    (): FunctionNames => ({}),
  );
  const logEncryptionKey = orReport(
    scope,
    () => logKeyOf(scope, props),
    () => undefined,
  );
  const common = {
    ...withoutUndefined({ policy, logRetention, logEncryptionKey }),
    secrets: readable,
    // The previous version is tried during a rotation.
    stages: ["AWSCURRENT", "AWSPREVIOUS"] as const,
    signingKeyArns,
    network,
    ...withoutUndefined({ sharedCache: cache && { cache, readsServiceSecret: true } }),
    ...boundsOf(scope, props),
    tracing: props.tracing ?? false,
    protectLog: props.protectAuditLog ?? false,
  };
  const helpUrl = orReport(
    scope,
    () => helpUrlOf(props),
    () => undefined,
  );
  const environment = { ...shared, ...withoutUndefined({ BOX_STS_HELP_URL: helpUrl }) };
  const tokenInvoke = serviceFunction(scope, "TokenInvoke", "token-invoke", {
    ...common,
    ...withoutUndefined({ functionName: functionNames.tokenInvoke }),
    description: "box-sts: Box tokens for callers of an alias",
    environment: { ...environment, BOX_STS_CALLER: "alias" },
  });
  const health =
    props.health === false
      ? undefined
      : orReport(
          scope,
          () =>
            healthCheck(scope, {
              ...withoutUndefined({ policy, functionName: functionNames.health, logEncryptionKey }),
              interval: props.healthInterval,
              secrets: readable,
              signingKeyArns,
              environment: {
                ...shared,
                BOX_STS_SERVICE_ACCOUNTS: JSON.stringify(serviceAccounts(props.apps)),
              },
              network,
              // It has no use for the tokens in the table.
              ...withoutUndefined({
                sharedCache: cache && { cache, keyPrefix: "authorization#", readsServiceSecret: false },
              }),
              reservedConcurrency: reservedConcurrency === "unreserved" ? undefined : HEALTH_CONCURRENCY,
            }),
          () => undefined,
        );

  const makeTokenUrl = () =>
    serviceFunction(scope, "TokenUrl", "token-url", {
      ...common,
      ...withoutUndefined({ functionName: functionNames.tokenUrl }),
      description: "box-sts: Box tokens for callers of the Function URL",
      environment: { ...environment, BOX_STS_CALLER: "function-url" },
    });
  const settings: FunctionSettings = {
    ...{ service, secrets, cache, functionNames, canReserve: reservedConcurrency !== "unreserved" },
    appNames: props.apps.map(({ name }) => name),
    common: {
      ...{ network, protectLog: common.protectLog },
      ...withoutUndefined({ logRetention, logEncryptionKey }),
    },
  };
  return { tokenInvoke, makeTokenUrl, health, ...publicFunctions(scope, props, settings) };
}

/** Those that the props have. */
function publicFunctions(
  scope: Construct,
  { oauth, webhooks, webhookReservedConcurrency }: BoxTokenServiceProps,
  settings: FunctionSettings,
): Pick<LambdaFunctions, "oauth" | "webhook"> {
  const orNone = <Made>(make: () => Made) => orReport<Made | undefined>(scope, make, () => undefined);
  return {
    oauth: oauth && orNone(() => oauthFunctions(scope, oauth, settings)),
    webhook: webhooks && orNone(() => webhookFunction(scope, webhooks, webhookReservedConcurrency, settings)),
  };
}

function serviceAccounts(apps: readonly BoxAppProps[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    apps.flatMap(({ name, serviceAccount }) =>
      serviceAccount === undefined ? [] : [[name, serviceAccount]],
    ),
  );
}
