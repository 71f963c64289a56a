import { helpPage } from "../../schemas/protocol/help-url.ts";
import { ok, type Result, refused } from "../../schemas/result.ts";

const ALLOWED = "write the https:// address at which docs/rules.md is published, without a fragment.";

/** The page that a person has named; undefined where none was. */
export function parseHelpUrl(text: string): Result<string | undefined, string> {
  if (text.trim() === "") return ok(undefined);
  const page = helpPage(text.trim());
  return page === undefined ? refused(`no page that a person can open; ${ALLOWED}`) : ok(page);
}

/** `owner/name` of GitHub. */
const REPOSITORY = /^[\w-][\w.-]{0,99}\/[\w-][\w.-]{0,99}$/;
/** A branch, tag or commit that needs no escapes. */
const REF = /^(?!.*\.\.)[\w-][\w./-]{0,199}$/;

/**
 * The rules in the repository that the runner took the Action from, at the version that it runs; undefined where the
 * runner does not say so, as for an action of the workspace (`uses: ./`).
 */
export function publishedRules(
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const { GITHUB_SERVER_URL, GITHUB_ACTION_REPOSITORY = "", GITHUB_ACTION_REF = "" } = environment;
  if (!REPOSITORY.test(GITHUB_ACTION_REPOSITORY) || !REF.test(GITHUB_ACTION_REF)) return undefined;
  const server = (GITHUB_SERVER_URL ?? "").replace(/\/+$/, "");
  return helpPage(`${server}/${GITHUB_ACTION_REPOSITORY}/blob/${GITHUB_ACTION_REF}/docs/rules.md`);
}
