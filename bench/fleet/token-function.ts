import { tokenIssuer } from "../../functions/broker/issue-token.ts";
import type { Clock, PolicySource, Randomness, RequestContext } from "../../functions/broker/ports.ts";
import { ServiceKeys } from "../../functions/broker/shared-cache/service-keys.ts";
import { SharedTokens } from "../../functions/broker/shared-cache/shared-tokens.ts";
import { requestLine } from "../../functions/lambda/request-log.ts";
import { cachedCredentials, tokenObtainer } from "../../functions/lambda/token-wiring.ts";
import type { Caller } from "../../schemas/policy/caller.ts";
import { parseTokenRequest } from "../../schemas/protocol/token-request.ts";
import { HANDLER_MS, LATENCIES, MAX_SKEW_MS } from "./assumptions.ts";
import type { SimulatedBox } from "./box.ts";
import type { Environment, Strategy } from "./environment.ts";
import type { LambdaMeter } from "./lambda-meter.ts";
import type { Nature } from "./nature.ts";
import { APP, type SimulatedSecrets } from "./secrets.ts";
import type { SimulatedTable } from "./table.ts";

const ROLE = "arn:aws:iam::123456789012:role/monthly-reports";
const CALLER: Caller = { iam: ROLE };
const POLICY: PolicySource = {
  available: true,
  digest: "ab".repeat(32),
  policy: {
    version: 1,
    statements: [
      {
        id: "monthly-reports",
        caller: { iam: ROLE },
        app: APP,
        subjects: ["enterprise", "user:*"],
        unrestricted: true,
      },
    ],
  },
};

interface TokenFunctionPorts {
  readonly nature: Nature;
  readonly box: SimulatedBox;
  readonly secrets: SimulatedSecrets;
  readonly meter: LambdaMeter;
  /** Absent: each environment has its own memory alone. */
  readonly table?: SimulatedTable;
  /** Space-separated scopes to which tokens are downscoped; absent: full tokens. */
  readonly scope?: string;
}

/** The token function: the broker's own code, wired as `functions/lambda/token-service.ts` wires it. */
export function tokenFunction(ports: TokenFunctionPorts): Strategy {
  const { nature, meter, table } = ports;
  return {
    name: table === undefined ? "memory only" : "shared cache",
    async start() {
      const took = nature.draw(LATENCIES.init);
      meter.bill(took);
      await nature.clock.sleep(took);
      return environment(ports);
    },
  };
}

function environment({ nature, box, secrets, meter, table, scope }: TokenFunctionPorts): Environment {
  const { random: chance } = nature;
  const skew = (chance.fraction() * 2 - 1) * MAX_SKEW_MS;
  const clock: Clock = {
    wall: () => nature.clock.wall() + skew,
    monotonic: () => nature.clock.monotonic(),
    setTimer: (milliseconds, callback) => nature.clock.setTimer(milliseconds, callback),
  };
  const random: Randomness = {
    jti: () => String(chance.fraction()).padEnd(20, "0"),
    fraction: () => chance.fraction(),
  };
  const credentials = cachedCredentials(secrets.app, clock);
  const shared =
    table &&
    new SharedTokens({
      table: table.connect(() => clock.wall()),
      keys: new ServiceKeys(secrets.service, clock),
      ...{ clock, random },
    });
  const obtainToken = tokenObtainer({ box, credentials, clock, random, shared });
  let lines: object[] = [];
  const audit = { write: async (event: object) => void lines.push(event) };
  const issue = tokenIssuer({ apps: [APP], policy: POLICY, credentials, obtainToken, clock, audit });

  return {
    async serve({ subject, deadline }) {
      const { clock: time } = nature;
      const started = time.monotonic() + nature.draw(LATENCIES.invoke);
      await time.sleep(started - time.monotonic());
      const requestId = meter.nextRequestId();
      const context: RequestContext = { requestId, deadline, trace: { steps: [] } };
      const ofUser = subject > 0 && { box_subject_type: "user", box_subject_id: String(subject) };
      const request = parseTokenRequest({ ...ofUser, ...(scope !== undefined && { scope }) });
      const outcome = await issue({ caller: CALLER, request }, context);
      await time.sleep(HANDLER_MS);
      const durationMs = time.monotonic() - started;
      meter.bill(durationMs);
      const facts = { service: "box-sts-Service", context, outcome, now: clock.wall() };
      meter.log(lines, () => requestLine({ ...facts, durationMs, clockSkewMs: 0 }));
      lines = [];
      return outcome.issued ? undefined : outcome.problem.code;
    },
  };
}
