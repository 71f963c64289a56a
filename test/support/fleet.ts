import { randomUUID } from "node:crypto";
import { MemoryRegister } from "../../functions/broker/authorization/register.ts";
import { TableRegister } from "../../functions/broker/authorization/table-register.ts";
import { type AuthorizationChange, AuthorizationWatch } from "../../functions/broker/authorization/watch.ts";
import { type IssueToken, tokenIssuer } from "../../functions/broker/issue-token.ts";
import type { Outcome } from "../../functions/broker/outcome.ts";
import type { PolicySource } from "../../functions/broker/ports.ts";
import {
  type RevocationOutcome,
  type RevokeIssuedToken,
  tokenRevoker,
} from "../../functions/broker/revoke-token.ts";
import { TokenMemory } from "../../functions/broker/token-memory.ts";
import { tokenObtainer } from "../../functions/lambda/token-wiring.ts";
import type { Caller } from "../../schemas/policy/caller.ts";
import type { Statement } from "../../schemas/policy/parse.ts";
import { parseRevocationRequest } from "../../schemas/protocol/revocation-request.ts";
import { parseTokenRequest } from "../../schemas/protocol/token-request.ts";
import {
  CALLER,
  countingRandomness,
  EVERYTHING,
  FakeAudit,
  issued,
  policyOf,
  SCRIPT_APP,
  ScriptedBox,
  ScriptedCredentials,
} from "./fake-ports.ts";
import { type Instance, Instances } from "./instances.ts";
import { VirtualClock } from "./virtual-clock.ts";

/** Many instances of the functions before one Box, with one table and one audit log. */
export class Fleet {
  readonly clock = new VirtualClock();
  readonly box = new ScriptedBox(this.clock);
  readonly credentials = new ScriptedCredentials();
  readonly audit = new FakeAudit();
  readonly shared = new Instances(this.clock);
  /** What the instances have reported. */
  readonly authorizationChanges: AuthorizationChange[] = [];
  policy: PolicySource;
  /** Whether instances that start now share the table. */
  hasTable = true;

  constructor(...statements: readonly Statement[]) {
    this.policy = policyOf(...(statements.length === 0 ? [EVERYTHING] : statements));
    this.box.latency = 200;
  }

  /** A new instance of the functions, deployed with the present policy. */
  start(skewMs = 0): FleetInstance {
    return new FleetInstance(this, this.shared.start(skewMs));
  }
}

export class FleetInstance {
  readonly #fleet: Fleet;
  readonly #instance: Instance;
  readonly #issue: IssueToken;
  readonly #revoke: RevokeIssuedToken;

  constructor(fleet: Fleet, instance: Instance) {
    this.#fleet = fleet;
    this.#instance = instance;
    const { box, credentials, audit, policy } = fleet;
    const { clock } = instance;
    const shared = fleet.hasTable ? instance.tokens : undefined;
    const memory = new TokenMemory();
    const random = countingRandomness();
    const register = fleet.hasTable
      ? new TableRegister({
          table: fleet.shared.table,
          clock,
          random: { ...random, jti: () => randomUUID() },
        })
      : new MemoryRegister(clock);
    const report = async (change: AuthorizationChange) => void fleet.authorizationChanges.push(change);
    const authorizations = new AuthorizationWatch({ apps: [SCRIPT_APP], register, clock, report });
    const ports = { box, credentials, clock, random, store: memory, shared, authorizations };
    const obtainToken = tokenObtainer(ports);
    const common = { policy, credentials, clock, audit };
    this.#issue = tokenIssuer({ ...common, apps: [SCRIPT_APP], obtainToken });
    const revokeAtBox: Parameters<typeof tokenRevoker>[0]["revokeAtBox"] = ({ credentials: used, token }) =>
      box.revoke(used, token);
    this.#revoke = tokenRevoker({ ...common, apps: [SCRIPT_APP], shared, memory, revokeAtBox });
  }

  /** One request, which takes no time by itself. */
  begin(members: object = {}, caller: Caller = CALLER): Promise<Outcome> {
    return this.#issue({ caller, request: parseTokenRequest(members) }, this.#instance.context());
  }

  /** One request, with as much time as it takes. */
  request(members: object = {}, caller: Caller = CALLER): Promise<Outcome> {
    return this.#fleet.clock.finish(this.begin(members, caller));
  }

  /** The token of a request that must get one. */
  async token(members: object = {}, caller: Caller = CALLER): Promise<string> {
    return issued(await this.request(members, caller)).access_token;
  }

  revoke(token: string, caller: Caller = CALLER): Promise<RevocationOutcome> {
    return this.requestRevocation({ token }, caller);
  }

  requestRevocation(parameters: object, caller: Caller = CALLER): Promise<RevocationOutcome> {
    const revocation = parseRevocationRequest(parameters);
    return this.#fleet.clock.finish(this.#revoke({ caller, revocation }, this.#instance.context()));
  }
}
