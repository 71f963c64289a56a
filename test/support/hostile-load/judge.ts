import { createHash } from "node:crypto";
import type { Sandbox } from "../../../sandbox/sandbox.ts";
import { PROBLEMS, type ProblemResponse } from "../../../schemas/protocol/problems.ts";
import type { TokenResponse } from "../../../schemas/protocol/token-response.ts";
import { requestToken } from "../token-client.ts";
import { FOLDER_URL, type HostileRequest, isPermitted, isWithinRights, type Right } from "./rights.ts";

export type AuditLine = Readonly<Record<string, unknown>>;
type Body = Partial<TokenResponse & ProblemResponse>;

const DEFAULT_MIN_TTL = 300;
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

/** Sends requests and records violations in their responses. */
export class Judge {
  readonly violations: string[] = [];
  issued = 0;
  forbidden = 0;
  sent = 0;
  readonly #sandbox: Sandbox;
  readonly #rights: Readonly<Record<string, readonly Right[]>>;
  readonly #audits: ReadonlyMap<string, readonly AuditLine[]>;
  readonly #received = new Map<string, string>();
  /** By request id: the caller's name in the audit line, and the token. */
  readonly #expected = new Map<string, { readonly caller: string; readonly token: string | undefined }>();

  constructor(
    sandbox: Sandbox,
    rights: Readonly<Record<string, readonly Right[]>>,
    audits: ReadonlyMap<string, readonly AuditLine[]>,
  ) {
    [this.#sandbox, this.#rights, this.#audits] = [sandbox, rights, audits];
  }

  violate(request: HostileRequest, what: string): void {
    this.violations.push(`${what} (${JSON.stringify(request)})`);
  }

  async send(request: HostileRequest): Promise<Body> {
    this.sent += 1;
    const subject = JSON.stringify({ ...request, access: "", rejects: false, minTtl: 0 });
    const rejected = request.rejects ? this.#received.get(subject) : undefined;
    const parameters = parametersOf(this.#sandbox, request, rejected);
    const { id, caller, body } = await this.#respond(request, parameters);
    const token = body.access_token;
    this.#expected.set(id, { caller, token });
    const rights = this.#rights[request.caller] ?? [];
    if (!isPermitted(rights, request)) this.forbidden += 1;
    if (token === undefined) {
      if (body.code === undefined || !Object.hasOwn(PROBLEMS, body.code))
        this.violate(request, `an undocumented response: ${JSON.stringify(body)}`);
      if (body.code === "internal_error") this.violate(request, "internal_error");
      return body;
    }
    this.issued += 1;
    this.#received.set(subject, token);
    const atBox = this.#sandbox.box.tokens.all.get(token);
    if (!isPermitted(rights, request)) this.violate(request, "a token for a caller whom no right permits it");
    else if (atBox === undefined || !isWithinRights(this.#sandbox, rights, request, atBox))
      this.violate(request, "a token outside its right or its request");
    const minTtl = request.minTtl ?? DEFAULT_MIN_TTL;
    if ((body.expires_in ?? 0) < minTtl) this.violate(request, `a token with ${body.expires_in} s to live`);
    return body;
  }

  /** Every request has exactly one audit line, of its caller, with the hash of its token. */
  compareAudits(): void {
    for (const [id, { caller, token }] of this.#expected) {
      const lines = this.#audits.get(id) ?? [];
      const [line] = lines;
      if (lines.length !== 1) this.violations.push(`${lines.length} audit lines for ${id}`);
      if (line?.caller !== caller)
        this.violations.push(`the audit line of ${id} names ${line?.caller}, not ${caller}`);
      const hash = token === undefined ? null : sha256(token);
      if (line?.token_sha256 !== hash || (line?.outcome === "issued") !== (token !== undefined)) {
        this.violations.push(`the audit line of ${id} does not have its outcome and token`);
      }
    }
    if (this.#audits.size !== this.#expected.size)
      this.violations.push(`${this.#audits.size} audited ids, ${this.#expected.size} requests`);
  }

  async #respond({ access, caller }: HostileRequest, parameters: Readonly<Record<string, string>>) {
    const identity = this.#sandbox.callers[caller];
    if (identity === undefined) throw new Error(`no caller ${caller}`);
    if (access === "url") {
      const { headers, body } = await requestToken(this.#sandbox, identity, parameters);
      return { id: String(headers["x-amzn-requestid"]), caller: identity.roleArn, body };
    }
    const requestId = `invoke-${this.sent}`;
    const outcome = await this.#sandbox.functions.tokenInvoke.invoke(parameters, {
      qualifier: identity.alias,
      requestId,
    });
    const body = JSON.parse(outcome.ok ? outcome.payload : outcome.error.errorMessage) as Body;
    return { id: requestId, caller: `alias:${identity.alias}`, body };
  }
}

function parametersOf(
  { apps }: Sandbox,
  request: HostileRequest,
  rejected: string | undefined,
): Record<string, string> {
  const { app, user, enterprise, scopes, folder, minTtl } = request;
  const own = apps[app]?.config.enterpriseID ?? "1";
  return {
    app,
    ...(user !== undefined && { box_subject_type: "user", box_subject_id: user }),
    ...(enterprise === "own-id" && { box_subject_id: own }),
    ...(enterprise === "foreign" && { box_subject_id: `${own}9` }),
    ...(scopes !== undefined && { scope: scopes.join(" ") }),
    ...(folder !== undefined && { resource: `${FOLDER_URL}${folder}` }),
    ...(minTtl !== undefined && { min_ttl: String(minTtl) }),
    ...(rejected !== undefined && { rejected_token_sha256: sha256(rejected) }),
  };
}
