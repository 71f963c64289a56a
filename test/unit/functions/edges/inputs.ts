import type { Dice } from "../../../support/dice.ts";
import { FOLDER } from "./harness.ts";

/** Planted wherever a caller may write; no response may repeat it. */
export const CANARY = "cAnArYoFtHeCaLlEr";

const ACCOUNT = "123456789012";
export const REPORTS_SESSION = `arn:aws:sts::${ACCOUNT}:assumed-role/reports/`;
export const FUNCTION_ARN = `arn:aws:lambda:eu-west-1:${ACCOUNT}:function:token-invoke:`;

const PROTOTYPE_NAMES = ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "valueOf"];
const NASTY_TEXTS = [
  ...PROTOTYPE_NAMES,
  ...[
    "",
    " ",
    "\u0000",
    "\r\n",
    "\n{}",
    "null",
    "true",
    "0",
    "-1",
    "1e3",
    "NaN",
    "*",
    "user:*",
    "a b",
    "%00",
    "%",
  ],
  ...[
    "\ud800",
    "\ufeff",
    "ＡＰＰ",
    "re\u0301ports",
    "\u202ereports",
    "💥",
    "ﬀ",
    "reports\u0000",
    "reports ",
    " reports",
  ],
  ...[CANARY, `${CANARY}=1`, `"${CANARY}"`, `<script>${CANARY}</script>`, "x".repeat(3_000)],
  ...[
    "../../etc/passwd",
    "$" + "{jndi:ldap://x}",
    "{{7*7}}",
    "' OR 1=1 --",
    "https://api.box.com/2.0/files/1#x",
  ],
];

/** Values of each parameter: valid ones first, then ones that are nearly valid. */
const PARAMETERS: Readonly<Record<string, readonly unknown[]>> = {
  app: ["reports", "reports", "reports", "payroll", "Reports", "reports.", ".reports", "r".repeat(65), 7],
  grant_type: ["client_credentials", "client_credentials", "password", "urn:x", "client_credentials "],
  box_subject_type: ["enterprise", "user", "user", "User", "group", "enterprise "],
  box_subject_id: ["42", "42", "43", "900001", "900002", "0", "4".repeat(21), "４２", "42 ", 42, "-1", "4e1"],
  scope: [
    ...["item_download", "item_download item_preview", "item_preview item_download item_download"],
    ...[
      "item_upload",
      "item_download item_upload",
      " item_download",
      "item_download  item_preview",
      "item\tx",
    ],
    ...["item_download,item_preview", "a".repeat(2_049), ["item_download"], { item_download: true }],
  ],
  resource: [
    ...[FOLDER, FOLDER, "https://api.box.com/2.0/folders/986", "https://api.box.com/2.0/files/987"],
    ...[
      `${FOLDER}/`,
      `${FOLDER}?x`,
      `${FOLDER}\n`,
      "http://api.box.com/2.0/folders/987",
      `https://x@${FOLDER}`,
    ],
  ],
  min_ttl: [
    0,
    300,
    "1800",
    1_800,
    "0",
    1_801,
    "01800",
    -1,
    1.5,
    "1e3",
    9_999,
    Number.MAX_SAFE_INTEGER,
    "0x10",
  ],
  rejected_token_sha256: ["0".repeat(64), "F".repeat(64), "0".repeat(63), "g".repeat(64)],
};
const UNKNOWN = [
  ...PROTOTYPE_NAMES,
  "scopes",
  "Scope",
  "scope[]",
  "caller",
  "alias",
  "policy",
  CANARY,
  "",
  "app\u0000",
];

type Entry = readonly [string, unknown];

