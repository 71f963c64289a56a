import type { Restriction, Subject } from "../../../../functions/broker/ports.ts";
import { systemClock, systemRandomness } from "../../../../functions/lambda/system.ts";
import { type Policy, parsePolicy } from "../../../../schemas/policy/parse.ts";
import { issuerOn, revokerOn, unsignedCredentialsOf } from "../../../support/fake-ports.ts";

export const FOLDER = "https://api.box.com/2.0/folders/987";
const ENTERPRISE = "900001";

const POLICY: Policy = {
  version: 1,
  statements: [
    {
      id: "reports",
      caller: { iam: "arn:aws:iam::123456789012:role/reports" },
      app: "reports",
      subjects: ["enterprise", "user:42"],
      scopes: ["item_download", "item_preview"],
      resources: [FOLDER],
    },
    {
      id: "nightly",
      caller: { alias: "nightly" },
      app: "reports",
      subjects: ["user:4*"],
      unrestricted: true,
    },
  ],
};

/** The permissions of a token from the harness's Box. */
export interface Granted {
  readonly app: string;
  readonly subject: Subject;
  readonly restriction?: Restriction;
}

/** The service behind both functions with this policy, and a Box that grants every request. */
export function edgeHarness() {
  const policy = parsePolicy(JSON.stringify(POLICY));
  if (!policy.ok) throw new Error(JSON.stringify(policy.error));
  const granted = new Map<string, Granted>();
  const mint = (facts: Granted) => {
    const access_token = `token-${granted.size}`;
    granted.set(access_token, facts);
    const { scopes = [], resource } = facts.restriction ?? {};
    const [, type, id] = /(file|folder)s\/(\d+)$/.exec(resource ?? "") ?? [];
    const restricted_to = scopes.map((scope) => ({
      scope,
      ...(id !== undefined && { object: { type, id } }),
    }));
    return { access_token, expires_in: 3_600, restricted_to };
  };
  const load = async (app: string) => unsignedCredentialsOf({ app, enterpriseID: ENTERPRISE });
  const lines: Record<string, unknown>[] = [];
  const write = async (line: object) => void lines.push({ ...line });
  const ports: Parameters<typeof issuerOn>[0] = {
    apps: ["reports", "payroll"],
    policy: { available: true, policy: policy.value, digest: "0".repeat(64) },
    credentials: {
      load,
      alternative: async () => undefined,
      newer: async () => undefined,
      ofClient: load,
      accepted: () => {},
    },
    box: {
      baseUrl: "https://api.box.com",
      clockOffset: () => 0,
      jwtGrant: () => Promise.reject(new Error("there is no key")),
      clientCredentialsGrant: async ({ app }, subject) => mint({ app, subject }),
      accepts: async () => true,
      revoke: async () => {},
      exchange: async (token, restriction) => mint({ ...(granted.get(token) as Granted), restriction }),
    },
    clock: systemClock,
    random: systemRandomness,
    audit: { write },
  };
  const useCases = { issueToken: issuerOn(ports), revokeToken: revokerOn(ports) };
  const service = { service: "token", ...useCases, clockSkew: () => 0, clock: systemClock, write };
  return { service, granted, lines };
}

/** The two statements of the policy, as independent predicates. */
export const MAY = {
  reports({ app, subject, restriction }: Granted): boolean {
    const isSubject = subject.type === "enterprise" ? subject.id === ENTERPRISE : subject.id === "42";
    const scopes = restriction?.scopes ?? [];
    const isNarrow = scopes.length > 0 && scopes.every((scope) => /^item_(?:download|preview)$/.test(scope));
    return app === "reports" && isSubject && isNarrow && restriction?.resource === FOLDER;
  },
  nightly: ({ app, subject }: Granted): boolean =>
    app === "reports" && subject.type === "user" && /^4[0-9]*$/.test(subject.id),
  none: (): boolean => false,
} as const;

const PARAMETERS: Readonly<Record<string, (requested: unknown, granted: Granted) => boolean>> = {
  app: (requested, { app }) => requested === app,
  grant_type: (requested) => requested === "client_credentials",
  box_subject_type: (requested, { subject }) => requested === subject.type,
  box_subject_id: (requested, { subject }) => requested === subject.id,
  scope: (requested, { restriction }) =>
    typeof requested === "string" && new Set(requested.split(" ")).size === restriction?.scopes.length,
  resource: (requested, { restriction }) => requested === restriction?.resource,
  min_ttl: (requested) => Number(requested) >= 0 && Number(requested) <= 1_800,
  rejected_token_sha256: (requested) => /^[0-9a-f]{64}$/i.test(String(requested)),
};

/** Whether a token matches a request, and the request has no unknown parameter. */
export function isFor(requested: unknown, granted: Granted): boolean {
  if (typeof requested !== "object" || requested === null) return false;
  return Object.entries(requested).every(([name, value]) => {
    if (!Object.hasOwn(PARAMETERS, name)) return false;
    return value === "" || PARAMETERS[name]?.(value, granted) === true;
  });
}
