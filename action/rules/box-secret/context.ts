import { BEHIND_OTHER_BOX, namesBox } from "./vendor-names.ts";

/*
 * How strongly the context indicates that a value belongs to Box. Texts are latin1: one character is one byte.
 */

const OWNERS =
  "client|app|enterprise|jwt|ccg|oauth2?|dev|developer|access|refresh|api|public|private|webhook|signature|subject";
const THINGS = "id|secret|token|key|auth|config|passphrase|type|url|credentials|access|developer";

/**
 * Names that only Box and its SDKs have, and variables that are named after them. All of them begin with "box", so
 * that V8 skips to it, and look behind from there: this runs on whole files.
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
    // The SDK for iOS in Objective-C: `BOXContentClient`.
    String.raw`(?<=\bbox)content(?:client|sdk)\b`,
    String.raw`(?<=\bbox)(?:-ui-elements|cdn\.net|_sub(?:ject)?_(?:type|id))\b`,
    // The provider of Auth.js: `import Box from "next-auth/providers/box"`.
    "(?<=/providers/box)(?=[\"'])",
    // The provider of league/oauth2-client.
    String.raw`(?<=\bOAuth2\\{1,2}Client\\{1,2}Provider\\{1,2}box)\b`,
    String.raw`(?<=\b(?:passport-|rusty_)box)\b|(?<=\bdl\.box)cloud\.com\b`,
    `(?<![a-z0-9]box)${BEHIND_OTHER_BOX}[_.-]?(?:${OWNERS})[_.-]?(?:${THINGS})`,
  ].join("|")})`,
  "i",
);

/** Classes and namespaces of Box's SDKs and of UI Elements. All of them begin with "Box", for the same reason. */
const CLASSES = new RegExp(
  `Box(?:${[
    String.raw`(?<=\bBox)(?:SDK|Sdk|API|Api|CCG|Ccg|JWT|Jwt|OAuth|DeveloperToken|DeveloperEdition|Client|Session|Auth|Config)(?![a-z])`,
    String.raw`(?<=\bBox)(?:SdkGen\b|_API\b|r::|Transactional|WebHook|Webhooks|Strategy)`,
    String.raw`(?<=\bBox)\.(?:V2|Sdk|Preview|(?:File|Folder|Content)Picker|Content[A-Z][a-z]+)\b`,
    String.raw`(?<=\bStrategy\.Box)\b`,
  ].join("|")})`,
);

/** Whether the text has one of Box's own names in it. */
export const marksBox = (text: string): boolean => MARKS.test(text) || CLASSES.test(text);

