import type { Figure } from "../figures.ts";
import { REFUSALS_ALLOWED, type Scenario } from "./scenarios.ts";
import type { Result } from "./simulate.ts";

/** At most so many POSTs for one subject in the shortest life of a token, whatever the number of instances. */
const MAX_POSTS = 2;
/** US dollars for a million tokens, beside logs and metrics. */
const MAX_DOLLARS = 0.4;

const milliseconds = (value: number) => Math.round(value);
const dollars = (value: number) => value.toFixed(2);

/** What a fleet did, as the table shows it. */
export function rowOf({ posts, failures, starts, tokens, steady, storm, ...result }: Result) {
  return {
    tokens,
    "without a token": [...failures.values()].reduce((sum, count) => sum + count, 0),
    starts,
    POSTs: posts.token + posts.lost + posts.refused,
    "for one subject in an hour": result.mostGrants + result.mostExchanges,
    GetSecretValue: result.secretReads,
    "table reads": result.tableReads,
    "table writes": result.tableWrites,
    "KMS requests": result.keyRequests,
    throttled: result.throttled,
    "p50 ms": milliseconds(steady.p50),
    "p99 ms": milliseconds(steady.p99),
    "deployment p50 ms": milliseconds(storm.p50),
    "deployment p99 ms": milliseconds(storm.p99),
    "$ per million": dollars(result.dollars.withoutLogs),
    "with logs and metrics": dollars(result.dollars.withLogs),
  };
}

/** The bars that a fleet with a shared cache is held to. */
export function barsOf(scenario: Scenario, { posts, dollars: cost, ...result }: Result): readonly Figure[] {
  const against = scenario;
  const grants: Figure = {
    figure: "full tokens for one subject in an hour",
    ...{ value: String(result.mostGrants), against },
    bar: `at most ${MAX_POSTS}`,
    passed: result.mostGrants <= MAX_POSTS,
  };
  switch (scenario) {
    case "calm":
      return [
        grants,
        {
          figure: "dollars for a million tokens, without logs and metrics",
          ...{ value: dollars(cost.withoutLogs), against },
          bar: `at most ${dollars(MAX_DOLLARS)}`,
          passed: cost.withoutLogs <= MAX_DOLLARS,
        },
      ];
    case "Box limits":
      return [
        grants,
        {
          figure: "POSTs that Box refuses",
          ...{ value: String(posts.refused), against },
          bar: `at most ${REFUSALS_ALLOWED}: one for each Retry-After`,
          passed: posts.refused <= REFUSALS_ALLOWED,
        },
      ];
    case "downscoped":
      return [
        grants,
        {
          figure: "downscoped tokens for one subject, with the same scope, in an hour",
          ...{ value: String(result.mostExchanges), against },
          bar: `at most ${MAX_POSTS}`,
          passed: result.mostExchanges <= MAX_POSTS,
        },
      ];
    case "table throttled":
      return [
        grants,
        {
          figure: "calls to the table that are throttled",
          ...{ value: String(result.throttled), against },
          bar: "more than 0: or else nothing was tried",
          passed: result.throttled > 0,
        },
      ];
    case "responses lost":
      return [
        grants,
        {
          figure: "token requests whose response is lost",
          ...{ value: String(posts.lost), against },
          bar: "more than 0: or else nothing was tried",
          passed: posts.lost > 0,
        },
      ];
  }
}
