import type { Expectation as ExpectedDecision } from "../policy/expectations.ts";
import { type Expectation, refusedByFunction, type Verdict, WORKS } from "./judge.ts";
import { outcomeText, type ProbeOutcome, unsignedText } from "./outcome.ts";
import { PROBES, type ProbeSetting } from "./probes.ts";
import { type ProbeTarget, send } from "./target.ts";

/** One probe, and how it ended. */
export interface ProbeResult {
  readonly target: ProbeTarget["kind"];
  readonly probe: string;
  readonly verdict: Verdict;
  /** What must come back. */
  readonly expected: string;
  /** What came back, or why no request was sent. */
  readonly seen: string;
  /** What to repair where it failed. */
  readonly next?: string;
  /** Requests that were sent for it: 0 or 1. */
  readonly requests: number;
}

/** What all probes of a run share. */
export interface ProbeRun extends Omit<ProbeSetting, "target" | "own"> {
  readonly targets: readonly ProbeTarget[];
  /** Requests of this caller, and how each must be decided. */
  readonly decisions: readonly ExpectedDecision[];
  begin(work: string): void;
}

const OWN = "the caller's own request";
const OWN_NEXT = "box-sts doctor with the same options says at which check it fails, and what to do next.";
const DECISION_NEXT = "Compare the deployed policy with the one that was reviewed: box-sts policy test.";

/** How many requests the probes send at most. */
export const plannedRequests = ({ targets, decisions }: Pick<ProbeRun, "targets" | "decisions">): number =>
  targets.reduce((sum, { kind }) => {
    const own = kind === "direct" ? 0 : 1 + decisions.length;
    return sum + own + PROBES.filter(({ on }) => on.includes(kind)).length;
  }, 0);

/** Every probe of every target, one request at a time, none repeated. */
export async function* probe(run: ProbeRun): AsyncGenerator<ProbeResult, void, undefined> {
  for (const target of run.targets) yield* probeTarget(target, run);
}

async function* probeTarget(
  target: ProbeTarget,
  run: ProbeRun,
): AsyncGenerator<ProbeResult, void, undefined> {
  let own: ProbeOutcome = { by: "network", code: "not requested" };
  if (target.kind !== "direct") {
    run.begin(`Probing ${target.host}: ${OWN}`);
    own = await send(target, target.request(target.parameters), run.credentials);
    yield result(target, OWN, WORKS, own, OWN_NEXT);
    if (own.by === "network") {
      yield* unreached(target);
      return;
    }
    yield* decisionResults(target, run);
  }
  const setting: ProbeSetting = { ...run, target, own };
  for (const { name, on, expectation, plan, next } of PROBES) {
    if (!on.includes(target.kind)) continue;
    const planned = plan(setting);
    if ("impossible" in planned) {
      yield { ...unsent(target, name, expectation), seen: `not made: ${planned.impossible}` };
      continue;
    }
    run.begin(`Probing ${target.host}: ${name}`);
    const seen = await send(target, planned.unsigned, planned.signer, planned.ageMs);
    const judged = result(target, name, expectation, seen, next);
    yield planned.signer === "unsigned" ? { ...judged, seen: unsignedText(seen) } : judged;
  }
}

/** With which the function denies a request. */
const DENIALS = ["unauthorized_client", "invalid_request"] as const;

async function* decisionResults(target: ProbeTarget, { decisions, credentials, begin }: ProbeRun) {
  for (const { name, app, request, expect, code } of decisions) {
    begin(`Probing ${target.host}: ${name}`);
    const { subject, scopes, resource } = request;
    const unsigned = target.request({
      ...{ app, box_subject_type: subject.type },
      ...(subject.id !== undefined && { box_subject_id: subject.id }),
      ...(scopes !== undefined && { scope: scopes.join(" ") }),
      ...(resource !== undefined && { resource }),
    });
    const codes = DENIALS.filter((one) => code === undefined || code === one);
    const expectation = expect === "allow" ? WORKS : refusedByFunction(...codes);
    yield result(target, name, expectation, await send(target, unsigned, credentials), DECISION_NEXT);
  }
}

function* unreached(target: ProbeTarget) {
  for (const { name, on, expectation } of PROBES) {
    if (on.includes(target.kind))
      yield { ...unsent(target, name, expectation), seen: "not made: the host was not reached" };
  }
}

const unsent = ({ kind }: ProbeTarget, name: string, { expected }: Expectation) =>
  ({ target: kind, probe: name, verdict: "no proof", expected, requests: 0 }) as const;

function result(
  { kind }: ProbeTarget,
  name: string,
  { expected, judge }: Expectation,
  seen: ProbeOutcome,
  next: string,
): ProbeResult {
  const verdict = judge(seen);
  return {
    ...{ target: kind, probe: name, verdict, expected, seen: outcomeText(seen), requests: 1 },
    ...(verdict === "failed" && { next }),
  };
}
