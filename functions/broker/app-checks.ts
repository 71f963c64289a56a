import { openPrivateKey } from "../../keys/open.ts";
import type { BoxConfig, ConfigSubject } from "../../schemas/box-config/parse.ts";
import { Failure } from "../../schemas/protocol/problems.ts";
import type { AppAuthorization, AppCheck, AppCheckPorts, CheckedApp } from "./app-check.ts";
import { appTokenChecks } from "./app-token-checks.ts";
import { refusesApp } from "./authorization/refusal.ts";
import type { Observation } from "./authorization/register.ts";
import { originOf } from "./box-origin.ts";
import { now } from "./clock.ts";
import type {
  AppTokenCredentials,
  GrantCredentials,
  OAuthCredentials,
  RequestContext,
  Subject,
} from "./ports.ts";
import { requireAccount } from "./service-account.ts";

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
  let token: string;
  return [
    // Whether KMS signs with a key is part of requesting a token.
    ...(config.grant === "jwt" && config.kmsKeyId !== undefined
      ? []
      : [{ check: "key", run: async () => requireKey(config) } as const]),
    {
      check: "token",
      async run(context) {
        const credentials = opened();
        const begun = now(ports.clock);
        try {
          const granted = await ports.grant({ credentials, subject }, context);
          if (!granted.ok) throw granted.error.failure;
          token = granted.value.token.access_token;
        } catch (failure) {
          if (refusesApp(failure, subject)) {
            const observed = { app, state: "not_authorized", begun, code: failure.code } as const;
            findings.authorization = await recorded({ ...observed, ...originOf(failure) }, ports, context);
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
        requireAccount(findings.user, subject, ports.expectedUsers.get(app));
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

function requireKey(config: BoxConfig): void {
  if (config.grant !== "jwt" || config.kmsKeyId !== undefined) return;
  const opened = openPrivateKey(config.privateKey, config.passphrase);
  if (!opened.ok) throw new Failure("secret_invalid", `${opened.error.message} ${opened.error.fix}`);
}

/** The enterprise's Service Account, or the user of a config that names only one. */
function subjectOf({ enterpriseID, userID }: ConfigSubject): Subject {
  if (enterpriseID !== undefined) return { type: "enterprise", id: enterpriseID };
  return { type: "user", id: userID };
}
