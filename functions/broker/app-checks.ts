import { openPrivateKey } from "../../keys/open.ts";
import type { BoxConfig, ConfigSubject } from "../../schemas/box-config/parse.ts";
import { Failure } from "../../schemas/protocol/problems.ts";
import { APP_TOKEN_SLOTS, type AppTokenSlot } from "./app-tokens.ts";
import { refusesApp } from "./authorization/refusal.ts";
import type { Authorization, Observation } from "./authorization/register.ts";
import type { AuthorizationWatch } from "./authorization/watch.ts";
import { now } from "./clock.ts";
import { type Check, WRONG_ACCOUNT } from "./health-advice.ts";
import type {
  AppTokenCredentials,
  Call,
  Clock,
  Credentials,
  GrantCredentials,
  GrantToken,
  OAuthCredentials,
  RefreshTokens,
  RequestContext,
  Subject,
} from "./ports.ts";

/** The user of a token: three properties of Box's `users/me`. */
export interface BoxUser {
  readonly id: string;
  readonly name: string;
  readonly login: string;
}

/** One App Token of an app, without its value. */
export interface AppTokenHealth {
  readonly slot: AppTokenSlot;
  readonly accepted: boolean;
  /** Whole days since it was generated; absent where neither the config nor Secrets Manager has a date. */
  readonly age_days?: number;
  /** It is older than the secret's version, whose age this is: the config has no `createdAt`. */
  readonly at_least?: true;
}

/** Whether a Box admin has authorized and enabled the app. */
export interface AppAuthorization {
  readonly state: Authorization["state"];
  /** ISO 8601; absent where no change is known: without a shared cache, and for an app that was never refused. */
  readonly since?: string;
}

/** What checks find out about an app, besides whether it passes. */
export interface AppFindings {
  /** What works, but should be repaired. */
  readonly warnings: string[];
  /** Which kind of app the config is for. */
  grant?: BoxConfig["grant"];
  user?: BoxUser;
  authorization?: AppAuthorization;
  app_tokens?: readonly AppTokenHealth[];
}

/** What apps are checked with; each throws a `Failure`. */
export interface AppCheckPorts {
  open(app: string, version: Pick<Credentials, "versionId" | "stage">, config: BoxConfig): Credentials;
  readonly grant: GrantToken;
  readonly refresh: RefreshTokens;
  /** By the access token. */
  readonly whoAmI: Call<string, BoxUser>;
  /** App name → id or login of the user that its token must be. */
  readonly expectedUsers: ReadonlyMap<string, string>;
  /** What all environments know of authorizations; absent without a shared cache. */
  readonly authorizations?: Pick<AuthorizationWatch, "observe"> | undefined;
  readonly clock: Clock;
}

/** An app whose secret was read and whose config was found valid. */
export interface CheckedApp {
  readonly app: string;
  readonly config: BoxConfig;
  readonly version: {
    readonly versionId: string;
    /** Milliseconds since the epoch. */
    readonly createdAt?: number;
  };
  readonly findings: AppFindings;
}

/** A token of another account than it should be. */
export class AccountMismatch extends Error {
  readonly code = WRONG_ACCOUNT;
}

/** One check; resolves where the app passes it. */
export interface AppCheck {
  readonly check: Check;
  /** @throws {Failure | AccountMismatch} */
  run(context: RequestContext): Promise<void>;
}

/** The checks of an app after `secret` and `config`, in order, each of which needs the one before it. */
export function checksOf(checked: CheckedApp, ports: AppCheckPorts): readonly AppCheck[] {
  const { app, config, version } = checked;
  const opened = () => ports.open(app, { versionId: version.versionId, stage: "AWSCURRENT" }, config);
  switch (config.grant) {
    case "jwt":
    case "client_credentials":
      return grantChecks(checked, config, opened as () => GrantCredentials, ports);
    case "app_token":
      return appTokenChecks(checked, opened as () => AppTokenCredentials, ports);
    case "oauth2":
      return [{ check: "client", run: (context) => tryClient(opened() as OAuthCredentials, ports, context) }];
  }
}

function grantChecks(
  { app, findings }: CheckedApp,
  config: Extract<BoxConfig, ConfigSubject>,
  opened: () => GrantCredentials,
  ports: AppCheckPorts,
): readonly AppCheck[] {
  const subject = subjectOf(config);
  let credentials: GrantCredentials;
  let token: string;
  return [
    {
      check: "key",
      async run() {
        demandKey(config);
        credentials = opened();
      },
    },
    {
      check: "token",
      async run(context) {
        const begun = now(ports.clock);
        try {
          const granted = await ports.grant({ credentials, subject }, context);
          if (!granted.ok) throw granted.error.failure;
          token = granted.value.token.access_token;
        } catch (failure) {
          if (refusesApp(failure, subject)) {
            const { code, boxRequestId } = failure;
            const origin = boxRequestId === undefined ? {} : { boxRequestId };
            const observed = { app, state: "not_authorized", begun, code, ...origin } as const;
            findings.authorization = await recorded(observed, ports, context);
          }
          throw failure;
        }
        findings.authorization = await recorded({ app, state: "authorized", begun }, ports, context);
      },
    },
    {
      check: "user",
      async run(context) {
        findings.user = await ports.whoAmI(token, context);
        demandAccount(findings.user, subject, ports.expectedUsers.get(app));
      },
    },
  ];
}

