import type { AccessToken } from "../../../sandbox/box/tokens.ts";
import type { Sandbox } from "../../../sandbox/sandbox.ts";
import type { Policy, Statement, StatementRights } from "../../../schemas/policy/parse.ts";
import { includesScope, type Scope } from "../../../schemas/protocol/scopes.ts";

/** What a caller may have, in a form that a test can judge without the code that it tests. */
export interface Right {
  readonly app: string;
  /** `undefined` means every user, and for the enterprise only if `enterprise` is set. */
  readonly users: "none" | "all" | readonly string[];
  readonly enterprise: boolean;
  /** Absent: unrestricted. */
  readonly scopes?: readonly Scope[];
  /** Ids of the folders to which the scopes are bound. */
  readonly folders?: readonly string[];
}

/** One request as it is sent; `enterprise` and `user` exclude each other. */
export interface HostileRequest {
  readonly caller: string;
  readonly access: "url" | "invoke";
  readonly app: string;
  /** `own` is sent by id or left out; `foreign` is another enterprise. */
  readonly enterprise?: "own" | "own-id" | "foreign";
  readonly user?: string;
  readonly scopes?: readonly string[];
  readonly folder?: string;
  readonly minTtl?: number;
  /** Whether it names the token that the same request got before as refused by Box. */
  readonly rejects: boolean;
}

export const FOLDER_URL = "https://api.box.com/2.0/folders/";

/** What each caller of the load may have; the last two may have nothing. */
export function rightsOf(
  { sample }: Sandbox,
  users: readonly string[],
): Readonly<Record<string, readonly Right[]>> {
  const [first = "", second = "", third = ""] = users;
  return {
    sync: [{ app: "sandbox", enterprise: true, users: "all" }],
    archive: [{ app: "ccg", enterprise: true, users: "all" }],
    folder: [
      {
        ...{ app: "sandbox", enterprise: true, users: "none" },
        ...{ scopes: ["base_explorer", "item_download"], folders: [sample.reports.id] },
      },
    ],
    three: [
      {
        app: "sandbox",
        enterprise: false,
        users: [first, second, third],
        scopes: ["item_download", "item_preview"],
      },
    ],
    mixed: [
      { app: "sandbox", enterprise: true, users: "none", scopes: ["item_download"] },
      { app: "ccg", enterprise: false, users: "all", scopes: ["item_preview", "base_explorer"] },
    ],
    elsewhere: [{ app: "not-configured", enterprise: true, users: "all" }],
    nobody: [],
  };
}

/** The same as a policy: each right once for the Function URL and once for the alias. */
export function policyOf({ callers }: Sandbox, rights: ReturnType<typeof rightsOf>): Policy {
  const statements = Object.entries(rights).flatMap(([name, own]) =>
    own.flatMap((right, index): readonly Statement[] => {
      const shared = {
        app: right.app,
        subjects: [
          ...(right.enterprise ? ["enterprise" as const] : []),
          ...(right.users === "all" ? ["user:*" as const] : []),
          ...(Array.isArray(right.users) ? right.users.map((id) => `user:${id}` as const) : []),
        ],
        ...statementRights(right),
      };
      return [
        { id: `${name}-${index}-url`, caller: { iam: callers[name]?.roleArn ?? "" }, ...shared },
        { id: `${name}-${index}-alias`, caller: { alias: name }, ...shared },
      ];
    }),
  );
  return { version: 1, statements };
}

function statementRights({ scopes, folders }: Right): StatementRights {
  if (scopes === undefined) return { unrestricted: true };
  if (folders === undefined) return { scopes };
  return { scopes, resources: folders.map((id) => `${FOLDER_URL}${id}`) };
}

/** Whether one right alone covers all that is requested. */
function covers(right: Right, { app, enterprise, user, scopes, folder }: HostileRequest): boolean {
  const subject =
    user === undefined
      ? right.enterprise && enterprise !== "foreign"
      : right.users === "all" || right.users.includes(user);
  const scope =
    right.scopes === undefined ||
    (scopes ?? right.scopes).every((one) => includesScope(right.scopes ?? [], one));
  const resource = folder === undefined || right.folders === undefined || right.folders.includes(folder);
  return right.app === app && subject && scope && resource;
}

/**
 * Whether the token, as Box knows it, is within a right of the caller and within the request: for its app and its
 * subject, with no other scope, and bound to the folder where either names one.
 */
export function isWithinRights(
  sandbox: Sandbox,
  rights: readonly Right[],
  request: HostileRequest,
  token: AccessToken,
): boolean {
  const app = sandbox.apps[request.app]?.box;
  if (app?.clientId !== token.clientId || token.userId !== (request.user ?? app.serviceAccountId))
    return false;
  return rights.some((right) => {
    const scopes: readonly string[] | undefined = request.scopes ?? right.scopes;
    const folders = request.folder === undefined ? right.folders : [request.folder];
    const isNarrow = scopes === undefined || [...token.scopes].every((scope) => scopes.includes(scope));
    const isBound = folders === undefined || (token.itemId !== undefined && folders.includes(token.itemId));
    return covers(right, request) && isNarrow && isBound;
  });
}

/** Whether a token may be issued at all. */
export const isPermitted = (rights: readonly Right[], request: HostileRequest): boolean =>
  rights.some((right) => right.app !== "not-configured" && covers(right, request));
