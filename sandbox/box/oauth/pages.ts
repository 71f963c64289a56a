import type { HttpResponse } from "../../http/server.ts";
import type { BoxUser } from "../state.ts";
import type { AuthorizeRequest } from "./authorize-request.ts";

/** The pages on which an authorization request ends, because there is no trusted address to redirect to. */
const PAGE_ERRORS = {
  invalid_client_id: {
    status: 400,
    heading: "invalid_client_id",
    text: "Box has no app with this client_id.",
  },
  unauthorized_client: {
    status: 400,
    heading: "unauthorized_client",
    text: "The grant type is unauthorized for this client_id: the app does not use OAuth 2.0.",
  },
  disabled_by_administrator: {
    status: 403,
    heading: "Disabled by Administrator",
    text: "The administrator of your enterprise has not enabled this app. Contact your administrator for access to it.",
  },
  redirect_uri_missing: {
    status: 400,
    heading: "redirect_uri_missing",
    text: "The app has several redirect URIs, or none: the request must have a redirect_uri that is registered.",
  },
  redirect_uri_mismatch: {
    status: 400,
    heading: "redirect_uri_mismatch",
    text: "The redirect_uri of the request is not one that is registered for the app.",
  },
  invalid_request_token: {
    status: 403,
    heading: "The form is out of date",
    text: "It was not sent from a page that Box gave this browser. Open the app's authorization link again.",
  },
  invalid_choice: {
    status: 400,
    heading: "The form is incomplete",
    text: "It needs a user and a decision. Open the app's authorization link again.",
  },
} as const satisfies Record<string, { status: number; heading: string; text: string }>;

export type PageError = keyof typeof PAGE_ERRORS;

export function errorPage(error: PageError): HttpResponse {
  const { status, heading, text } = PAGE_ERRORS[error];
  return page(status, heading, `<h1>${escaped(heading)}</h1>\n<p>${escaped(text)}</p>`);
}

/**
 * The page on which a user consents. There is no login: the page lets the person at the browser choose the user.
 * @param action what the form posts to, relative to the page.
 * @param requestToken proves that the form comes from this page in this browser.
 */
export function consentPage(
  { app, redirectUri, scopes }: AuthorizeRequest,
  users: readonly BoxUser[],
  action: string,
  requestToken: string,
): HttpResponse {
  const options = users.map(({ id, name, login }) => {
    return `<option value="${escaped(id)}">${escaped(`${name} (${login})`)}</option>`;
  });
  const items = [...scopes].map((scope) => `<li><code>${escaped(scope)}</code></li>`);
  const content = `<h1>Grant access to Box</h1>
<p>The app <code>${escaped(app.clientId)}</code> requests access to your Box account, with these scopes:</p>
<ul>${items.join("")}</ul>
<p>You return to <code>${escaped(redirectUri)}</code>.</p>
<form method="post" action="${escaped(action)}">
<input type="hidden" name="request_token" value="${escaped(requestToken)}">
<p><label for="user_id">Log in as</label> <select id="user_id" name="user_id" required>${options.join("")}</select></p>
<p><button name="consent" value="grant">Grant access to Box</button>
<button name="consent" value="deny">Deny</button></p>
</form>`;
  return page(200, "Grant access to Box", content);
}

function page(status: number, title: string, content: string): HttpResponse {
  const body = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)} – Box sandbox</title>
<style>body{font:1rem/1.5 sans-serif;max-width:40rem;margin:2rem auto;padding:0 1rem}button,select{font:inherit}</style>
</head>
<body>
<main>
${content}
</main>
<footer><p><small>This is a sandbox on this machine, not Box.</small></p></footer>
</body>
</html>
`;
  const headers = {
    "Content-Type": "text/html; charset=utf-8",
    // No form-action: browsers apply it to the redirect as well, which leads to the app.
    "Content-Security-Policy":
      "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
  };
  return { status, headers, body };
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

const escaped = (text: string): string =>
  text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
