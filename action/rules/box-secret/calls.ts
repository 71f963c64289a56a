import { IN_USER_INFO } from "./spans.ts";

/** An argument of a call, as the text before it shows. */
interface Argument {
  /** With its class or namespace: `BoxSDK.getBasicClient`. */
  readonly callee: string;
  /** From 0. */
  readonly position: number;
  /** Whether it is the only argument. */
  readonly alone: boolean;
}

interface Callee {
  readonly called: RegExp;
  /** What the arguments are, in order; undefined where one is no secret. */
  readonly takes: readonly (string | undefined)[];
  /** What the argument is if there is only one. */
  readonly alone?: string;
  /** Classes and methods that others have as well: something else must name Box. */
  readonly shared?: true;
}

const APP = ["clientID", "clientSecret"] as const;
const KEYS = ["primaryKey", "secondaryKey"] as const;
const MESSAGE = [undefined, undefined, "webhookPrimaryKey", "webhookSecondaryKey"] as const;

/** The official and community SDKs, and UI Elements. */
const CALLEES: readonly Callee[] = [
  {
    called: /\bBoxA(?:PI|pi)Connection$/,
    takes: [...APP, "accessToken", "refreshToken"],
    alone: "developerToken",
  },
  { called: /(?:applicationServiceAccountConnection|userConnection)$/, takes: APP },
  { called: /\bBoxDeveloperEditionAPIConnection$/, takes: [undefined, undefined, ...APP] },
  { called: /\bgetApp(?:Enterprise|User)Connection$/, takes: [undefined, ...APP] },
  { called: /BoxTransactionalAPIConnection(?:\.getConnection)?$/, takes: ["accessToken"] },
  // The SDK for .NET takes the id of the key behind its passphrase, the one for Java before it.
  { called: /\bBoxConfig$/, takes: [...APP, undefined, undefined, "passphrase", "passphrase"] },
  { called: /\bBoxConfigBuilder$/, takes: [...APP, undefined, undefined, "passphrase"] },
  { called: /BoxWebHookSignatureVerifier$/, takes: ["primarySignatureKey", "secondarySignatureKey"] },
  { called: /BoxDeveloperTokenAuth$/, takes: ["developerToken"] },
  { called: /BoxCCGAuth$|\bC(?:CG|cg)Config(?:\.(?:CCGConfig)?Builder)?$|\bCCGAuth(?:::new)?$/, takes: APP },
  {
    called: /\bJ(?:WT|wt)Config(?:\.(?:JWTConfig)?Builder)?$/,
    takes: [...APP, undefined, undefined, "passphrase"],
    shared: true,
  },
  {
    called: /\bOAuthConfig(?:\.(?:OAuthConfig)?Builder)?$|\bOAuth2$/,
    takes: [...APP, "accessToken", "refreshToken"],
    shared: true,
  },
  { called: /\bJWTAuth$/, takes: APP, shared: true },
  { called: /\bOAuthSession$/, takes: ["accessToken", "refreshToken"], shared: true },
  { called: /\bDev(?:Auth|Config)::new$|\bAuthDeveloper::new$/, takes: ["developerToken"], shared: true },
  { called: /\bget(?:Basic|Persistent)Client$/, takes: ["accessToken"] },
  { called: /\bbox\w*\.(?:Admin|User)Client$/i, takes: ["accessToken"] },
  { called: /\bBoxr::Client\.new$/, takes: ["accessToken"] },
  { called: /\bBoxr(?:::|\.)refresh_tokens$/, takes: ["refreshToken"] },
  { called: /\bbox_auth$|\bBox_API$/, takes: APP },
  { called: /\bvalidateWebhookMessage$/, takes: MESSAGE },
  { called: /\bvalidate(?:Message|_message)$/, takes: MESSAGE, shared: true },
  { called: /BoxWebhooksManager\.VerifyWebhook$/, takes: [...Array(5), ...KEYS] },
  {
    called:
      /\b(?:box\w{0,40}|(?:content)?(?:preview|explorer|picker|uploader|sidebar)\w{0,20}|\w{1,20}(?:Preview|Explorer|Picker|Uploader))\.show$/i,
    takes: [undefined, "accessToken"],
    shared: true,
  },
  { called: /\bauth=$/, takes: APP, shared: true },
];

