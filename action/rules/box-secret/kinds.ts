import { namesBox } from "./vendor-names.ts";

/** What kinds of secrets Box has, by the names that people give them and the form that Box gives them. */
export interface SecretKind {
  readonly name: string;
  /** Of the name in lower case without separators. */
  readonly called: RegExp;
  /** Of the value as Box makes it. */
  readonly shape: RegExp;
  /** Names that mean little unless "box" is a word of them, or one of Box's own classes takes the value. */
  readonly vague?: true;
  readonly fix: string;
}

const CONSOLE = "Developer Console > the app > Configuration";
const NOT_IN_GIT = "keep it in a secret store and write a reference to it here";

const RESET = `Reset it (${CONSOLE} > OAuth 2.0 Credentials), ${NOT_IN_GIT}.`;
const REVOKE_SOON =
  "Revoke it (POST https://api.box.com/oauth2/revoke) if it is less than 70 minutes old, and remove it here.";

/** The kind of an assertion, which is recognised by what it says and has no name of its own. */
export const ASSERTION: SecretKind = {
  name: "JWT assertion",
  called: /assertion$/,
  shape: /^eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+$/,
  fix: "Remove it here and keep assertions out of logs: Box takes it until it expires, at most a minute later.",
};

const SHAPE_32 = /^[A-Za-z0-9]{32}$/;

/** The first row that fits counts. */
export const SECRET_KINDS = [
  {
    name: "client secret",
    called: /(?:client|consumer|oauth2?|ccg)secret(?:key|value)?$/,
    shape: SHAPE_32,
    fix: RESET,
  },
  {
    name: "passphrase",
    called: /(?:passphrase|passcode|privatekeypass(?:word)?|keypass(?:word)?)$/,
    shape: /^[0-9a-fA-F]{32}$/,
    fix: `Make a new key pair and remove the old one (${CONSOLE} > Add and Manage Public Keys), ${NOT_IN_GIT}.`,
  },
  {
    name: "webhook key",
    called:
      /(?:(?:primary|secondary)(?:webhook|signature|signing)*(?:key|secret)|(?:webhook|signature|signing)+(?:primary|secondary)?(?:signature|signing)?(?:key|secret)(?:primary|secondary|[12])?|(?:webhooks?|signature)(?:primary|secondary))$/,
    shape: SHAPE_32,
    fix: `Generate a new key (Developer Console > the app > Webhooks > Manage signature keys), ${NOT_IN_GIT}.`,
  },
  {
    name: "developer token",
    called: /dev(?:eloper)?(?:access)?token$/,
    shape: SHAPE_32,
    fix: `Revoke it (${CONSOLE} > Developer Token) if it is less than an hour old, and remove it here.`,
  },
  {
    name: "app token",
    called: /(?:(?:app|application|service)(?:access)?|apptokens(?:primary|secondary))token$/,
    shape: SHAPE_32,
    fix: `Revoke it (${CONSOLE} > App Token), ${NOT_IN_GIT}.`,
  },
  {
    name: "refresh token",
    called: /refreshtoken$/,
    shape: /^[A-Za-z0-9]{64}$/,
    fix: `Revoke it (POST https://api.box.com/oauth2/revoke), ${NOT_IN_GIT}.`,
  },
  {
    name: "access token",
    called: /(?:access|auth|api|user|enterprise|box|sdk|downscoped|parent)token$/,
    shape: SHAPE_32,
    fix: REVOKE_SOON,
  },
  {
    name: "access token",
    called: /(?:^|bearer)token$|^authorization$|^bearer$/,
    shape: SHAPE_32,
    vague: true,
    fix: REVOKE_SOON,
  },
  {
    name: "client secret",
    called: /secret(?:key|value)?$/,
    shape: SHAPE_32,
    vague: true,
    fix: RESET,
  },
] as const satisfies readonly SecretKind[];

/** Stages, regions, copies, numbers and the mark of Salesforce behind a name: `BOX_CLIENT_SECRET_PROD`, `tokens`, `Token__c`. */
const SUFFIXES =
  /(?:[-_. ]?(?:(?:pre)?prod(?:uction)?|live|dev(?:elopment)?|local|stag(?:e|ing)|test|qa|uat|demo|sandbox|ci|eu|us|uk|ap|north|south|east|west|central|old|new|prev(?:ious)?|current|next|copy|bak|backup|tmp|primary|secondary|main|default|plain)|(?<!\.)[-_]?v?[0-9]{1,4}|s|__c){1,3}$/i;

