import { type Deployment, ofType, type TemplateResource } from "./deployment.ts";

export const PAGES = ["OperatorErrors", "FailureRate", "AuditFailure", "HealthFailure", "AppsNotAuthorized"];
export const TICKETS = [
  ...["PolicyDenials", "RateLimited", "PreviousSecret", "BoxCalls"],
  ...["ClockSkew", "Throttles", "SlowRequests", "AppTokenFallbacks"],
];

/** Of a deployment with a shared cache, in addition. */
export const SHARED_CACHE_TICKET = "SharedCacheFailures";

/** The alarms by name, without the deployment's name and the severity. */
export function alarmsOf(deployment: Pick<Deployment, "resources">): ReadonlyMap<string, TemplateResource> {
  return new Map(
    ofType(deployment, "AWS::CloudWatch::Alarm").map(([, alarm]) => {
      const name = /-(\w+)-(?:page|ticket)$/.exec(String(alarm.Properties.AlarmName))?.[1];
      return [name ?? "", alarm];
    }),
  );
}
