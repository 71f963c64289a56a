import type { Policy, Statement, StatementRights } from "../../schemas/policy/parse.ts";
import type { Caller } from "./callers.ts";

/** Scopes of the caller `one-folder`. */
const ONE_FOLDER_SCOPES = ["base_explorer", "item_download", "item_preview"] as const;

/** The name under which the sandbox's app is configured. */
export const SAMPLE_APP = "sandbox";

/**
 * The sample policy. Each caller with rights has two statements: one for its role at the Function URL, one for
 * its alias of the invoked function.
 * @param folderId to which `one-folder` is bound; without it only its scopes are narrow.
 */
export function samplePolicy(callers: readonly Caller[], folderId: string | undefined): Policy {
  const everything = { subjects: ["enterprise", "user:*"], unrestricted: true } as const;
  const oneFolder = {
    subjects: ["enterprise"],
    scopes: ONE_FOLDER_SCOPES,
    ...(folderId === undefined ? {} : { resources: [`https://api.box.com/2.0/folders/${folderId}`] }),
  };
  return {
    version: 1,
    statements: [
      ...statementsFor(callers, "everything", everything),
      ...statementsFor(callers, "one-folder", oneFolder),
    ],
  };
}

/** The name under which the OAuth 2.0 app is configured, if there is one. */
export const OAUTH_APP = "crm";

/** One caller that may have the tokens of every user who connects, and one that may not. */
export const OAUTH_POLICY: Policy = {
  version: 1,
  statements: [
    {
      ...{ id: "tokens-of-users", caller: { name: "everything" }, app: OAUTH_APP },
      ...{ subjects: ["user:*"], unrestricted: true },
    },
    {
      ...{ id: "downloads-of-users", caller: { name: "downloads" }, app: OAUTH_APP },
      ...{ subjects: ["user:*"], scopes: ["item_download"] },
    },
  ],
};

function statementsFor(
  callers: readonly Caller[],
  name: string,
  rights: StatementRights & Pick<Statement, "subjects">,
): readonly Statement[] {
  const caller = callers.find((candidate) => candidate.name === name);
  if (caller === undefined) return [];
  return [
    { id: `${name}-url`, caller: { iam: caller.roleArn }, app: SAMPLE_APP, ...rights },
    { id: `${name}-alias`, caller: { alias: caller.alias }, app: SAMPLE_APP, ...rights },
  ];
}
