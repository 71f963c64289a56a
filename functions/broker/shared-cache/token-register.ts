import { Failure } from "../../../schemas/protocol/problems.ts";
import type { HeldToken } from "../held-token.ts";
import type { Clock, RequestContext } from "../ports.ts";
import type { IssuedRecord } from "./issued-token.ts";
import { seal, unseal } from "./sealed-record.ts";
import { type ServiceKeys, versionGone } from "./service-keys.ts";
import type { TokenTable } from "./table.ts";
import type { TableAccess } from "./table-access.ts";
import { tableTime } from "./table-time.ts";

interface TokenRegisterPorts {
  readonly table: TokenTable;
  readonly keys: ServiceKeys;
  readonly clock: Clock;
}

/** What each token in the callers' hands is, by its hash: a revocation has nothing else to find it by. */
export class TokenRegister {
  readonly #ports: TokenRegisterPorts;
  readonly #access: TableAccess;

  constructor(ports: TokenRegisterPorts, access: TableAccess) {
    this.#ports = ports;
    this.#access = access;
  }

  /** @returns false where the table could not be used, as the trace then says */
  async add(issued: IssuedRecord["issued"], token: HeldToken, context: RequestContext): Promise<boolean> {
    const written = await this.#access.attempt(context, async () => {
      const key = itemKey(token.sha256);
      const expires = tableTime(this.#ports, token.born) + token.lifetime * 1_000;
      const record: IssuedRecord = { issued, expires };
      const sealed = seal(record, key, await this.#ports.keys.current(context));
      return this.#access.write(key, undefined, { sealed, deleteAfter: Math.ceil(expires / 1_000) }, context);
    });
    return written !== undefined;
  }

  /**
   * What the token with this hash is; undefined where it is not one of ours, or has expired.
   * @throws {TableFailure}
   * @throws {Failure} `revocation_not_possible` where the version of the service secret is gone
   */
  async find(sha256: string, context: RequestContext): Promise<IssuedRecord["issued"] | undefined> {
    const { table, keys } = this.#ports;
    const key = itemKey(sha256);
    const item = await this.#access.pauses.whileThrottled(context, () => table.read(key, context, true));
    if (item?.sealed === undefined) return undefined;
    const { sealed, fence } = item;
    const serviceKey = await keys.ofRecord(sealed.keyId, table.now() - fence, context);
    if (serviceKey === undefined) throw new Failure("revocation_not_possible", versionGone(sealed.keyId));
    const record = unseal(sealed, key, serviceKey) as IssuedRecord | undefined;
    return record !== undefined && record.expires > table.now() ? record.issued : undefined;
  }
}

const itemKey = (sha256: string) => `issued#${sha256}`;
