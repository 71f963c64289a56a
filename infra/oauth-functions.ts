import { Duration } from "aws-cdk-lib";
import { Rule, Schedule } from "aws-cdk-lib/aws-events";
import { LambdaFunction as LambdaTarget } from "aws-cdk-lib/aws-events-targets";
import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import type { Construct } from "constructs";
import type { OAuthProps } from "./public-function-props.ts";
import { PublicFunctionUrl } from "./public-function-url.ts";
import { chosenSecrets, type FunctionSettings, publicConcurrency } from "./public-functions.ts";
import { requireFunctionUrls } from "./regions.ts";
import { serviceFunction } from "./service-function.ts";
import { SynthError } from "./synth-error.ts";
import { withoutUndefined } from "./without-undefined.ts";

/** The functions by which users of OAuth 2.0 apps connect, and by which an operator manages their connections. */
export interface OAuthFunctions {
  readonly authorize: LambdaFunction;
  /** What its pages are below, with a slash at its end: the Function URL, or the props' `publicUrl`. */
  readonly authorizeUrl: string;
  readonly connections: LambdaFunction;
}

/** Of the items that hold connections: `functions/broker/oauth/connection-store.ts`. */
const KEY_PREFIX = "connection#";
/** A code of Box is good for 30 seconds. */
const AUTHORIZE_TIMEOUT = Duration.seconds(20);
/** Lambda's longest: a sweep refreshes as many connections as it can, the oldest first. */
const CONNECTIONS_TIMEOUT = Duration.minutes(15);
/** A sweep and an operator. */
const CONNECTIONS_CONCURRENCY = 2;

/** @throws {SynthError} for props that cannot be deployed */
export function oauthFunctions(
  scope: Construct,
  props: OAuthProps,
  settings: FunctionSettings,
): OAuthFunctions {
  const { cache, common, functionNames, service, canReserve } = settings;
  requireFunctionUrls(scope, "oauth", "remove oauth");
  if (cache === undefined) {
    throw new SynthError(
      "oauth: connections are stored in the table of the shared cache, and there is none; add sharedCache: true, or remove oauth.",
    );
  }
  const publicUrl = checkedUrl(props.publicUrl);
  const reserved = publicConcurrency(scope, "oauth.reservedConcurrency", props.reservedConcurrency, settings);
  const { secrets, environment: apps } = chosenSecrets("oauth.apps", props.apps, settings);
  const environment = { BOX_STS_APPS: apps, BOX_STS_SERVICE: service };
  const both = { ...common, secrets, stages: ["AWSCURRENT", "AWSPREVIOUS"] as const };
  const access = { cache, keyPrefix: KEY_PREFIX, readsServiceSecret: true } as const;

  const { lambda: authorize, secretAccess } = serviceFunction(scope, "Authorize", "authorize", {
    ...both,
    ...reserved,
    ...withoutUndefined({ functionName: functionNames.authorize }),
    description: "box-sts: users of OAuth 2.0 apps connect",
    isQuiet: true,
    environment: { ...environment, ...withoutUndefined({ BOX_STS_PUBLIC_URL: publicUrl }) },
    sharedCache: access,
    timeout: AUTHORIZE_TIMEOUT,
  });
  const { url } = new PublicFunctionUrl(scope, "AuthorizeAccess", {
    ...{ target: authorize, label: "authorize (oauth)", secretAccess },
  });
  const authorizeUrl = publicUrl === undefined ? url : `${publicUrl}/`;
  const { lambda: connections } = serviceFunction(scope, "Connections", "connections", {
    ...both,
    ...withoutUndefined({ functionName: functionNames.connections }),
    ...(canReserve ? { reservedConcurrency: CONNECTIONS_CONCURRENCY } : {}),
    description: "box-sts: lists, refreshes and ends the connections of OAuth 2.0 users",
    environment: { ...environment, BOX_STS_AUTHORIZE_URL: authorizeUrl },
    sharedCache: { ...access, scans: true },
    timeout: CONNECTIONS_TIMEOUT,
  });
  connections.configureAsyncInvoke({ retryAttempts: 0 });
  new Rule(scope, "ConnectionsSchedule", {
    description: "box-sts: refreshes connections of OAuth 2.0 users that were idle",
    schedule: Schedule.rate(Duration.days(1)),
    targets: [new LambdaTarget(connections, { retryAttempts: 0 })],
  });
  return { authorize, authorizeUrl, connections };
}

/** Without a slash at its end. @throws {SynthError} */
function checkedUrl(url: string | undefined): string | undefined {
  if (url === undefined || /^https:\/\/[0-9A-Za-z.-]+(?::[0-9]{1,5})?(?:\/[0-9A-Za-z._~-]+)*\/?$/.test(url)) {
    return url?.replace(/\/$/, "");
  }
  throw new SynthError(
    "oauth.publicUrl: expected an https address without a query or fragment, such as https://connect.example.com; correct it.",
  );
}