/** The parameters of a request in order, possibly with duplicates; often a request that is granted. */
function entries(dice: Dice): Entry[] {
  const requested: Entry[] = [["app", "reports"]];
  if (dice.chance(0.5)) requested.push(["scope", "item_download"]);
  if (dice.chance(0.4)) requested.push(["box_subject_type", "user"], ["box_subject_id", "42"]);
  if (dice.chance(0.4)) requested.push(["resource", FOLDER]);
  if (dice.chance(0.35)) return requested;
  const names = Object.keys(PARAMETERS);
  for (let count = dice.below(3) + 1; count > 0; count--) {
    const name = dice.pick(names);
    const at = requested.findIndex(([known]) => known === name);
    const entry = [name, dice.chance(0.2) ? junk(dice) : dice.pick(PARAMETERS[name] ?? [])] as const;
    if (at >= 0 && dice.chance(0.8)) requested[at] = entry;
    else requested.push(entry);
  }
  if (dice.chance(0.15)) requested.push([dice.pick(UNKNOWN), junk(dice)]);
  if (dice.chance(0.1)) requested.splice(dice.below(requested.length), 1);
  return requested;
}

/** Any JSON value. */
function junk(dice: Dice, depth = 0): unknown {
  const kind = dice.below(depth > 2 ? 5 : 8);
  if (kind < 3) return dice.pick(NASTY_TEXTS);
  if (kind === 3) return dice.pick([0, -0, 1, -1, 1e308, 2 ** 53, 0.1]);
  if (kind === 4) return dice.pick([null, true, false]);
  if (kind === 5) return Array.from({ length: dice.below(4) }, () => junk(dice, depth + 1));
  if (kind === 6)
    return own(Array.from({ length: dice.below(4) }, () => [dice.pick(UNKNOWN), junk(dice, depth + 1)]));
  return own(entries(dice));
}

/** As `JSON.parse` does: `__proto__` is an ordinary property. */
function own(parameters: readonly Entry[]): object {
  return Object.fromEntries(parameters);
}

