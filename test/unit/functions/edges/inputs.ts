import type { SeededRandom } from "../../../support/seeded-random.ts";
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
function entries(random: SeededRandom): Entry[] {
  const requested: Entry[] = [["app", "reports"]];
  if (random.chance(0.5)) requested.push(["scope", "item_download"]);
  if (random.chance(0.4)) requested.push(["box_subject_type", "user"], ["box_subject_id", "42"]);
  if (random.chance(0.4)) requested.push(["resource", FOLDER]);
  if (random.chance(0.35)) return requested;
  const names = Object.keys(PARAMETERS);
  for (let count = random.below(3) + 1; count > 0; count--) {
    const name = random.pick(names);
    const at = requested.findIndex(([known]) => known === name);
    const entry = [name, random.chance(0.2) ? junk(random) : random.pick(PARAMETERS[name] ?? [])] as const;
    if (at >= 0 && random.chance(0.8)) requested[at] = entry;
    else requested.push(entry);
  }
  if (random.chance(0.15)) requested.push([random.pick(UNKNOWN), junk(random)]);
  if (random.chance(0.1)) requested.splice(random.below(requested.length), 1);
  return requested;
}

/** Any JSON value. */
function junk(random: SeededRandom, depth = 0): unknown {
  const kind = random.below(depth > 2 ? 5 : 8);
  if (kind < 3) return random.pick(NASTY_TEXTS);
  if (kind === 3) return random.pick([0, -0, 1, -1, 1e308, 2 ** 53, 0.1]);
  if (kind === 4) return random.pick([null, true, false]);
  if (kind === 5) return Array.from({ length: random.below(4) }, () => junk(random, depth + 1));
  if (kind === 6)
    return own(
      Array.from({ length: random.below(4) }, () => [random.pick(UNKNOWN), junk(random, depth + 1)]),
    );
  return own(entries(random));
}

/** As `JSON.parse` does: `__proto__` is an ordinary property. */
function own(parameters: readonly Entry[]): object {
  return Object.fromEntries(parameters);
}

/** JSON text, which may have a property twice. */
function jsonText(random: SeededRandom, parameters: readonly Entry[]): string {
  const pairs = parameters.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`);
  const text = `{${pairs.join(random.pick([",", ", ", ",\n"]))}}`;
  return random.chance(0.15) ? damaged(random, text) : text;
}

function formText(random: SeededRandom, parameters: readonly Entry[]): string {
  const pairs = parameters.map(([name, value]) => {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    const encode = random.chance(0.9)
      ? (part: string) => new URLSearchParams({ p: part }).toString().slice(2)
      : String;
    return `${encode(name)}=${encode(text)}`;
  });
  const text = pairs.join(random.chance(0.95) ? "&" : random.pick(["&&", ";", "&amp;"]));
  return random.chance(0.1) ? damaged(random, text) : text;
}

function damaged(random: SeededRandom, text: string): string {
  const at = random.below(text.length + 1);
  const kind = random.below(6);
  if (kind === 0) return text.slice(0, at);
  if (kind === 1) return text.slice(0, at) + random.pick(NASTY_TEXTS) + text.slice(at);
  if (kind === 2) return text.slice(0, at) + text.slice(at + 1);
  if (kind === 3) return `\ufeff${text}`;
  if (kind === 4) return text + " ".repeat(random.pick([1, 16_384]));
  return random.pick(["[", '{"a":', "(", "%"]).repeat(random.pick([1, 100, 20_000]));
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
export function urlEvent(random: SeededRandom): unknown {
  const requested = entries(random);
  const isJson = random.chance(0.4);
  const text = isJson ? jsonText(random, requested) : formText(random, requested);
  const isBase64Encoded = random.chance(0.6);
  const contentType = random.chance(0.85) ? (isJson ? "application/json" : FORM) : random.pick(CONTENT_TYPES);
  const event: Record<string, unknown> = {
    version: "2.0",
    rawPath: random.chance(0.95)
      ? "/oauth2/token"
      : random.pick(["/", "/oauth2/token/", "/oauth2//token", CANARY]),
    rawQueryString: random.chance(0.97) ? "" : `scope=${CANARY}`,
    headers: headersWith(random, contentType),
    cookies: random.chance(0.1) ? [`session=${CANARY}`] : undefined,
    requestContext: {
      http: { method: random.chance(0.95) ? "POST" : random.pick(["GET", "post", "PUT", "OPTIONS", CANARY]) },
      authorizer: { iam: { userArn: random.chance(0.75) ? SESSIONS[0] : random.pick(SESSIONS) } },
    },
    body: isBase64Encoded ? Buffer.from(text).toString(random.chance(0.95) ? "base64" : "base64url") : text,
    isBase64Encoded: random.chance(0.97) ? isBase64Encoded : junk(random),
  };
  if (random.chance(0.12)) replaceSomewhere(random, event);
  return received(random, event);
}

function headersWith(random: SeededRandom, contentType: string): object {
  const name = random.chance(0.95)
    ? "content-type"
    : random.pick(["Content-Type", "content_type", "__proto__"]);
  const more = random.chance(0.2) ? [["authorization", `Bearer ${CANARY}`] as const] : [];
  return own([[name, contentType], ["x-forwarded-for", "127.0.0.1"], ...more]);
}

/** Replaces one property at any depth with any value, or removes it. */
function replaceSomewhere(random: SeededRandom, event: Record<string, unknown>): void {
  const name = random.pick(Object.keys(event));
  const value = event[name];
  const isRecord = typeof value === "object" && value !== null && !Array.isArray(value);
  if (isRecord && random.chance(0.7)) replaceSomewhere(random, value as Record<string, unknown>);
  else if (random.chance(0.3)) delete event[name];
  else event[name] = junk(random);
}

/** The event of a direct invoke. */
export function invokeEvent(random: SeededRandom): unknown {
  if (random.chance(0.1)) return received(random, junk(random));
  if (random.chance(0.05)) return urlEvent(random);
  return received(random, own(entries(random)));
}

/** Lambda passes on any value that it has parsed from JSON. */
function received(random: SeededRandom, event: unknown): unknown {
  const text = JSON.stringify(event) ?? "null";
  if (random.chance(0.97)) return JSON.parse(text);
  try {
    return JSON.parse(damaged(random, text));
  } catch {
    return text;
  }
}

/** The value of `context.invokedFunctionArn`. */
export function invokedArn(random: SeededRandom): string {
  const qualifier = random.chance(0.8)
    ? "nightly"
    : random.pick(["Nightly", "nightl", "7", "$LATEST", "", "a:nightly", "*"]);
  return `${FUNCTION_ARN}${qualifier}`;
}
