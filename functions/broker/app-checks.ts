import { openPrivateKey } from "../../keys/open.ts";
import type { BoxConfig, ConfigSubject } from "../../schemas/box-config/parse.ts";
import { Failure } from "../../schemas/protocol/problems.ts";
import type { AppAuthorization, AppCheckPorts, AppCheckup } from "./app-check.ts";
import { checkAppTokens } from "./app-token-checks.ts";
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
export async function checkApp(checkup: AppCheckup): Promise<void> {
  const { app, config, version, ports, context, run } = checkup;
  const opened = () => ports.open(app, { versionId: version.versionId, stage: "AWSCURRENT" }, config);
  switch (config.grant) {
    case "jwt":
    case "client_credentials":
      return checkGrant(checkup, config, opened as () => GrantCredentials);
    case "app_token":
      return checkAppTokens(checkup, opened as () => AppTokenCredentials);
    case "oauth2":
      return run("client", () => tryClient(opened as () => OAuthCredentials, ports, context));
  }
}

async function checkGrant(
  checkup: AppCheckup,
  config: Extract<BoxConfig, ConfigSubject>,
  opened: () => GrantCredentials,
): Promise<void> {
  const { app, findings, ports, context, run } = checkup;
  const subject = subjectOf(config);
  // Whether KMS signs with a key is part of requesting a token.
  if (config.grant !== "jwt" || config.kmsKeyId === undefined) {
    await run("key", async () => requireKey(config));
  }
  const token = await run("token", () => obtainToken(checkup, opened, subject));
  await run("user", async () => {
    findings.user = await ports.whoAmI(token, context);
    requireAccount(findings.user, subject, ports.expectedUsers.get(app));
  });
}

async function obtainToken(
  { app, findings, ports, context }: AppCheckup,
  opened: () => GrantCredentials,
  subject: Subject,
): Promise<string> {
  const credentials = opened();
  const begun = now(ports.clock);
  let token: string;
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
  return token;
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
  opened: () => OAuthCredentials,
  { refresh }: AppCheckPorts,
  context: RequestContext,
): Promise<void> {
  const credentials = opened();
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