/** JSON text, which may have a property twice. */
function jsonText(dice: Dice, parameters: readonly Entry[]): string {
  const pairs = parameters.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`);
  const text = `{${pairs.join(dice.pick([",", ", ", ",\n"]))}}`;
  return dice.chance(0.15) ? damaged(dice, text) : text;
}

function formText(dice: Dice, parameters: readonly Entry[]): string {
  const pairs = parameters.map(([name, value]) => {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    const encode = dice.chance(0.9)
      ? (part: string) => new URLSearchParams({ p: part }).toString().slice(2)
      : String;
    return `${encode(name)}=${encode(text)}`;
  });
  const text = pairs.join(dice.chance(0.95) ? "&" : dice.pick(["&&", ";", "&amp;"]));
  return dice.chance(0.1) ? damaged(dice, text) : text;
}

function damaged(dice: Dice, text: string): string {
  const at = dice.below(text.length + 1);
  const kind = dice.below(6);
  if (kind === 0) return text.slice(0, at);
  if (kind === 1) return text.slice(0, at) + dice.pick(NASTY_TEXTS) + text.slice(at);
  if (kind === 2) return text.slice(0, at) + text.slice(at + 1);
  if (kind === 3) return `\ufeff${text}`;
  if (kind === 4) return text + " ".repeat(dice.pick([1, 16_384]));
  return dice.pick(["[", '{"a":', "(", "%"]).repeat(dice.pick([1, 100, 20_000]));
}

const FORM = "application/x-www-form-urlencoded";
const CONTENT_TYPES = [
  ...[
    FORM,
    `${FORM}; charset=utf-8`,
    FORM.toUpperCase(),
    "application/json",
    "application/json;charset=UTF-8",
  ],
  ...[
    "text/plain",
    "multipart/form-data; boundary=x",
    "application/json,text/html",
    "",
    ";",
    "__proto__",
    "constructor",
  ],
];
const SESSIONS = [
  ...[`${REPORTS_SESSION}s`, `${REPORTS_SESSION}s`, `${REPORTS_SESSION}s`, `${REPORTS_SESSION}s`],
  ...[REPORTS_SESSION, `${REPORTS_SESSION}a/b`, `${REPORTS_SESSION}s\n`, `x${REPORTS_SESSION}s`],
  ...[`arn:aws:sts::${ACCOUNT}:assumed-role/Reports/s`, `arn:aws:sts::${ACCOUNT}:assumed-role/reports-2/s`],
  ...["arn:aws:sts::210987654321:assumed-role/reports/s", `arn:aws:sts::${ACCOUNT}:federated-user/reports`],
  ...[
    `arn:aws:iam::${ACCOUNT}:role/reports`,
    `arn:aws:iam::${ACCOUNT}:user/reports`,
    `arn:aws:iam::${ACCOUNT}:root`,
  ],
];

/** A Function URL's event, possibly malformed. */
export function urlEvent(dice: Dice): unknown {
  const requested = entries(dice);
  const isJson = dice.chance(0.4);
  const text = isJson ? jsonText(dice, requested) : formText(dice, requested);
  const isBase64Encoded = dice.chance(0.6);
  const contentType = dice.chance(0.85) ? (isJson ? "application/json" : FORM) : dice.pick(CONTENT_TYPES);
  const event: Record<string, unknown> = {
    version: "2.0",
    rawPath: dice.chance(0.95)
      ? "/oauth2/token"
      : dice.pick(["/", "/oauth2/token/", "/oauth2//token", CANARY]),
    rawQueryString: dice.chance(0.97) ? "" : `scope=${CANARY}`,
    headers: headersWith(dice, contentType),
    cookies: dice.chance(0.1) ? [`session=${CANARY}`] : undefined,
    requestContext: {
      http: { method: dice.chance(0.95) ? "POST" : dice.pick(["GET", "post", "PUT", "OPTIONS", CANARY]) },
      authorizer: { iam: { userArn: dice.chance(0.75) ? SESSIONS[0] : dice.pick(SESSIONS) } },
    },
    body: isBase64Encoded ? Buffer.from(text).toString(dice.chance(0.95) ? "base64" : "base64url") : text,
    isBase64Encoded: dice.chance(0.97) ? isBase64Encoded : junk(dice),
  };
  if (dice.chance(0.12)) replaceSomewhere(dice, event);
  return received(dice, event);
}

function headersWith(dice: Dice, contentType: string): object {
  const name = dice.chance(0.95) ? "content-type" : dice.pick(["Content-Type", "content_type", "__proto__"]);
  const more = dice.chance(0.2) ? [["authorization", `Bearer ${CANARY}`] as const] : [];
  return own([[name, contentType], ["x-forwarded-for", "127.0.0.1"], ...more]);
}

/** Replaces one property at any depth with any value, or removes it. */
function replaceSomewhere(dice: Dice, event: Record<string, unknown>): void {
  const name = dice.pick(Object.keys(event));
  const value = event[name];
  const isRecord = typeof value === "object" && value !== null && !Array.isArray(value);
  if (isRecord && dice.chance(0.7)) replaceSomewhere(dice, value as Record<string, unknown>);
  else if (dice.chance(0.3)) delete event[name];
  else event[name] = junk(dice);
}

/** The event of a direct invoke. */
export function invokeEvent(dice: Dice): unknown {
  if (dice.chance(0.1)) return received(dice, junk(dice));
  if (dice.chance(0.05)) return urlEvent(dice);
  return received(dice, own(entries(dice)));
}

/** Lambda passes on any value that it has parsed from JSON. */
function received(dice: Dice, event: unknown): unknown {
  const text = JSON.stringify(event) ?? "null";
  if (dice.chance(0.97)) return JSON.parse(text);
  try {
    return JSON.parse(damaged(dice, text));
  } catch {
    return text;
  }
}

/** The value of `context.invokedFunctionArn`. */
export function invokedArn(dice: Dice): string {
  const qualifier = dice.chance(0.8)
    ? "nightly"
    : dice.pick(["Nightly", "nightl", "7", "$LATEST", "", "a:nightly", "*"]);
  return `${FUNCTION_ARN}${qualifier}`;
}
