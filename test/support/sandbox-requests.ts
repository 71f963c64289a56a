import type { HealthReport } from "../../functions/lambda/health-invoke.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import type { ProblemResponse } from "../../schemas/protocol/problems.ts";
import type { TokenResponse } from "../../schemas/protocol/token-response.ts";

/** A policy by which the caller `everything` may have all of the apps, by its role and by its alias. */
export function everythingPolicy(sandbox: Sandbox, apps: readonly string[]): object {
  const { roleArn, alias } = sandbox.callers.everything!;
  const rights = { subjects: ["enterprise", "user:*"], unrestricted: true };
  const statements = apps.flatMap((app) => [
    { id: `${app}-url`, caller: { iam: roleArn }, app, ...rights },
    { id: `${app}-alias`, caller: { alias }, app, ...rights },
  ]);
  return { version: 1, statements };
}

/** The token response or the refusal of one request to `token-invoke`. */
export async function invokeToken(
  sandbox: Sandbox,
  event: object,
): Promise<Partial<TokenResponse & ProblemResponse>> {
  const { alias } = sandbox.callers.everything!;
  const outcome = await sandbox.functions.tokenInvoke.invoke(event, { qualifier: alias });
  return JSON.parse(outcome.ok ? outcome.payload : outcome.error.errorMessage);
}

/** @throws if the function failed */
export async function invokeHealth(sandbox: Sandbox, event: object = {}): Promise<HealthReport> {
  const outcome = await sandbox.functions.health.invoke(event);
  if (!outcome.ok) throw new Error(outcome.error.errorMessage);
  return JSON.parse(outcome.payload) as HealthReport;
}

/** The lines of one kind that any function has written, each as it was parsed. */
export function linesOf(sandbox: Sandbox, kind: string): readonly Readonly<Record<string, unknown>>[] {
  const { tokenUrl, tokenInvoke, health } = sandbox.functions;
  return [tokenUrl, tokenInvoke, health]
    .flatMap(({ lines }) => lines)
    .filter((line) => line.includes(`"kind":"${kind}"`))
    .map((line) => JSON.parse(line));
}