/** Whether the last call that is still open is one of Box's: `BoxCCGAuth({ clientId: "…", clientSecret: "`. */
export function insideBoxCall(before: string): boolean {
  const call =
    /\b(?:Box(?:SDK|API|CCG|Ccg|JWT|Jwt|OAuth|Developer|Client|Config|Provider)\w*|boxsdk\.\w+|BoxSDK\.\w+)\s*[({][^;)]*$/;
  return call.test(before);
}

const KEY = /^[ \t]*(?:-[ \t]+)?["']?([A-Za-z_][\w.-]{0,60})["']?[ \t]*(?:[:=]|[({[])/;
const SECTION = /^[ \t]*\[+["']?([^\]\n"']{1,80})["']?\]+/;
const BLOCK = /^[ \t]*(?:resource|data|provider|module|variable|secret)[ \t]+("[^\n{]{0,160})\{/;

const CLASS =
  /^[ \t]*(?:[a-z]{1,12}[ \t]+){0,3}(?:class|module|object|struct|namespace|enum|interface)[ \t]+([A-Za-z_]\w{0,60})/;

/**
 * The names of the objects, sections and blocks around the last line of `before`, innermost first, as its
 * indentation and headers show.
 */
export function enclosingNames(before: string): readonly string[] {
  const lines = withoutDiffMarks(before).split("\n");
  const last = lines.pop() ?? "";
  const opened = [
    ...last.matchAll(/["']?([A-Za-z_][\w.-]{0,60})["']?\s{0,5}[:=]{1,2}>?\s{0,5}[{([]/g),
  ].filter((match) => isOpen(last.slice(match.index + match[0].length)));
  const names = [
    ...openElements(before),
    ...subscripts(last),
    ...opened.map((match) => match[1] ?? "").reverse(),
  ];
  let depth = indentation(last);
  for (const line of lines.reverse()) {
    const section = SECTION.exec(line)?.[1];
    if (section !== undefined) return [...names, section];
    if (line.trim() === "" || indentation(line) >= depth) continue;
    depth = indentation(line);
    const name = BLOCK.exec(line)?.[1] ?? CLASS.exec(line)?.[1] ?? KEY.exec(line)?.[1];
    if (name !== undefined) names.push(name);
  }
  return names;
}

/** The keys before the last one: `config['box']['secret'] = `. */
const SUBSCRIPTS =
  /((?:\[["':]?[\w.-]{1,60}["']?\]){1,3})\[["':]?[\w.-]{1,60}["']?\]\s{0,4}(?:\|\|)?=\s{0,4}["'`]?$/;
const subscripts = (line: string) => (SUBSCRIPTS.exec(line)?.[1]?.match(/[\w.-]+/g) ?? []).reverse();

/** Whether the text closes no bracket that it does not open. */
function isOpen(text: string): boolean {
  let depth = 0;
  for (const bracket of text.match(/[{}()[\]]/g) ?? []) {
    depth += "{([".includes(bracket) ? 1 : -1;
    if (depth < 0) return false;
  }
  return true;
}

const withoutDiffMarks = (text: string) => (/^@@ /m.test(text) ? text.replace(/^[ +-]/gm, "") : text);

const TAG = /<(\/?)([A-Za-z][\w.:-]{0,60})((?:\s[^<>]{0,200})?)>/g;
/** The end of a text inside of a tag, with the element's name. */
const IN_TAG = /<([A-Za-z][\w.:-]{0,60})\s[^<>]{0,300}$/;
/** What `IN_TAG` matches at most is 363. */
const IN_TAG_CHARACTERS = 368;
const IN_TEXT = />\s{0,20}(?:<!\[CDATA\[\s{0,20})?$/;

/**
 * The elements of XML around the end of `before`, where an element's text or the value of an attribute begins there,
 * with the names that beans have.
 */
function openElements(before: string): readonly string[] {
  const own = IN_TAG.exec(before.slice(-IN_TAG_CHARACTERS))?.[1];
  if (own === undefined && !IN_TEXT.test(before)) return [];
  const open: string[] = [];
  for (const [tag, closing, name = "", attributes = ""] of before.matchAll(TAG)) {
    if (closing) open.splice(0, open.indexOf(name) + 1);
    else if (!tag.endsWith("/>")) open.unshift(...(BEAN.test(name) ? idsIn(attributes) : []), name);
  }
  return own === undefined ? open : [own, ...open].filter(isNoComponent);
}

/** Elements whose id or name says what they are for; in HTML it says how they are shown. */
const BEAN = /^(?:bean|component|connect(?:ion|or)|provider|service|client|account|credentials?)$/i;
const idsIn = (attributes: string) =>
  [...attributes.matchAll(/\s(?:id|name)=["']([\w.-]{1,60})["']/g)].map((match) => match[1] ?? "");

/** `Box` is a component of user interfaces, and others are made of it. */
const isNoComponent = (name: string) => !/^box/i.test(name) || (name !== "Box" && BOX_ELEMENT.test(name));
const BOX_ELEMENT =
  /^box(?:$|:|[-_.]?(?:account|api|app|auth|client|config|connect|content|credential|explorer|oauth|options|picker|preview|provider|sdk|service|settings|storage|uploader))/i;

const indentation = (line: string) => line.length - line.trimStart().length;

/** Hosts that are near: a token is sent to the one that is named with it. */
export function hostsIn(text: string): readonly string[] {
  return [...text.matchAll(/\bhttps?:\/\/([a-z0-9.-]{3,100})/gi)].map((match) =>
    (match[1] ?? "").toLowerCase(),
  );
}

export const isBoxHost = (host: string): boolean => host === "box.com" || host.endsWith(".box.com");

const SELECTORS =
  "provider|type|kind|driver|service|vendor|connector|platform|source|adapter|backend|integration|strategy|title|name";
const PARTS =
  "apps?|client|upload(?:er)?|download(?:er)?|sync|connect\\w{0,4}|integration|storage|drive|files?|folders?|accounts?|users?|credentials?|settings|config|prod|dev|staging";

/** Box as the value of a setting, a key, a part of a path or of an identifier: `provider: box`, `['box']`, `box_apps`. */
const NAMED = new RegExp(
  [
    `\\b(?:${SELECTORS})["']?\\s{0,3}(?:=>|[:=])\\s{0,3}[:"']?(?:(?:tap|target|source|destination)-)?box\\b(?![.-]?\\w)`,
    `\\[["':]?box["']?\\]|[\\s({[,]:box\\b(?![.-]?\\w)|["'\`]box["'\`]\\s{0,3}[,:=]`,
    `\\b(?:secrets?|prod|dev|staging|kv|apps?|(?:managed)?apis)/(?:shared_)?box\\b(?![.-])|["'\\s=]/?box/[\\w-]|["'\\s]box:[a-z]`,
    // Erlang, connections of Airflow, remotes of rclone.
    "\\{box,\\s|\\bAIRFLOW_CONN_BOX(?![A-Z0-9])|\\bconnections add [\"']?box(?![a-z0-9])",
    "\\bRCLONE_CONFIG_\\w{1,40}_TYPE=[\"']?box\\b",
    "\\b(?:Add|Connect-)Box\\b",
    `--(?:name|title)[ =]["']?box\\b(?![.-])|\\bgeneric box\\b|\\bsecret box(?![a-z0-9.-])|\\brclone config create \\S{1,60} box\\b`,
    '\\b(?:INTO|UPDATE|FROM|TABLE|COPY)\\s{1,4}[\\w."`]{0,40}\\bbox\\b',
    `(?<![\\w-])box[_-](?:${PARTS})(?![a-z])|[\\s"/]\\.?box\\.[a-z]{1,20}[_-]?(?:secret|token|key|pass)`,
  ].join("|"),
  "i",
);

/** Whether a few lines name Box in a setting, a path or an identifier. */
export const namesBoxIn = (text: string): boolean => NAMED.test(text);

/**
 * The call or block that is still open: `setBox(clientSecret: "`, `box { client_secret: "`, `box.Config{ClientSecret: "`.
 * Many libraries have a `Box(`.
 */
const OPEN = /\b(?:(?<=\benum )|(?!Box\b))(box\.[A-Z]\w{0,60}|[A-Za-z_]\w{0,60})\s{0,2}[({][^(){};]{0,300}$/;
/** What `OPEN` matches at most is 365. */
const OPEN_CHARACTERS = 368;
/** A class in a configuration, a URI of Apache Camel, a member of a package, a comment. */
const USED =
  /\.Box[A-Z]\w{1,40}["']|\bbox:\/\/|\bbox\.(?:Endpoint|AuthURL|TokenURL)\b|(?:#|\/\/|\/\*|--) {1,3}(?:[Bb]ox|BOX)\b(?![.:(<-])/;

/** Whether the statement of a value, of which some lines are before and behind it, is about Box. */
export const usesBox = (before: string, behind: string): boolean =>
  namesBox(OPEN.exec(before.slice(-OPEN_CHARACTERS))?.[1] ?? "") || USED.test(before) || USED.test(behind);
