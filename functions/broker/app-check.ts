import type { BoxConfig } from "../../schemas/box-config/parse.ts";
import type { AppTokenSlot } from "./app-tokens.ts";
import type { Authorization } from "./authorization/register.ts";
import type { AuthorizationWatch } from "./authorization/watch.ts";
import type { Check } from "./health-advice.ts";
import type {
  Call,
  Clock,
  Credentials,
  GrantToken,
  RefreshTokens,
  RequestContext,
  SecretVersion,
} from "./ports.ts";
import type { BoxUser } from "./service-account.ts";

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

/** The checks of an app whose secret was read and whose config was found valid. */
export interface AppCheckup {
  readonly app: string;
  readonly config: BoxConfig;
  readonly version: Omit<SecretVersion, "text">;
  readonly findings: AppFindings;
  readonly ports: AppCheckPorts;
  readonly context: RequestContext;
  readonly run: RunCheck;
}

/** Runs one check, which throws a `Failure` or an `AccountMismatch` where the app does not pass it: no other one follows. */
export type RunCheck = <Value>(check: Check, work: () => Promise<Value>) => Promise<Value>;
