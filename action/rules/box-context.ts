/*
 * How much speaks for it that a value belongs to Box. Texts are latin1: one character is one byte.
 */

const OWNERS =
  "client|app|enterprise|jwt|ccg|oauth2?|dev|developer|access|refresh|api|public|private|webhook|signature|subject";
const THINGS = "id|secret|token|key|auth|config|passphrase|type|url|credentials|access|developer";

/**
 * Names that only Box and its SDKs have, and variables that are named after them. All of them begin with "box", so
 * that V8 skips to it, and look back from there: this sees whole files.
 */
const MARKS = new RegExp(
  `box(?:${[
    String.raw`(?<=(?<![a-z0-9.-])(?:[a-z0-9-]{1,60}\.){0,3}box)\.com\b`,
    "AppSettings",
    // A remote of rclone.
    String.raw`(?<=\ntype = box)(?=[\r\n])`,
    String.raw`(?<=\bbox)[-_](?:(?:node|java|python|typescript|ts|windows|dotnet|swift|ios|ruby|js)[-_])?sdk`,
    String.raw`(?<=\bbox)(?:sdk|r)\b`,
    String.raw`(?<=\bcom\.box)\.sdk`,
    `(?<![a-z0-9]box)(?<!(?:check|drop|mail|sand|in|out|text|virtual|combo|list|tool)[_.-]box)[_.-]?(?:${OWNERS})[_.-]?(?:${THINGS})`,
  ].join("|")})`,
  "i",
);

/** Classes and namespaces of Box's SDKs. */
const CLASSES =
  /\bBox(?:SDK|API|CCG|Ccg|JWT|Jwt|OAuth|DeveloperToken|DeveloperEdition|Client|Session|Auth|Config)(?![a-z])|\bBox\.(?:V2|Sdk)\b/;

/** Whether the text has one of Box's own names in it. */
export const marksBox = (text: string): boolean => MARKS.test(text) || CLASSES.test(text);

/** Classes and methods of Box's SDKs and the credentials that they take in order. */
const CALLEES: readonly (readonly [callee: RegExp, ...takes: readonly string[]])[] = [
  [/BoxAPIConnection$/, "clientID", "clientSecret", "accessToken", "refreshToken"],
  [/BoxConfig(?:Builder)?$/, "clientID", "clientSecret"],
  [/BoxDeveloperTokenAuth$/, "developerToken"],
  [/(?:applicationServiceAccountConnection|userConnection)$/, "clientID", "clientSecret"],
  [/getBasicClient$/, "accessToken"],
  [/BoxCCGAuth|CCGConfig$/, "clientID", "clientSecret"],
];

const CALL =
  /\b([A-Za-z]\w{2,60})\s{0,3}\(\s{0,20}((?:(?:"[^"\n]{0,100}"|'[^'\n]{0,100}'|[\w.]{1,60})\s{0,3},\s{0,40}){0,3})["']?$/;

/** What the pattern of a call ends with: without it, the pattern is not tried at each word. */
const ARGUMENT = /[(,]\s{0,40}["']?$/;
const ARGUMENT_CHARACTERS = 42;
/** More than a call of the longest names and arguments takes. */
const CALL_CHARACTERS = 640;

/** The name of the argument between `before` and `after`, in a call of one of Box's SDKs. */
export function argumentName(before: string, after: string): string | undefined {
  if (!ARGUMENT.test(before.slice(-ARGUMENT_CHARACTERS))) return undefined;
  const [, callee, earlier] = CALL.exec(before.slice(-CALL_CHARACTERS)) ?? [];
  if (callee === undefined || earlier === undefined) return undefined;
  const takes = CALLEES.find(([pattern]) => pattern.test(callee))?.slice(1) as readonly string[] | undefined;
  const position = earlier.split(",").length - 1;
  // With one argument it is a token.
  const alone = callee === "BoxAPIConnection" && /^["']\s{0,20}\)/.test(after);
  return position === 0 && alone ? "developerToken" : takes?.[position];
}

/** Whether the last call that is still open is one of Box's: `BoxCCGAuth({ clientId: "…", clientSecret: "`. */
export function insideBoxCall(before: string): boolean {
  const call =
    /\b(?:Box(?:SDK|API|CCG|Ccg|JWT|Jwt|OAuth|Developer|Client|Config)\w*|boxsdk\.\w+|BoxSDK\.\w+)\s*[({][^;)]*$/;
  return call.test(before);
}

const KEY = /^[ \t]*(?:-[ \t]+)?["']?([A-Za-z_][\w.-]{0,60})["']?[ \t]*(?:[:=]|[({[])/;
const SECTION = /^[ \t]*\[+["']?([^\]\n"']{1,80})["']?\]+/;
const BLOCK = /^[ \t]*(?:resource|data|provider|module|variable|secret)[ \t]+("[^\n{]{0,160})\{/;

/**
 * The names of the objects, sections and blocks around the last line of `before`, innermost first, as its
 * indentation and headers tell.
 */
export function enclosingNames(before: string): readonly string[] {
  const lines = withoutDiffMarks(before).split("\n");
  const last = lines.pop() ?? "";
  const opened = [...last.matchAll(/["']?([A-Za-z_][\w.-]{0,60})["']?\s{0,5}[:=]{1,2}>?\s{0,5}[{([]/g)];
  const names = [...openElements(before), ...opened.map((match) => match[1] ?? "").reverse()];
  let depth = indentation(last);
  for (const line of lines.reverse()) {
    const section = SECTION.exec(line)?.[1];
    if (section !== undefined) return [...names, section];
    if (line.trim() === "" || indentation(line) >= depth) continue;
    depth = indentation(line);
    const name = BLOCK.exec(line)?.[1] ?? KEY.exec(line)?.[1];
    if (name !== undefined) names.push(name);
  }
  return names;
}

const withoutDiffMarks = (text: string) => (/^@@ /m.test(text) ? text.replace(/^[ +-]/gm, "") : text);

const TAG = /<(\/?)([A-Za-z][\w.:-]{0,60})(?:\s[^<>]{0,200})?>/g;

/** The elements of XML around the end of `before`, where an element's text begins there. */
function openElements(before: string): readonly string[] {
  if (!/>\s{0,20}$/.test(before)) return [];
  const open: string[] = [];
  for (const [tag, closing, name = ""] of before.matchAll(TAG)) {
    if (closing) open.splice(0, open.indexOf(name) + 1);
    else if (!tag.endsWith("/>")) open.unshift(name);
  }
  return open;
}

const indentation = (line: string) => line.length - line.trimStart().length;

/** Hosts that stand near: a token goes to the one that is named with it. */
export function hostsIn(text: string): readonly string[] {
  return [...text.matchAll(/\bhttps?:\/\/([a-z0-9.-]{3,100})/gi)].map((match) =>
    (match[1] ?? "").toLowerCase(),
  );
}

export const isBoxHost = (host: string): boolean => host === "box.com" || host.endsWith(".box.com");
