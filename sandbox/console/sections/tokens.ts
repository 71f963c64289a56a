import { button, form, hidden, rest } from "../controls.ts";
import { counted, shortDuration } from "../format.ts";
import { type Html, html, type Part } from "../html.ts";
import type { AppView, ConsoleView, TokenView } from "../view.ts";
import { appName } from "./app-name.ts";

/** Tokens that Box would accept now, by their start and their hash. */
export function tokensTable({ tokens, apps }: ConsoleView): Part {
  if (tokens.shown.length === 0) return html`<p class="empty">No app has a live token.</p>`;
  return html`<table class="tokens" aria-labelledby="tokens">
    <thead><tr><th scope="col">Token, SHA-256</th><th scope="col">For</th>
    <th scope="col">${hidden("Action")}</th></tr></thead>
    <tbody>${tokens.shown.map((token) => row(token, nameOf(apps, token.clientId)))}</tbody>
    </table>
    ${rest(tokens.shown.length, tokens.total, "tokens")}`;
}

function nameOf(apps: readonly AppView[], clientId: string): string {
  const app = apps.find((candidate) => candidate.clientId === clientId);
  return app === undefined ? clientId : appName(app);
}

function row({ start, sha256, user, scopes, itemId, downscoped, secondsLeft }: TokenView, app: string): Html {
  return html`<tr data-key="${sha256}">
    <td><code>${start}…</code><br><span class="quiet"><code>${sha256.slice(0, 10)}…</code></span></td>
    <td>${user}<br><span class="quiet">${app}, ${expiry(secondsLeft)}, ${reach(scopes, itemId, downscoped)}</span></td>
    <td class="action">${form(
      { path: ["tokens", sha256], method: "DELETE", done: `The token ${start}… is revoked.` },
      button("Revoke", { kind: "small", of: `the token ${start}…` }),
    )}</td></tr>
    `;
}

const expiry = (secondsLeft: number): string =>
  Number.isFinite(secondsLeft) ? `expires in ${shortDuration(secondsLeft)}` : "never expires";

/** An app's token has the scopes of the app; those of a downscoped one are its own. */
function reach(scopes: readonly string[], itemId: string | undefined, downscoped: boolean): Part {
  if (!downscoped) return counted(scopes.length, "scope");
  const item = itemId !== undefined && html` on item <code>${itemId}</code>`;
  return html`downscoped to ${scopes.map((name, at) => html`${at > 0 && ", "}<code>${name}</code>`)}${item}`;
}
