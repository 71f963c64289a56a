import { form, rest, section, switchButton } from "../controls.ts";
import { type Html, html, type Part } from "../html.ts";
import type { AppView, ConsoleView, UserView } from "../view.ts";
import { appName } from "./app-name.ts";
import { filesTree } from "./files.ts";

/** What the enterprise's admin decides and sees. */
export function adminSection(view: ConsoleView): Html {
  return section(
    "admin",
    "Admin Console",
    undefined,
    html`<h3 id="platform-apps">Platform apps</h3>
      <p class="hint">Box has two switches for each app. A token needs both.</p>`,
    appsTable(view.apps),
    html`<h3 id="users">Users</h3>`,
    usersTable(view),
    html`<h3 id="files">Files</h3>`,
    filesTree(view),
  );
}

function appsTable(apps: readonly AppView[]): Part {
  if (apps.length === 0) return html`<p class="empty">There is no app.</p>`;
  return html`<table class="apps" aria-labelledby="platform-apps">
    <thead><tr><th scope="col">App</th><th scope="col">Authorized</th><th scope="col">Enabled</th></tr></thead>
    <tbody>${apps.map(appRow)}</tbody>
    </table>`;
}

function appRow(app: AppView): Html {
  const name = appName(app);
  const path = ["apps", app.clientId];
  return html`<tr data-key="${app.clientId}"><th scope="row">${name}</th>
    <td>${form({ path }, switchButton("authorized", `${name} is authorized`, app.authorized))}</td>
    <td>${form({ path }, switchButton("enabled", `${name} is enabled`, app.enabled))}</td></tr>
    `;
}

function usersTable({ users }: ConsoleView): Part {
  if (users.shown.length === 0) return html`<p class="empty">There is no user.</p>`;
  return html`<table class="users" aria-labelledby="users">
    <thead><tr><th scope="col">Name</th><th scope="col">Kind</th><th scope="col">ID</th></tr></thead>
    <tbody>${users.shown.map(userRow)}</tbody>
    </table>
    ${rest(users.shown.length, users.total, "users")}`;
}

const userRow = ({ id, name, login, kind }: UserView): Html =>
  html`<tr data-key="${id}"><th scope="row">${name}<br><span class="quiet">${login}</span></th>
    <td>${kind}</td><td><code>${id}</code></td></tr>
    `;