/** Box as the last word of a name: `CLIENT_SECRET_BOX`, `clientSecretBox`; not the end of one, as in `CLIENT_SECRET_SANDBOX`. */
const BOX_LAST = /(?:[-_.](?:box|BOX|Box)|(?<=[a-z0-9])Box)$/;

/** The kind that is called so, in any way of writing names. */
export function kindCalled(name: string): SecretKind | undefined {
  const own = kindOf(name);
  if (own !== undefined) return own;
  const bare = name.replace(SUFFIXES, "");
  const found = bare === name ? undefined : kindOf(bare);
  if (found !== undefined) return found;
  return BOX_LAST.test(bare) ? kindOfBox(bare.replace(BOX_LAST, "")) : kindWithBox(name, bare);
}

/** A token that no other row has, where the name has Box in it: `BOX_UPLOAD_TOKEN`. */
const ANY_TOKEN = /(?:token|bearer|authorization)$/;
/** What else is called a token: a place in a list, a proof against forgery, a telephone. */
const OTHER_TOKEN =
  /(?:page|cursor|continuation|next|sync|stream|position|csrf|xsrf|forgery|device|push|cancell?(?:ation)?|lock|design|cache|idempotency)token$/;

/** A team, a customer or a place behind a name with Box in it: `BOX_CLIENT_SECRET_FINANCE`. */
const LAST_WORD = /[-_]([A-Za-z]{2,16})[0-9]{0,3}$/;
/** A last word that makes something else of a secret's name. */
const OTHER_THING =
  /^(?:id|ids|name|names|ref|refs|reference|arn|uri|url|urls|path|file|files|dir|key|keys|type|kind|version|ver|hash|hashed|sha|md|hmac|crc|digest|checksum|etag|fingerprint|thumbprint|salt|iv|nonce|uuid|guid|index|count|limit|size|length|len|bucket|buckets|cache|cached|ttl|expiry|expires|expiration|at|on|by|date|time|status|state|env|var|variable|param|parameter|field|label|title|text|hint|help|description|desc|placeholder|format|regex|pattern|prefix|suffix|policy|endpoint|host|request|response|provider|store|storage|vault|secret|token|encrypted|enc|cipher|encoded|salted|digested|revision|commit|trace|error|message|msg|code|test|mock|fake|dummy|example|sample)$/i;

function kindWithBox(name: string, bare: string): SecretKind | undefined {
  if (!namesBox(name)) return undefined;
  const plain = plainOf(bare);
  if (ANY_TOKEN.test(plain)) return OTHER_TOKEN.test(plain) ? undefined : ACCESS_TOKEN;
  const last = LAST_WORD.exec(bare);
  if (last === null || OTHER_THING.test(last[1] ?? "")) return undefined;
  const before = bare.slice(0, last.index);
  const kind = kindOf(before) ?? kindOf(before.replace(SUFFIXES, ""));
  return kind?.vague ? undefined : kind;
}

/** A vague name becomes no clearer: a `secretbox` is a box of cryptography. */
function kindOfBox(name: string): SecretKind | undefined {
  const bare = name.replace(SUFFIXES, "");
  const kind = kindOf(name) ?? kindOf(bare) ?? kindWithBox(`box_${name}`, `box_${bare}`);
  return kind?.vague ? undefined : kind;
}

const plainOf = (name: string) => name.toLowerCase().replace(/[^a-z0-9]/g, "");

function kindOf(name: string): SecretKind | undefined {
  const plain = plainOf(name);
  return SECRET_KINDS.find(({ called }) => called.test(plain));
}

/** The row of a kind by its name. */
export const kindNamed = (name: (typeof SECRET_KINDS)[number]["name"]): SecretKind =>
  SECRET_KINDS.find((kind) => kind.name === name) ?? SECRET_KINDS[0];

const ACCESS_TOKEN = kindNamed("access token");
