import { markdownCode, visible } from "../../../action/report/escape.ts";
import { formatCount } from "../../../action/report/phrases.ts";
import type { Change, SentRequest, TokenLabel } from "./cell.ts";
import type { AccessChange, CallerChanges } from "./compare.ts";

/** How many callers gain something, lose something, or get something else for the same request. */
export function totals(groups: readonly CallerChanges[]): Readonly<Record<Change["change"], number>> {
  const having = (kind: Change["change"]) =>
    groups
      .filter(({ changes }) => changes.some(({ change }) => change === kind))
      .reduce((sum, { callers }) => sum + callers.length, 0);
  return { gains: having("gains"), loses: having("loses"), changes: having("changes") };
}

/** The changes as a comment on a pull request. */
export function markdown(groups: readonly CallerChanges[]): string {
  if (groups.length === 0) return "**The policies give every request the same token.**\n";
  const { gains, loses, changes } = totals(groups);
  const parts = [
    ...(gains === 0 ? [] : [`${formatCount(gains, "caller")} ${gains === 1 ? "gains" : "gain"} access`]),
    ...(loses === 0 ? [] : [`${formatCount(loses, "caller")} ${loses === 1 ? "loses" : "lose"} access`]),
    ...(changes === 0
      ? []
      : [
          `${formatCount(changes, "caller")} ${changes === 1 ? "gets" : "get"} another response to the same request`,
        ]),
  ];
  const sections = groups.map(({ callers, changes: rows }) =>
    [`### ${codes(callers, ", ")}`, "", ...rows.map((row) => `- ${line(row)}`), ""].join("\n"),
  );
  return [`**${parts.join(", ")}.**`, "", ...sections].join("\n");
}

const codes = (texts: readonly string[], separator = " "): string => texts.map(code).join(separator);

/** A code span, in which a pattern's `*` is a `*`; an ARN's path may have what ends one. */
const code = (text: string): string => (text.includes("`") ? markdownCode(text) : `\`${visible(text)}\``);

const line = (change: AccessChange): string =>
  `${changeText(change)} (${change.apps.length === 1 ? "app" : "apps"} ${codes(change.apps, ", ")}; ${codes(change.subjects, ", ")})`;

function changeText(change: Change): string {
  switch (change.right) {
    case "full-token":
      return `**${change.change}** the app's full token`;
    case "revoke-full-token":
      return `**${change.change}** the right to end full tokens at Box`;
    case "scopes":
      return `**${change.change}** ${rightText(change)}`;
    case "revoke":
      return `**${change.change}** the right to end tokens at Box: ${rightText(change)}`;
    case "isolate":
      return `its tokens are ${change.after ? "now" : "no longer"} isolated from other callers`;
    case "default":
      return `${requestText(change.request)}: ${tokenText(change.before)} → ${tokenText(change.after)}`;
  }
}

interface Right {
  readonly scopes: readonly string[] | "any";
  readonly together: boolean;
  readonly resources: readonly string[];
}

function rightText({ scopes, together, resources }: Right): string {
  const what = scopesText(scopes);
  const where = resources.length === 0 ? "not bound to a file or folder" : `on ${codes(resources, ", ")}`;
  return `${together ? `in one token ${what}` : what}, ${where}`;
}

const scopesText = (scopes: readonly string[] | "any"): string =>
  scopes === "any" ? "any scope" : codes(scopes);

function requestText({ scopes, resource }: SentRequest): string {
  if (scopes !== null) return `a request for ${scopesText(scopes)} without resource`;
  if (resource === null) return "a request without scope and resource";
  return `a request without scope, on ${code(resource)}`;
}

function tokenText(token: TokenLabel | null): string {
  if (token === null) return "refused";
  if (token === "full") return "the app's full token";
  const where = token.resource === null ? "not bound to a file or folder" : `on ${code(token.resource)}`;
  return `${scopesText(token.scopes)}, ${where}`;
}
