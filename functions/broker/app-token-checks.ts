import { Failure } from "../../schemas/protocol/problems.ts";
import type { AppCheckPorts, AppCheckup } from "./app-check.ts";
import { APP_TOKEN_SLOTS, type AppTokenSlot } from "./app-tokens.ts";
import type { AppTokenCredentials, RequestContext } from "./ports.ts";
import { type BoxUser, requireAccount } from "./service-account.ts";

/** Each App Token is tried: that one of them works would hide that the other one does not. */
export async function checkAppTokens(
  { app, config, version, findings, ports, context, run }: AppCheckup,
  opened: () => AppTokenCredentials,
): Promise<void> {
  const users = await run("token", async () => {
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
    return outcomes.filter((outcome) => typeof outcome === "object");
  });
  await run("user", async () => {
    const [user] = users;
    if (user === undefined) {
      const unknown =
        "Box does not let the App Tokens read their own user: their Service Account was not compared.";
      findings.warnings.push(unknown);
      return;
    }
    findings.user = user;
    const subject = { type: "enterprise", id: config.enterpriseID ?? "" } as const;
    for (const each of users) requireAccount(each, subject, ports.expectedUsers.get(app));
  });
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
    if (code === "box_token_refused") return "refused";
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
