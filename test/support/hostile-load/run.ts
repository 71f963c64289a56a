import type { Scaling } from "../../../sandbox/lambda/environments.ts";
import { type Sandbox, startSandbox } from "../../../sandbox/sandbox.ts";
import { leakIn, piecesOf, secretsOf } from "../leaks.ts";
import { SeededRandom } from "../seeded-random.ts";
import { type Circumstances, drawHappening, drawRequest, drawRotation, REFUSAL_MEMORY_MS } from "./draw.ts";
import { type AuditLine, Judge } from "./judge.ts";
import { type HostileRequest, policyOf, rightsOf } from "./rights.ts";

export interface LoadOptions {
  readonly seed: number;
  readonly requests: number;
  readonly inFlight: number;
  /** Rotations of keys and client secrets, spread over the load. */
  readonly rotations: number;
  readonly scaling: Scaling;
}

/** What a load came to. */
export interface LoadReport {
  /** Sentences about violations; empty if there are none. */
  readonly violations: readonly string[];
  readonly requests: number;
  /** Requests that got a token while the faults lasted. */
  readonly issued: number;
  /** Requests that no right covers, while the faults lasted. */
  readonly forbidden: number;
  /** Requests to Box and to Secrets Manager that a fault affected. */
  readonly faults: number;
  /** POSTs to Box and secret reads of the last calm round, whose tokens one environment has all. */
  readonly calmCost: number;
}

const USERS = 40;
const REQUESTS_PER_HAPPENING = 10;
const CALM_ATTEMPTS = 6;

/** Runs one seeded load against the built functions, and judges every response and every audit line. */
export async function hostileLoad({
  seed,
  requests,
  inFlight,
  rotations,
  scaling,
}: LoadOptions): Promise<LoadReport> {
  const random = new SeededRandom(seed);
  const audits = new Map<string, AuditLine[]>();
  const lines: string[] = [];
  const sandbox = await startSandbox({
    scaling,
    callers: ["sync", "archive", "folder", "three", "mixed", "elsewhere", "nobody"],
    apps: { ccg: { authentication: "client_credentials" } },
    onLine: (_name, line) => {
      lines.push(line);
      keepAudit(audits, line);
    },
  });
  try {
    const users = { sandbox: addUsers(sandbox, "sandbox", "6"), ccg: addUsers(sandbox, "ccg", "7") };
    const rights = rightsOf(sandbox, users.sandbox);
    await sandbox.deployPolicy(policyOf(sandbox, rights));
    const circumstances: Circumstances = { sandbox, rights, users };
    const judge = new Judge(sandbox, rights, audits);
    const affected = () =>
      [sandbox.box, sandbox.secretsManager]
        .flatMap(({ requests: log }) => log.entries)
        .filter(({ faults }) => faults.length > 0).length;

    const drawn = Array.from({ length: requests }, () => drawRequest(random, circumstances));
    const happenings = new Map(
      Array.from({ length: Math.floor(requests / REQUESTS_PER_HAPPENING) }, (_, at) => [
        at * REQUESTS_PER_HAPPENING,
        drawHappening(random),
      ]),
    );
    for (let rotation = 1; rotation <= rotations; rotation++) {
      happenings.set(Math.floor((rotation * requests) / (rotations + 1)), drawRotation(random));
    }
    let next = 0;
    const worker = async () => {
      for (let at = next++; at < drawn.length; at = next++) {
        await happenings.get(at)?.(sandbox);
        await judge.send(drawn[at] as HostileRequest);
      }
    };
    await Promise.all(Array.from({ length: inFlight }, worker));
    const [faults, { issued, forbidden }] = [affected(), judge];
    for (const { faults: injected } of [sandbox.box, sandbox.secretsManager]) injected.clear();
    // Box's refusal of a rotated client secret whose successor could not be read is remembered for so long.
    sandbox.freeze(REFUSAL_MEMORY_MS);
    await calmRound(judge, users, inFlight);
    // A key that was rotated last may be learnt in the first round only, and tokens are cached by key.
    await calmRound(judge, users, inFlight);
    for (const { requests: log } of [sandbox.box, sandbox.secretsManager]) log.clear();
    await calmRound(judge, users, inFlight);
    const calmCost = sandbox.box.requests.count() + sandbox.secretsManager.requests.count();
    judge.compareAudits();
    const violations = [...judge.violations, ...leaksIn(lines, sandbox)];
    return { violations, issued, forbidden, faults, calmCost, requests: judge.sent };
  } finally {
    await sandbox.close();
  }
}

/** Without faults every subject of both apps gets its token. */
async function calmRound(
  judge: Judge,
  users: Readonly<Record<"sandbox" | "ccg", readonly string[]>>,
  inFlight: number,
): Promise<void> {
  const subjects = [
    ...users.sandbox.map((user) => ({ caller: "sync", app: "sandbox", user })),
    ...users.ccg.map((user) => ({ caller: "archive", app: "ccg", user })),
  ];
  let next = 0;
  const worker = async () => {
    for (let at = next++; at < subjects.length; at = next++) {
      const request = {
        ...(subjects[at] as (typeof subjects)[number]),
        access: "invoke",
        rejects: false,
      } as const;
      let body = await judge.send(request);
      // What the function remembers of a rate limit ends by itself.
      for (let attempt = 2; body.retryable === true && attempt <= CALM_ATTEMPTS; attempt++) {
        await new Promise((resolve) => setTimeout(resolve, 50 * 2 ** attempt));
        body = await judge.send(request);
      }
      if (body.access_token === undefined)
        judge.violate(request, `no token after the faults ended: ${body.code}`);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
}

/** Lines of the functions that have a piece of a secret, a token or an assertion. */
function leaksIn(lines: readonly string[], { apps, box }: Sandbox): readonly string[] {
  const configs = Object.values(apps).map((app) => piecesOf(...secretsOf(app)));
  const tokens = piecesOf(...box.tokens.all.keys());
  return lines.filter((line) => leakIn(line, ...configs, tokens) >= 0).map((line) => `a leak in ${line}`);
}

function addUsers({ apps, box, sample }: Sandbox, app: string, firstDigit: string): readonly string[] {
  const enterpriseId = apps[app]?.box.enterpriseId ?? "";
  return Array.from({ length: USERS }, (_, index) => {
    const id = `${firstDigit}${String(index).padStart(8, "0")}`;
    box.state.users.set(id, { ...sample.managedUser, id, enterpriseId });
    return id;
  });
}

function keepAudit(audits: Map<string, AuditLine[]>, line: string): void {
  if (!line.includes('"kind":"audit"')) return;
  const event = JSON.parse(line) as AuditLine;
  const id = String(event.request_id);
  audits.set(id, [...(audits.get(id) ?? []), event]);
}
