import { BOX_SCOPES } from "../../../schemas/protocol/scopes.ts";
import { ok, type Result, refused } from "../../../schemas/result.ts";
import { ROLE_NAMES } from "../items/roles.ts";
import { REDIRECT_URI } from "../state.ts";
import { TRIGGERS } from "../webhooks/triggers.ts";
import type { SeedIssue, StateDocument } from "./document.ts";
import {
  type Check,
  flag,
  is,
  issuesOf,
  list,
  oneOf,
  optional,
  record,
  required,
  shape,
  text,
} from "./shape.ts";

const ID = text("an id: up to 19 digits, the first one not 0", /^[1-9]\d{0,18}$/);
const NAME = text("a text of 1 to 255 characters", /^[^\0]{1,255}$/u);
const LOGIN = text("a login of the form name@example.com", /^[^\s@]{1,200}@[^\s@]{1,200}$/);
const PATH = text("a path such as /Reports/2026", /^(?:\/[^/\0]+)+$/);
const REFERENCE = text("a login or an id", /^[^\s]{1,401}$/);
const ANY_TEXT = is("a text", (value) => typeof value === "string");
const PEM = text("a public key in PEM", /^-----BEGIN (?:RSA )?PUBLIC KEY-----/);
/** As Box's own are, and as they go into the parameters of a form. */
const CREDENTIAL = text("1 to 128 letters, digits, - or _", /^[A-Za-z0-9_-]{1,128}$/);

const isBase64 = (value: unknown): boolean =>
  typeof value === "string" && Buffer.from(value, "base64").toString("base64") === value;

const SHARED_LINK = shape({
  url: optional(text("a URL with https", /^https:\/\/\S{1,500}$/)),
  access: optional(oneOf(["open", "company", "collaborators"])),
  password: optional(NAME),
  canDownload: optional(flag),
});

const ITEM = {
  path: required(PATH),
  id: optional(ID),
  owner: optional(REFERENCE),
  description: optional(ANY_TEXT),
  tags: optional(list(NAME, 100)),
  sharedLink: optional((value, path, report) => {
    if (typeof value !== "boolean") SHARED_LINK(value, path, report);
  }),
} as const;

const FILE = shape({
  ...ITEM,
  text: optional(ANY_TEXT),
  base64: optional(is("base64 (RFC 4648 §4)", isBase64)),
  size: optional(is("a number of bytes", (value) => Number.isSafeInteger(value) && Number(value) >= 0)),
  sha1: optional(text("a SHA-1 in lower-case hex", /^[0-9a-f]{40}$/)),
});

const APP = shape({
  clientId: required(CREDENTIAL),
  clientSecret: optional(CREDENTIAL),
  enterpriseId: optional(ID),
  authentication: optional(oneOf(["jwt", "client_credentials", "oauth2", "app_token"])),
  authorized: optional(flag),
  enabled: optional(flag),
  userTokens: optional(flag),
  asUser: optional(flag),
  accessLevel: optional(oneOf(["app", "app+enterprise"])),
  scopes: optional(list(oneOf(BOX_SCOPES))),
  redirectUris: optional(list(text("a URI", REDIRECT_URI), 100)),
  publicKeys: optional(record(/^[A-Za-z0-9_-]{1,64}$/, PEM)),
  signatureKeys: optional(shape({ primary: optional(CREDENTIAL), secondary: optional(CREDENTIAL) })),
  serviceAccountId: optional(ID),
});

const USER = shape({
  id: optional(ID),
  name: required(NAME),
  login: required(LOGIN),
  kind: optional(oneOf(["managed", "app-user"])),
  enterpriseId: optional(ID),
});

const ITEM_REFERENCE = {
  item: required(text("a path such as /Reports, or an id", /^(?:(?:\/[^/\0]+)+|[1-9]\d{0,18})$/)),
  owner: optional(REFERENCE),
} as const;

const COLLABORATION = shape({
  ...ITEM_REFERENCE,
  user: required(REFERENCE),
  role: required(oneOf(ROLE_NAMES)),
  status: optional(oneOf(["accepted", "pending", "rejected"])),
});

const WEBHOOK = shape({
  ...ITEM_REFERENCE,
  id: optional(ID),
  app: optional(CREDENTIAL),
  user: optional(REFERENCE),
  address: required(NAME),
  triggers: required(list(oneOf(Object.keys(TRIGGERS)), 100)),
});

const DOCUMENT: Check = shape({
  $schema: optional(ANY_TEXT),
  apps: optional(list(APP)),
  users: optional(list(USER)),
  folders: optional(list(shape(ITEM))),
  files: optional(list(FILE)),
  collaborations: optional(list(COLLABORATION)),
  webhooks: optional(list(WEBHOOK)),
});

/** The document, if every value in it has the form that it must have. */
export function readDocument(value: unknown): Result<StateDocument, readonly SeedIssue[]> {
  const issues = issuesOf(DOCUMENT, value);
  return issues.length === 0 ? ok(value as StateDocument) : refused(issues);
}
