import { type Html, html, type Part } from "./html.ts";
import { adminSection } from "./sections/admin.ts";
import { developerSection } from "./sections/apps.ts";
import { callersSection } from "./sections/callers.ts";
import { clockSection } from "./sections/clock.ts";
import { faultsSection } from "./sections/faults.ts";
import { requestsSection } from "./sections/requests.ts";
import { stateSection } from "./sections/state.ts";
import type { ConsoleView } from "./view.ts";

export interface PageSecrets {
  /** With which the page's script calls `/_sandbox`. */
  readonly controlToken: string;
  /** Of the content security policy: names the script and the style that the page may load. */
  readonly nonce: string;
}

/** Where the page's own files are, relative to it. */
export const ASSETS = "_console";

/** The console as an HTML document. It can be read without JavaScript. */
export function consolePage(view: ConsoleView, secrets: PageSecrets): string {
  const { enterprise, requests } = view;
  const title = enterprise === undefined ? "Box sandbox" : `${enterprise} – Box sandbox`;
  return `<!DOCTYPE html>\n${html`<html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <meta name="control-token" content="${secrets.controlToken}">
    <title>${title}</title>
    <link rel="icon" href="${ASSETS}/icon.svg" type="image/svg+xml">
    <link rel="stylesheet" href="${ASSETS}/console.css" nonce="${secrets.nonce}">
    <script type="module" src="${ASSETS}/console.js" nonce="${secrets.nonce}"></script>
    </head>
    <body data-last-request="${requests.shown[0]?.number ?? 0}">
    <a class="skip" href="#main">Skip to the content</a>
    ${header(view)}
    ${enterprisesNav(view)}
    ${nav(view)}
    <main id="main" tabindex="-1">
    <div class="column">${developerSection(view)}${adminSection(view)}</div>
    <div class="column">${requestsSection(view)}${faultsSection(view)}${clockSection(view)}${callersSection(view)}${stateSection()}</div>
    </main>
    <footer><p>This is a sandbox, not Box: it keeps everything in memory.</p></footer>
    ${DIALOG}
    </body>
    </html>
    `}`;
}

function header({ enterprise, baseUrl }: ConsoleView): Html {
  return html`<header>
    <div><h1>Box sandbox</h1>
    <p class="quiet">${enterprise !== undefined && html`Enterprise <strong>${enterprise}</strong> at `}<code>${baseUrl}</code></p></div>
    <noscript data-keep><p class="hint">Without JavaScript this page can be read; its switches and buttons do nothing.</p></noscript>
    <div class="buttons">
    <p class="connection needs-script" role="status" id="connection" data-state="live" data-keep>Live</p>
    <button type="button" class="plain needs-script" id="pause" aria-pressed="false" data-keep>Pause updates</button>
    </div>
    </header>
    `;
}

/** To the consoles of the others, where there are any. */
function enterprisesNav({ enterprise, enterprises }: ConsoleView): Part {
  if (enterprises.length === 0) return undefined;
  const root = enterprise === undefined ? "./" : "../../";
  const link = (name: string | undefined, href: string): Html => {
    const current = name === enterprise && html` aria-current="page"`;
    return html`<li><a href="${href}"${current}>${name ?? "default"}</a></li>`;
  };
  return html`<nav id="enterprises" aria-label="Enterprises"><ul>
    ${link(undefined, root)}${enterprises.map((name) => link(name, `${root}t/${encodeURIComponent(name.toWellFormed())}/`))}
    </ul></nav>
    `;
}

/** For a narrow window, in which the sections are below each other. */
function nav({ callers }: ConsoleView): Html {
  const links = [
    ["developer", "Apps"],
    ["tokens", "Tokens"],
    ["users", "Users"],
    ["files", "Files"],
    ["requests", "Requests"],
    ["faults", "Faults"],
    ["clock", "Clock"],
    ["state", "State"],
    ...(callers === undefined ? [] : [["callers", "Token function"]]),
  ];
  return html`<nav id="sections" aria-label="Sections"><ul>${links.map(
    ([id, text]) => html`<li><a href="#${id}">${text}</a></li>`,
  )}</ul></nav>
    `;
}

/** Filled by `console.js` from the form that needs the confirmation. */
const DIALOG = html`<dialog id="confirm" aria-labelledby="confirm-title" data-keep>
  <form method="dialog">
  <h2 id="confirm-title">Confirm</h2>
  <p id="confirm-consequence"></p>
  <div class="buttons"><button class="plain" value="cancel">Cancel</button>
  <button class="danger" id="confirm-button" value="confirm">Confirm</button></div>
  </form>
  </dialog>`;
