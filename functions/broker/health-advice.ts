import { OPERATOR } from "../../schemas/protocol/problem-facts.ts";
import { PROBLEMS, type ProblemCode } from "../../schemas/protocol/problems.ts";

/**
 * What is checked of an app. Every kind: `secret`, `config`. JWT and Client Credentials Grant: `key`, `token`, `user`. App
 * Tokens: `token`, `user`. OAuth 2.0: `client`.
 */
export type Check = "secret" | "config" | "key" | "token" | "user" | "client";

/** What is checked once for all apps. */
export const POLICY_CHECK = "policy";

/** The table of the shared cache, which is checked once. */
export const TABLE_CHECK = "table";

/** The token works, but belongs to another user than it should. */
export const WRONG_ACCOUNT = "unexpected_account";

/** The console page that the operator opens, and what to do there. */
export interface Advice {
  /** The page of the console, as a path of clicks. */
  readonly page: string;
  readonly sentence: string;
}

const SECRET = "AWS Console > Secrets Manager > the app's secret";
const APP = "Box Developer Console > the app > Configuration";
const ADMIN = "Box Admin Console > Integrations > Platform Apps Manager > Server Authentication Apps";

/** One row for each failure that an operator can repair at a console. */
const ADVICE: Partial<Record<ProblemCode, Advice>> = {
  policy_unavailable: {
    page: "the repository with the policy document",
    sentence:
      "Correct the document at the place that the detail names, and deploy again: until then the token functions refuse every request.",
  },
  secret_not_found: {
    page: SECRET,
    sentence:
      "Restore it where it is marked for deletion: aws secretsmanager restore-secret --secret-id ARN. If it has no value, store the app's config: aws secretsmanager put-secret-value --secret-id ARN --secret-string file://config.json. If it was deleted, create it again, name its new ARN as the app's secret, and deploy again.",
  },
  secret_forbidden: {
    page: "AWS Console > IAM > Roles > the health function's role",
    sentence:
      "Undo what was changed by hand at the role: cdk deploy --revert-drift. If the secret has a KMS key of its own, name it beside the secret, and let its key policy allow this account's roles.",
  },
  secret_key_forbidden: {
    page: "AWS Console > KMS > Customer managed keys > the key of the app's secret",
    sentence:
      "Enable the key, let its policy allow this account's roles kms:Decrypt, name it beside the secret, and deploy again.",
  },
  shared_cache_misconfigured: {
    page: "AWS Console > DynamoDB > Tables > the table of the shared cache",
    sentence:
      "The detail names the table or the permission that is missing. Undo what was changed by hand: cdk deploy --revert-drift. If the table was deleted, follow docs/incidents.md (The DynamoDB table is unavailable).",
  },
  shared_cache_unavailable: {
    page: "AWS Health Dashboard",
    sentence:
      "DynamoDB did not respond, or throttled the call; in a VPC, check that the subnets have a way to it (NAT or a gateway endpoint).",
  },
  shared_cache_key_forbidden: {
    page: "AWS Console > KMS > Customer managed keys > the key of the shared cache's table",
    sentence: "Enable the key, let its policy allow this account's roles to use it, and deploy again.",
  },
  secret_invalid: {
    page: SECRET,
    sentence:
      "Store the config.json that the Box Developer Console gives, as it is; the detail says what is wrong with this one.",
  },
  signing_key_refused: {
    page: "AWS Console > KMS > Customer managed keys > the key that kmsKeyId of the config names",
    sentence:
      "Enable the key, name it among the app's signingKeys, and deploy again; it must be an RSA key for signing, of the function's region, whose policy allows this account's roles kms:Sign.",
  },
  signing_key_unavailable: {
    page: "AWS Health Dashboard",
    sentence:
      "KMS did not respond; in a VPC, check that the subnets have a way to it (NAT or an interface endpoint).",
  },
  secret_unavailable: {
    page: "AWS Health Dashboard",
    sentence:
      "Secrets Manager did not respond; in a VPC, check that the subnets have a way to it (NAT or an interface endpoint).",
  },
  box_app_not_authorized: {
    page: ADMIN,
    sentence:
      "A Box admin must authorize the app with its client ID, re-authorize it after every change of its scopes or access level, and enable it, which is a switch of its own; if nothing was changed, the setting Disable unpublished platform apps by default has disabled it.",
  },
  box_key_refused: {
    page: `${APP} > Add and Manage Public Keys`,
    sentence:
      "Compare publicKeyID with the keys listed there; if it is not among them, or a certificate was added instead of a public key, generate a pair and store the new config.json.",
  },
  box_client_refused: {
    page: `${APP} > OAuth 2.0 Credentials`,
    sentence:
      "Copy client ID and client secret from there into the secret; the client secret was probably reset.",
  },
  box_grant_refused: {
    page: `${APP} > OAuth 2.0 Credentials`,
    sentence: `Compare client ID and client secret; if both are right, a Box admin must authorize and enable the app, which are two switches: ${ADMIN}.`,
  },
  box_grant_not_enabled: {
    page: `${APP} > Authentication Method`,
    sentence:
      "Choose the method that the config is for: Server Authentication (JWT) with a key pair, Server Authentication (Client Credentials Grant) without one, or User Authentication (OAuth 2.0) with oauth2.",
  },
  box_subject_refused: {
    page: "Box Developer Console > the app > General Settings > App Info",
    sentence:
      "Compare enterpriseID with the one shown there: a Box sandbox has an enterprise id of its own; an app of a free account has the enterprise 0 and no Service Account.",
  },
  box_user_tokens_not_enabled: {
    page: `${APP} > App Access Level and Advanced Features`,
    sentence:
      "The app's access is too narrow: choose App + Enterprise Access for managed users, tick Generate user access tokens, and have the admin re-authorize the app.",
  },
  box_scope_refused: {
    page: `${APP} > Application Scopes`,
    sentence:
      "The app's access is too narrow to read its own user: tick a scope such as Read all files, and have the admin re-authorize the app.",
  },
  app_tokens_refused: {
    page: `${APP} > Primary Access Token and Secondary Access Token`,
    sentence: `Generate the token that the detail names, and store it in the app's secret with the date as createdAt; where Box generates none, a Box admin must first authorize and enable the app: ${ADMIN}.`,
  },
  box_terms_not_accepted: {
    page: "Box web application, as the user of the config",
    sentence:
      "Log in once as that user and accept the enterprise's terms of service, or have an app accept them by Box's API; Service Accounts and App Users are exempt.",
  },
  box_location_blocked: {
    page: "Box Admin Console > Enterprise Settings > Security",
    sentence:
      "The enterprise accepts known addresses only: give the function a VPC with a NAT gateway and an Elastic IP, and have a Box admin allow that address.",
  },
  box_policy_forbids: {
    page: "Box Admin Console > Shield",
    sentence:
      "A security policy forbids it; a Box admin must change the policy, or exempt the app or its user.",
  },
  box_password_reset_required: {
    page: "Box web application, as the user of the config",
    sentence: "Log in as that user and choose a new password.",
  },
  box_url_wrong: {
    page: "AWS Console > Lambda > the health function > Configuration > Environment variables",
    sentence:
      "Set BOX_API_URL to https://api.box.com, or remove it; if it is right, a proxy in between loses the body of requests.",
  },
  box_clock_skewed: {
    page: "https://status.box.com",
    sentence:
      "Box refuses the time of our assertions although it was corrected; see whether Box reports an incident.",
  },
  box_token_refused: {
    page: "https://status.box.com",
    sentence:
      "Box's API refuses a token that Box has just granted; check again in a minute, and see whether Box reports an incident.",
  },
  box_rate_limited: {
    page: "https://status.box.com",
    sentence: "Box limits the rate of requests; check again in a minute.",
  },
  box_unavailable: {
    page: "https://status.box.com",
    sentence:
      "Box did not respond; in a VPC, check that the subnets have a NAT gateway and allow port 443 out.",
  },
};

