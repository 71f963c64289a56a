import { createHash } from "node:crypto";
import type { APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import type { ProblemCode } from "../../schemas/protocol/problems.ts";

interface Page {
  readonly status: number;
  readonly title: string;
  /** What happened, and what to do: a paragraph each. */
  readonly sentences: readonly string[];
}

const NOTHING_STORED = "Nothing was connected.";
const AGAIN = "open your connect link again.";

/** All that a browser can be shown. No sentence depends on which apps or users exist. */
export const PAGES = {
  connected: {
    status: 200,
    title: "You are connected",
    sentences: ["You can close this page."],
  },
  consent_denied: {
    status: 403,
    title: "You did not consent",
    sentences: [
      `You chose not to give access to your Box account. ${NOTHING_STORED}`,
      `To connect after all, ${AGAIN}`,
    ],
  },
  authorization_unknown: {
    status: 400,
    title: "This attempt to connect has ended",
    sentences: [
      "It was completed before, took more than ten minutes, or began in another browser. A connection that you have is as it was.",
      `If you are not connected yet, ${AGAIN} Cookies must be allowed for this site.`,
    ],
  },
  used_before: {
    status: 400,
    title: "This attempt to connect was used before",
    sentences: [
      "This page was requested a moment ago, such as by a second click or a second tab. That first request decides whether you are connected.",
      `If no page has reported that you are connected, ${AGAIN}`,
    ],
  },
  invitation_invalid: {
    status: 400,
    title: "This connect link is not valid",
    sentences: [
      "It has expired, or it is incomplete or changed.",
      "Copy the whole link from the message in which you received it. If it is a new link, open it again in five minutes; otherwise request a new one from the person who sent it.",
    ],
  },
  code_refused: {
    status: 400,
    title: "Box did not accept the consent",
    sentences: [
      `Too much time passed after you gave it, or it was used before. ${NOTHING_STORED}`,
      `Please ${AGAIN}`,
    ],
  },
  wrong_user: {
    status: 403,
    title: "This connect link is for another Box user",
    sentences: [
      `You are logged in to Box with another account than the one that was invited. ${NOTHING_STORED}`,
      "Log out of Box, log in with the account that was invited, and open your connect link again.",
    ],
  },
  app_disabled: {
    status: 403,
    title: "Your company has not enabled this app",
    sentences: [
      `Box refused it: an administrator of your company's Box has to enable the app. ${NOTHING_STORED}`,
      "Request that from your Box administrator, and then open your connect link again.",
    ],
  },
  box_away: {
    status: 503,
    title: "Box did not respond",
    sentences: [
      `${NOTHING_STORED} Box's state is shown at status.box.com.`,
      "Open your connect link again in a few minutes.",
    ],
  },
  failed: {
    status: 503,
    title: "Something went wrong here",
    sentences: [
      NOTHING_STORED,
      "Open your connect link again in a few minutes. If it happens again, report the request number to the person who sent you the link.",
    ],
  },
  unconfirmed: {
    status: 503,
    title: "It is not certain that you are connected",
    sentences: [
      "Your consent was given, but no confirmation came that it was stored. A connection that you had works as before, unless the new one has taken its place.",
      "Open your connect link again in a few minutes: that is safe in either case. If it happens again, report the request number to the person who sent you the link.",
    ],
  },
  // Each request gets this page while the service secret cannot be read, so that not every number is in the log.
  not_ready: {
    status: 503,
    title: "This service is not ready",
    sentences: [
      NOTHING_STORED,
      "Open your connect link again in a few minutes. If it happens again, report the time to the person who sent you the link.",
    ],
  },
  not_found: {
    status: 404,
    title: "There is nothing here",
    sentences: ["To connect a Box account, open the whole connect link that you received."],
  },
  method_not_allowed: {
    status: 405,
    title: "This request is not accepted",
    sentences: ["To connect a Box account, open the whole connect link that you received."],
  },
} as const satisfies Readonly<Record<string, Page>>;

export type PageName = keyof typeof PAGES;

const PAGE_OF: Partial<Readonly<Record<ProblemCode, PageName>>> = {
  consent_denied: "consent_denied",
  authorization_code_refused: "code_refused",
  wrong_box_user: "wrong_user",
  box_app_not_authorized: "app_disabled",
  box_unavailable: "box_away",
  box_rate_limited: "box_away",
  box_unexpected_answer: "box_away",
  box_token_refused: "box_away",
  connection_unconfirmed: "unconfirmed",
};

/** The page for a problem; most of them are the operator's. */
export const pageOf = (code: ProblemCode): PageName => PAGE_OF[code] ?? "failed";

const STYLE =
  "body{font:1.125rem/1.5 sans-serif;max-width:36rem;margin:3rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}a{color:#0b4fb3}code{overflow-wrap:anywhere}";

/** RFC 9700 §4.2.4 and §4.16: the addresses of these pages do not leak, and no other site frames them. */
const HEADERS: Readonly<Record<string, string>> = {
  "content-type": "text/html; charset=utf-8",
  "cache-control": "no-store",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "content-security-policy": `default-src 'none'; style-src 'sha256-${createHash("sha256").update(STYLE).digest("base64")}'; frame-ancestors 'none'; form-action 'none'; base-uri 'none'`,
};

/** What a page shows besides its sentences. */
export interface PageContent {
  readonly requestId: string;
  /** The account that is connected. */
  readonly login?: string;
  /** From the invitation, which only the operator can write. */
  readonly returnTo?: string | undefined;
}

/** A page without scripts, forms and resources of others. */
export function page(
  name: PageName,
  { requestId, login, returnTo }: PageContent,
): APIGatewayProxyStructuredResultV2 {
  const { status, title, sentences } = PAGES[name];
  const paragraphs = [
    ...(login === undefined ? [] : [`Your Box account ${escaped(login)} is now connected.`]),
    ...sentences.map(escaped),
    ...(returnTo === undefined ? [] : [link(returnTo)]),
    `Request number: <code>${escaped(requestId)}</code>`,
  ];
  const body = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escaped(title)}</h1>
${paragraphs.map((text) => `<p>${text}</p>`).join("\n")}
</main>
</body>
</html>
`;
  const headers = status === 405 ? { ...HEADERS, allow: "GET" } : HEADERS;
  return { statusCode: status, headers, body };
}

/** To Box's consent page. */
export function redirect(location: string): APIGatewayProxyStructuredResultV2 {
  const { "cache-control": noStore, "referrer-policy": noReferrer } = HEADERS;
  return {
    statusCode: 302,
    headers: { location, "cache-control": noStore ?? "", "referrer-policy": noReferrer ?? "" },
  };
}

const link = (address: string) =>
  `<a href="${escaped(address)}">Continue to ${escaped(new URL(address).host)}</a>`;

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