/** What the text before an argument ends with. */
const BEGINS = /[(,]\s{0,40}[bru@$]{0,2}["'`]?$/;
/** What `BEGINS` matches at most. */
const BEGIN_CHARACTERS = 44;
/** More than a call of the longest names and arguments takes. */
const CALL_CHARACTERS = 640;
const CALLEE = /((?:[A-Za-z_]\w{0,60}(?:\.|::)){0,3}[A-Za-z_]\w{0,60}=?)\s{0,3}$/;

/** The call whose argument begins where `before` ends. */
function argumentAt(before: string, after: string): Argument | undefined {
  if (!BEGINS.test(before.slice(-BEGIN_CHARACTERS))) return undefined;
  const near = before.slice(-CALL_CHARACTERS);
  const open = openBracket(near);
  if (open === undefined || near[open.at] !== "(") return undefined;
  const callee = CALLEE.exec(near.slice(Math.max(0, open.at - CALLEE_CHARACTERS), open.at))?.[1];
  const { position } = open;
  return callee === undefined ? undefined : { callee, position, alone: position === 0 && ENDS.test(after) };
}

/** Four names of 45 characters with what joins them. */
const CALLEE_CHARACTERS = 200;
/** The end of the value and of the call. */
const ENDS = /^["'`]?(?:\.to_owned\(\)|\.to_string\(\)|\.into\(\))?\s{0,20}\)/;

/** The innermost bracket that is open at the end, and the commas behind it. Goes back over the text once. */
function openBracket(text: string): { readonly at: number; readonly position: number } | undefined {
  let [depth, position] = [0, 0];
  for (let at = text.length - 1; at >= 0; at--) {
    const character = text[at] as string;
    if (character === ";") return undefined;
    if (character === "," && depth === 0) position++;
    if (")]}".includes(character)) depth++;
    if ("([{".includes(character) && depth-- === 0) return { at, position };
  }
  return undefined;
}

/** OmniAuth's `provider :box, 'id', 'secret'`, Devise's `config.omniauth :box, …`, goth's `box.New("id", "secret", …`. */
const PROVIDER =
  /\b(?:(?:provider|omniauth)\s?\(?\s?:box(?:_oauth2?)?,|box\.New\()\s{0,10}[^,\n]{1,80},\s{0,10}["']$/;
/** `new Box(id, "secret", redirectURI)` of arctic: components that are called so take no address in the third place. */
const ARCTIC = /\bnew (?:arctic\.)?Box\(\s{0,10}[^,\n]{1,80},\s{0,10}["'`]$/;
const ADDRESS = /^["'`],\s{0,10}(?:["'`](?:https?:|\$\{)|[\w.]{0,60}(?:ur[il]|redirect|callback))/i;
/** `new Box.Preview().show("id", "token"`, also where a variable of any name is between. */
const UI_ELEMENT =
  /\bnew Box\.(?:Preview|(?:File|Folder)Picker|Content[A-Z]\w{1,30})\b[\s\S]{0,480}\.show\(\s{0,10}["'][^"'\n]{0,40}["'],\s{0,10}["']$/;
/** A command of Box's own CLI. */
const BOX_CLI =
  /(?:^|[\n;&|`$(>]|[ \t])box[ \t]+[a-z][\w:-]{1,60}(?:[ \t][^\n;|&]{0,300})?[ \t](?:--token|-t)[ =]["']?$/;
/** `curl -u id:secret`, sent to Box. */
const USER = /[ \t](?:-u|--user)[ =]?["']?[A-Za-z0-9]{32}:$/;
/** `https://id:secret@api.box.com`. */
const USER_INFO = /\b[a-z]{3,12}:\/\/[A-Za-z0-9]{32}:$/;
/** `http -A bearer -a token`. */
const HTTPIE = /-A[ =]?bearer[ \t]+(?:-a|--auth)[ =]["']?$/;
const NETRC = /\bmachine\s+(?:[\w-]{1,40}\.){0,3}box\.com\s[^\n]{0,120}\bpassword\s{1,3}$/;

export interface TakenValue {
  readonly name: string;
  /** Whether only Box has such a call. */
  readonly taken: boolean;
}

/** What the call or command takes whose argument begins where `before` ends. */
export function argumentName(before: string, after: string): TakenValue | undefined {
  const found = argumentAt(before, after);
  const callee = found && CALLEES.find(({ called }) => called.test(found.callee));
  const name = found?.alone ? (callee?.alone ?? callee?.takes[0]) : callee?.takes[found?.position ?? 0];
  if (callee && name !== undefined) return { name, taken: callee.shared !== true };
  const near = before.slice(-CALL_CHARACTERS);
  if (PROVIDER.test(near)) return { name: "clientSecret", taken: true };
  if (ARCTIC.test(near) && ADDRESS.test(after)) return { name: "clientSecret", taken: true };
  if (UI_ELEMENT.test(near)) return { name: "accessToken", taken: true };
  if (USER_INFO.test(near) && IN_USER_INFO.test(after)) return { name: "clientSecret", taken: true };
  if (NETRC.test(near) || BOX_CLI.test(near)) return { name: "accessToken", taken: true };
  if (HTTPIE.test(near)) return { name: "accessToken", taken: false };
  return USER.test(near) ? { name: "clientSecret", taken: false } : undefined;
}
