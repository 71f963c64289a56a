import { type Advice, consoleAdvice } from "../../functions/broker/health-advice.ts";
import { OPERATOR } from "../../schemas/protocol/problem-facts.ts";
import { PROBLEMS, type ProblemCode } from "../../schemas/protocol/problems.ts";
import { BY_SPACES } from "../../schemas/protocol/scopes.ts";

const APP = "Box Developer Console > the app > Configuration";

/** Where the remedy differs from a deployed app's: here is a file instead of a secret, and a person's machine. */
const OF_FILE: Partial<Record<ProblemCode, Advice>> = {
  box_client_refused: {
    page: `${APP} > OAuth 2.0 Credentials`,
    sentence:
      "Copy client ID and client secret from there into the config; the client secret was probably reset.",
  },
  box_key_refused: {
    page: `${APP} > Add and Manage Public Keys`,
    sentence:
      "Compare publicKeyID with the keys listed there. If it is not among them, generate a pair and use the new config.json; if it is, another public key or a certificate was added: box-sts doctor with --public-key FILE compares what was uploaded.",
  },
  app_tokens_refused: {
    page: `${APP} > Primary Access Token and Secondary Access Token`,
    sentence:
      "Generate the token again and write it into the config, with the date as createdAt; a Box admin must have authorized and enabled the app.",
  },
  box_location_blocked: {
    page: "Box Admin Console > Enterprise Settings > Security",
    sentence:
      "The enterprise accepts known addresses only: have a Box admin allow the address of this network, or run this command where the service runs. A function needs a NAT gateway with an Elastic IP.",
  },
  box_url_wrong: {
    page: "this shell",
    sentence:
      "Unset BOX_API_URL, or set it to https://api.box.com; if it is right, a proxy in between loses the body of requests.",
  },
  box_clock_skewed: {
    page: "https://status.box.com",
    sentence: "Box refuses the time of assertions although it was corrected; set this machine's clock.",
  },
  box_unavailable: {
    page: "https://status.box.com",
    sentence:
      "Box did not respond, or with an error of its own; read whether Box reports an incident, and try again.",
  },
};

/** What to do about a problem that Box reported of a config file: the page, and the sentence. */
export function adviceText(code: ProblemCode): string {
  const advice = OF_FILE[code] ?? consoleAdvice(code);
  return advice === undefined
    ? PROBLEMS[code].remedy.replace(OPERATOR, "").trim()
    : `${advice.page}: ${advice.sentence}`;
}

/** Of scopes that the caller named, and that Box does not grant. */
export const scopesAdvice = (refused: readonly string[]): string =>
  refused.some((scope) => scope.includes(","))
    ? `${BY_SPACES}: --scope "${refused.join(" ").split(/[, ]+/).filter(Boolean).join(" ")}".`
    : `${APP} > Application Scopes: Tick ${refused.join(", ")} there, or a scope that includes it, and have a Box admin re-authorize the app; or correct its name.`;

/** Codes by which Box refuses a user although it granted the token of the config's own subject. */
const OF_USER: ReadonlySet<ProblemCode> = new Set(["box_subject_refused", "box_grant_refused"]);

/** Of a user whose token Box refuses, where the same credentials got another token. */
export const userAdvice = (code: ProblemCode, id: string): string =>
  OF_USER.has(code)
    ? `${APP} > App Access Level: Check that ${id} is the id of a user of this enterprise; App Access Only reaches the app's own users, App + Enterprise Access managed users too, after a Box admin has re-authorized the app.`
    : adviceText(code);
