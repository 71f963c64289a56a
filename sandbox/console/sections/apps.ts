import { section } from "../controls.ts";
import { counted } from "../format.ts";
import { type Html, html, type Part } from "../html.ts";
import type { AppView, ConsoleView, KeyView } from "../view.ts";
import { appName } from "./app-name.ts";
import { tokensTable } from "./tokens.ts";

/** Box's words for each *Authentication Method*. */
const AUTHENTICATION = {
  jwt: "Server Authentication (with JWT)",
  client_credentials: "Server Authentication (Client Credentials Grant)",
  oauth2: "User Authentication (OAuth 2.0)",
  app_token: "App Token",
} as const satisfies Record<AppView["authentication"], string>;

/** Apps as their developer sees them, and their live tokens. */
export function developerSection(view: ConsoleView): Html {
  return section(
    "developer",
    "Developer Console",
    html`<p class="note">${counted(view.apps.length, "app")}</p>`,
    view.apps.map(appCard),
    view.apps.length === 0 && html`<p class="empty">There is no app.</p>`,
    html`<h3 id="tokens">Access tokens</h3>`,
    tokensTable(view),
  );
}

function appCard(app: AppView): Html {
  return html`<article class="app" data-key="${app.clientId}" aria-label="${appName(app)}">
    <h3>${appName(app)} ${stateTags(app)}</h3>
    <dl>
    ${fact("Client ID", html`<code>${app.clientId}</code>`)}
    ${fact("Authentication", AUTHENTICATION[app.authentication])}
    ${fact("App access", app.accessLevel === "app" ? "App Access Only" : "App + Enterprise Access")}
    ${app.authentication === "jwt" && fact("Public keys", keys(app.keys))}
    ${app.authentication === "oauth2" && fact("Redirect URIs", codes(app.redirectUris))}
    ${fact("Scopes", codes(app.scopes))}
    ${fact("Advanced", advanced(app))}
    ${app.signatureKeys.length > 0 && fact("Signature keys", app.signatureKeys.join(" and "))}
    ${fact("Service Account", html`<code>${app.serviceAccountId}</code> in enterprise <code>${app.enterpriseId}</code>`)}
    </dl>
    </article>
    `;
}

/** Only what keeps an app from getting tokens. */
const stateTags = ({ authorized, enabled }: AppView): Part => [
  !authorized && html`<span class="tag warn">not authorized</span> `,
  !enabled && html`<span class="tag warn">not enabled</span>`,
];

const fact = (term: string, description: Part): Html =>
  html`<div><dt>${term}</dt><dd>${description}</dd></div>
    `;

const none = html`<span class="quiet">none</span>`;

const codes = (texts: readonly string[]): Part =>
  texts.length === 0
    ? none
    : html`<ul class="codes">${texts.map((text) => html`<li><code>${text}</code></li>`)}</ul>`;

const keys = (all: readonly KeyView[]): Part =>
  all.length === 0
    ? none
    : html`<ul class="plain">${all.map(
        ({ id, kind, fingerprint }) =>
          html`<li><code>${id}</code> <span class="quiet">${kind}, SHA-256 <code>${fingerprint}…</code></span></li>`,
      )}</ul>`;

function advanced({ asUser, userTokens }: AppView): Part {
  const ticked = [...(asUser ? ["As-User header"] : []), ...(userTokens ? ["user access tokens"] : [])];
  return ticked.length === 0 ? none : ticked.join(", ");
}
