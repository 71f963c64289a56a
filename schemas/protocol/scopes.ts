import { nearest } from "../json/nearest.ts";

/**
 * The scopes Box knows: those a token can be downscoped to and those an app is configured with. The enum of
 * `policy.schema.json` is generated from this list (`npm run generate`).
 * https://developer.box.com/guides/api-calls/permissions-and-errors/scopes/
 */
export const BOX_SCOPES = [
  // Scopes of the UI elements, used for downscoping.
  "annotation_edit",
  "annotation_view_all",
  "annotation_view_self",
  "base_explorer",
  "base_picker",
  "base_preview",
  "base_sidebar",
  "base_upload",
  "item_delete",
  "item_download",
  "item_preview",
  "item_read",
  "item_rename",
  "item_share",
  "item_upload",
  // Scopes of the app, which a token can be narrowed to as well.
  "ai.readwrite",
  "enterprise_content",
  "gcm",
  "manage_app_users",
  "manage_data_retention",
  "manage_enterprise_properties",
  "manage_groups",
  "manage_legal_hold",
  "manage_legal_holds",
  "manage_managed_users",
  "manage_skill_invocations",
  "manage_triggers",
  "manage_webhook",
  "root_readonly",
  "root_readwrite",
  "sign_requests.readwrite",
] as const;

/** A scope that Box documents. A request may name others, which Box may have added since: those are strings. */
export type Scope = (typeof BOX_SCOPES)[number];

/** Whether the list has the scope of a request. */
export const includesScope = (scopes: readonly Scope[], requested: string): boolean =>
  scopes.some((scope) => scope === requested);

export const BY_SPACES = "Scopes are separated by spaces, not by commas";

/** Scopes that one sentence names. */
const MAX_NAMED = 5;

/**
 * One sentence about the scopes that are not in the table and close to one that is: `Box documents no scope
 * item_downlod (did you mean item_download?).` Undefined where there is none. Such a scope may be one that Box has added
 * since, so this is no reason to refuse it.
 */
export const misspeltScopes = (scopes: readonly string[]): string | undefined =>
  sentenceAbout(scopes, ({ meant }) => meant !== undefined);

/** The same about every scope that is not in the table, also where none is close to it: for the person who typed it. */
export function undocumentedScopes(scopes: readonly string[]): string | undefined {
  const sentence = sentenceAbout(scopes, () => true);
  return scopes.some((scope) => scope.includes(",")) ? `${sentence} ${BY_SPACES}.` : sentence;
}

function sentenceAbout(
  scopes: readonly string[],
  isNamed: (found: { readonly meant: string | undefined }) => boolean,
): string | undefined {
  const named: string[] = [];
  for (const scope of scopes) {
    if (includesScope(BOX_SCOPES, scope)) continue;
    const meant = nearest(scope, BOX_SCOPES);
    if (isNamed({ meant })) named.push(meant === undefined ? scope : `${scope} (did you mean ${meant}?)`);
    if (named.length === MAX_NAMED) break;
  }
  return named.length === 0 ? undefined : `Box documents no scope ${named.join(", ")}.`;
}