/** The scheduled check reads the record of all environments each time: it reports what no environment could. */
async function recorded(
  observed: Observation,
  { authorizations }: AppCheckPorts,
  context: RequestContext,
): Promise<AppAuthorization> {
  const { state } = observed;
  const present = (await authorizations?.observe(observed, context))?.present;
  if (present?.state !== state) return { state };
  // biome-ignore lint/style/noRestrictedGlobals: it formats a time that it is given.
  return { state, since: new Date(present.since).toISOString() };
}

/** Each App Token is tried: that one of them works would hide that the other one does not. */
function appTokenChecks(
  { app, config, version, findings }: CheckedApp,
  opened: () => AppTokenCredentials,
  ports: AppCheckPorts,
): readonly AppCheck[] {
  const users: BoxUser[] = [];
  return [
    {
      check: "token",
      async run(context) {
        const { appTokens } = opened();
        const tried = APP_TOKEN_SLOTS.flatMap((slot) => appTokens[slot] ?? []);
        const outcomes = await Promise.all(tried.map(({ token }) => tryAppToken(token, ports, context)));
        findings.app_tokens = tried.map(({ createdAt }, at) => ({
          slot: APP_TOKEN_SLOTS[at] as AppTokenSlot,
          accepted: outcomes[at] !== "refused",
          ...ageOf(createdAt, version.createdAt, ports.clock.wall()),
        }));
        const refused = findings.app_tokens.filter(({ accepted }) => !accepted).map(({ slot }) => slot);
        if (refused.length > 0) {
          throw new Failure("app_tokens_refused", `Box refuses the ${refused.join(" and the ")} App Token.`);
        }
        users.push(...outcomes.filter((outcome) => typeof outcome === "object"));
      },
    },
    {
      check: "user",
      async run() {
        const [user] = users;
        if (user === undefined) {
          const unknown =
            "Box lets the App Tokens not read their own user: their Service Account was not compared.";
          findings.warnings.push(unknown);
          return;
        }
        findings.user = user;
        const subject = { type: "enterprise", id: config.enterpriseID ?? "" } as const;
        for (const each of users) demandAccount(each, subject, ports.expectedUsers.get(app));
      },
    },
  ];
}

/** An app with Limited Access may have a token that is too narrow for `users/me`: Box accepts it all the same. */
async function tryAppToken(
  token: string,
  { whoAmI }: AppCheckPorts,
  context: RequestContext,
): Promise<BoxUser | "refused" | "too narrow"> {
  try {
    return await whoAmI(token, context);
  } catch (failure) {
    const code = failure instanceof Failure ? failure.code : undefined;
    if (code === "box_refused") return "refused";
    if (code === "box_scope_refused") return "too narrow";
    throw failure;
  }
}

const DAY_MS = 24 * 3_600_000;

function ageOf(createdAt: string | undefined, storedAt: number | undefined, now: number) {
  // biome-ignore lint/style/noRestrictedGlobals: it reads a time that it is given.
  const since = createdAt === undefined ? storedAt : Date.parse(createdAt);
  if (since === undefined || Number.isNaN(since)) return {};
  const age_days = Math.max(Math.floor((now - since) / DAY_MS), 0);
  return createdAt === undefined ? { age_days, at_least: true as const } : { age_days };
}

/** No refresh token of Box's; Box refuses it, and before that a client that it does not know. */
const NO_REFRESH_TOKEN = "box-sts-health-check";

/** Whether Box accepts the client credentials: their users' refresh tokens are good for one use and are not touched. */
async function tryClient(
  credentials: OAuthCredentials,
  { refresh }: AppCheckPorts,
  context: RequestContext,
): Promise<void> {
  try {
    await refresh({ credentials, refreshToken: NO_REFRESH_TOKEN }, context);
  } catch (failure) {
    if (failure instanceof Failure && failure.code === "reconnect_required") return;
    throw failure;
  }
  throw new Failure("box_unexpected_answer", "Box accepted a refresh token that it had not issued");
}

function demandKey(config: BoxConfig): void {
  if (config.grant !== "jwt") return;
  const opened = openPrivateKey(config.privateKey, config.passphrase);
  if (!opened.ok) throw new Failure("secret_invalid", `${opened.error.message} ${opened.error.fix}`);
}

/** The enterprise's Service Account, or the user of a config that names only one. */
function subjectOf({ enterpriseID, userID }: ConfigSubject): Subject {
  if (enterpriseID !== undefined) return { type: "enterprise", id: enterpriseID };
  return { type: "user", id: userID };
}

/** Box gives every Service Account a login of this form. */
const SERVICE_ACCOUNT = /^AutomationUser_\w+@boxdevedition\.com$/;

/** @throws {AccountMismatch} */
function demandAccount(
  { id, login }: BoxUser,
  subject: Subject,
  expected = subject.type === "user" ? subject.id : undefined,
): void {
  if (expected === undefined) {
    if (SERVICE_ACCOUNT.test(login)) return;
    throw new AccountMismatch(`The token is ${login} (${id}), which is not the login of a Service Account.`);
  }
  if (expected !== id && expected !== login) {
    throw new AccountMismatch(`The token is ${login} (${id}); expected ${expected}.`);
  }
}