export const WRONG_ACCOUNT_ADVICE: Advice = {
  page: "Box Developer Console > the app > General Settings > Service Account Info",
  sentence:
    "Compare the Service Account shown there with the one configured; the secret probably holds the config of another app.",
};

/** A key that does not open is no matter of the whole file. */
const KEY_ADVICE: Advice = {
  page: SECRET,
  sentence:
    "Store a config whose passphrase opens its key; if it is lost, generate a new pair (Box Developer Console > the app > Configuration > Add and Manage Public Keys).",
};

/** The remedy for a problem that `check` found. */
export function adviceFor(
  code: ProblemCode,
  check: Check | typeof POLICY_CHECK | typeof TABLE_CHECK,
): Advice {
  if (code === "secret_invalid" && check === "key") return KEY_ADVICE;
  const { title, remedy } = PROBLEMS[code];
  const inGeneral = { page: "AWS Console > CloudWatch > Log groups > the health function's" };
  // The report has the details that a caller's refusal leaves to the log.
  const own = remedy.replace(OPERATOR, "").trim();
  return consoleAdvice(code) ?? { ...inGeneral, sentence: `${title} ${own || "Read the detail."}` };
}

/** The remedy at a console; undefined where no console has one. */
export const consoleAdvice = (code: ProblemCode): Advice | undefined => ADVICE[code];
