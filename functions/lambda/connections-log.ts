import type { Swept } from "../broker/oauth/sweep.ts";
import { daysLeftOf, type SweepReport } from "../broker/oauth/sweep-report.ts";
import { metricProperties } from "./metrics.ts";

/** CloudWatch takes at most so many values of one metric in a line. */
const MAX_VALUES = 100;
/** Failures in the line: CloudWatch takes metrics from lines of up to 256 KB. */
const MAX_FAILURES = 500;

/**
 * The lines of a sweep, which are also its metrics: the first one has the report, and the others more values of
 * `ConnectionDaysLeft`.
 * @param service the deployment's name
 * @param now milliseconds since the epoch
 */
export function sweepLines(
  service: string,
  now: number,
  report: SweepReport,
  swept: readonly Swept[],
): readonly object[] {
  const { connections, refreshed, encryptedAgain, postponed, toReconnect, unreadable, failed } = report;
  const [first = [], ...others] = inGroups(daysLeftOf(swept), MAX_VALUES);
  return [
    {
      ...{ connections, refreshed, encrypted_again: encryptedAgain, postponed },
      ...{ to_reconnect: toReconnect, unreadable, failed },
      failures: report.failures
        .slice(0, MAX_FAILURES)
        .map(({ app, userId, code }) => ({ app, user: userId, code })),
      ...metricProperties(service, now, {
        Connections: connections,
        ConnectionsToReconnect: toReconnect,
        ConnectionsUnreadable: unreadable,
        ...(first.length > 0 && { ConnectionDaysLeft: first }),
      }),
    },
    ...others.map((values) => metricProperties(service, now, { ConnectionDaysLeft: values })),
  ];
}

function inGroups<Value>(values: readonly Value[], size: number): readonly (readonly Value[])[] {
  const groups: (readonly Value[])[] = [];
  for (let from = 0; from < values.length; from += size) groups.push(values.slice(from, from + size));
  return groups;
}
