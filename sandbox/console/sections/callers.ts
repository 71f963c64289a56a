import { button, form, hidden, section } from "../controls.ts";
import { type Html, html, type Part } from "../html.ts";
import type { CallersView, ConsoleView } from "../view.ts";

/** The callers of the token function; only where the sandbox runs it. */
export function callersSection({ callers }: ConsoleView): Part {
  if (callers === undefined) return undefined;
  return section(
    "callers",
    "Token function",
    html`<p class="note">signed by the sandbox, as each caller</p>`,
    request(callers),
  );
}

/** Where there are several apps, a request has to name one. */
const appField = (apps: readonly string[]): Part =>
  apps.length > 1 &&
  html`<p><label for="try-app">App</label>
    <select id="try-app" name="app">${apps.map((name) => html`<option value="${name}">${name}</option>`)}</select></p>`;

function request({ callers, apps, users }: CallersView): Html {
  return form(
    { path: ["callers"], class: "try-it" },
    html`<div class="fields">
      ${appField(apps)}
      <p><label for="subject">Subject</label>
      <select id="subject" name="subject"><option value="">Service Account</option>${users.map(
        ({ id, name }) => html`<option value="${id}">${name} (${id})</option>`,
      )}</select></p>
      <p><label for="scope">Scope</label>
      <input id="scope" name="scope" autocomplete="off" autocapitalize="off" spellcheck="false"
      aria-describedby="scope-help">
      <span class="hint" id="scope-help">Separated by spaces; empty for what the policy allows.</span></p>
      </div>
      <table class="callers" aria-labelledby="callers">
      <thead><tr><th scope="col">Caller</th><th scope="col">${hidden("Action")}</th></tr></thead>
      <tbody>${callers.map(
        ({ name, roleArn, gets }) => html`<tr data-key="${roleArn}"><th scope="row">${name}<br>
          <span class="quiet">${gets}</span></th>
          <td class="action">${button("Try it", { name: "caller", value: name, of: `as ${name}` })}</td></tr>
          `,
      )}</tbody></table>
      <pre class="result" id="try-it-result" aria-live="polite" data-keep></pre>`,
  );
}
