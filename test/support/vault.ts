import type { JwtCredentials } from "../../functions/broker/ports.ts";
import { cachedCredentials } from "../../functions/lambda/token-wiring.ts";
import { Failure, type ProblemCode } from "../../schemas/protocol/problems.ts";
import { contextOf, credentialsOf, SCRIPT_APP } from "./fake-ports.ts";
import { VirtualClock } from "./virtual-clock.ts";

/** Secrets Manager with a current and a previous version, a configurable failure and a latency. */
export function vault() {
  const clock = new VirtualClock();
  const state: {
    versions: Record<string, string | undefined>;
    failure: ProblemCode | undefined;
    takes: number;
    /** How a version differs from the others, apart from its id. */
    differs: Record<string, Partial<JwtCredentials>>;
  } = {
    versions: { AWSCURRENT: "v1", AWSPREVIOUS: undefined },
    failure: undefined,
    takes: 20,
    differs: {},
  };
  const reads: string[] = [];
  const cache = cachedCredentials(async ({ app, stage }, { deadline }) => {
    reads.push(stage);
    const { failure, takes, versions } = { ...state };
    const timeLeft = Math.max(deadline - clock.monotonic(), 0);
    await clock.sleep(Math.min(takes, timeLeft));
    if (takes > timeLeft) throw new Failure("deadline_exceeded", "no response in time");
    if (failure !== undefined) throw new Failure(failure, "scripted");
    const versionId = versions[stage];
    if (versionId === undefined) throw new Failure("secret_not_found", "no such version");
    return credentialsOf({ app, versionId, stage, ...state.differs[versionId] });
  }, clock);
  const load = (timeLeft?: number) => cache.load(SCRIPT_APP, contextOf(clock, "request", timeLeft));
  const version = async (timeLeft?: number) => (await clock.finish(load(timeLeft))).versionId;
  /** The version to try after Box has refused these versions, just now or at the given time. */
  const alternativeSince = async (since: number, ...tried: string[]) =>
    (await clock.finish(cache.alternative(SCRIPT_APP, new Set(tried), since, contextOf(clock))))?.versionId;
  const alternative = (...tried: string[]) => alternativeSince(clock.monotonic(), ...tried);
  const problem = (timeLeft?: number) =>
    clock.finish(load(timeLeft)).then(
      ({ versionId }) => versionId,
      (failure: Failure) => failure.code,
    );
  return { clock, state, reads, cache, load, version, alternative, alternativeSince, problem };
}
