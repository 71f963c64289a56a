import { enclosingNames } from "./context.ts";
import { kindCalled } from "./kinds.ts";
import { namesBox, namesOtherVendor } from "./vendor-names.ts";

/*
 * The name of a value that is not directly before it: in the same statement, with types, keywords, defaults or the
 * words of a command between, or behind the value.
 */

const words = (list: string): ReadonlySet<string> => new Set(list.trim().split(/\s+/));

/** Names of properties that hold the value of something that is named elsewhere. */
const SLOTS = words(
  "value val default defaultvalue parametervalue initial secret secretstring secret_string secretstringvalue string stringvalue text data body password content s setting plaintext",
);

/** Words between a name and its value that mean nothing of their own. */
const NEUTRAL = words(`
  value val default defaultvalue parametervalue secret secretstring secret_string secretstringvalue string stringvalue text
  data body password content setting
  str u8 bytes char varchar nvarchar text object any null none nil undefined true false yes no type final const static
  let var final literal export public private protected readonly as is of for the our new get set return optional some
  env environment process config configuration os sys system kind name key id parameterkey field secretstr min max
  noecho sensitive required description default_value label help format doc from to_string to_owned into unwrap_or
  unwrap_or_else unwrap_or_default or orelse getorelse getordefault ofnullable getenv getproperty fetch setdefault z joi
  usepreviousvalue slotsetting serializeas xml space preserve version translatable std string_view nsstring converttosecurestring
  android cdata plist td th tr securestring int bool boolean quote lookup nullable trim app apps box prod dev test
  lambda do previous enabled user me kv mount vault create put add versions version write secrets generic literal number
  ssm parameter store overwrite securestring tier standard string select cast varchar2 nstring nvarchar2 freeze`);

/** The value is something that is computed from a file or names a thing, whatever is before it. */
const OTHER_VALUE =
  /(?:hash|md5|sha[0-9]*|digest|checksum|etag|uuid|guid|commit|revision|integrity|fingerprint|thumbprint|nonce|salt|(?:client|app|key|user|file|folder|request|trace|event|session|tenant|enterprise)_?ids?)$/i;

/** Whether what is called so is no secret, whatever is beside it: `client_id`, `sha`. */
export const namesOtherValue = (name: string): boolean => OTHER_VALUE.test(plain(name));

/** Characters before and behind a value in which its name may be. */
export const REACH = 320;
/** Words between a name and its value; types, keywords and defaults are fewer, and prose has more. */
const MAX_WORDS = 16;
/** Lines of a statement that is wrapped; what is further up is another one. */
const MAX_LINES = 6;
const WORD = /[A-Za-z_$@][\w$]*(?:(?:[.:/]|->|-)[\w$]+)*/g;

/** The name of the property or variable that the value is assigned to directly. */
const SLOT =
  /([A-Za-z_$][\w$-]{0,60})["'`\\\])]{0,4}\s{0,4}(?::=|=>|[:=])\s{0,4}[&@$!\w]{0,6}\s{0,2}["'`\\]{0,4}$/;
const TYPES = words(
  "u8 str string char bytes text undefined null literal nsstring varchar object any symbol",
);

/** What is read as one statement: the last lines, up to an empty one. */
function statement(before: string): string {
  const near = before.slice(-REACH);
  const lines = near.split("\n").slice(-MAX_LINES);
  const empty = lines.findLastIndex((line, at) => at < lines.length - 1 && line.trim() === "");
  return lines.slice(empty + 1).join("\n");
}

/** An encrypted value replaces a secret and is none. */
const ENCRYPTED = /\bENC[[(]|\{cipher\}|AES256_GCM|\$ANSIBLE_VAULT|!vault|\bencrypted/i;

const plain = (word: string) => word.toLowerCase().replace(/[^a-z0-9_]/g, "");

/** The name in the statement that ends with the value, if no other thing is named between. */
export function nameInStatement(before: string): string | undefined {
  const text = statement(before);
  if (ENCRYPTED.test(text)) return undefined;
  const slot = SLOT.exec(text.slice(-120))?.[1];
  if (slot !== undefined && !isEmptyName(slot)) return kindCalled(slot) && slot;
  return nameAmong((text.replace(ADDRESS, " ").match(WORD) ?? []).slice(-MAX_WORDS).reverse());
}

/** Host and path, which name no value: `https://api.box.com/oauth2/token`. */
const ADDRESS = /\bhttps?:\/\/[\w.:/-]{1,300}/g;

/** The first of the words that is the name of a secret; one that does not name Box only behind neutral words. */
function nameAmong(found: readonly string[]): string | undefined {
  let strict = true;
  for (const word of found) {
    const name = plain(word);
    if (namesOtherValue(word) || namesOtherVendor(word)) return undefined;
    const kind = kindCalled(word);
    const own = kind !== undefined && namesBox(word);
    if (own || (kind !== undefined && !kind.vague && !NEUTRAL.has(name)))
      return strict || own ? word : undefined;
    if (!NEUTRAL.has(name)) strict = false;
  }
  return undefined;
}

const isEmptyName = (name: string) => SLOTS.has(plain(name)) || TYPES.has(plain(name)) || plain(name) === "x";

/** The key of an object, of a map or of a list of pairs. */
const KEY = /([A-Za-z_][\w-]{0,40})["'`\]]{0,2}\s{0,3}(?:=>|[:=,])\s{0,3}["'`]?$/;

/** The name that a key and the one around it make: `webhook: { primary: V }`, `client_secrets: { box: V }`. */
export function nameInParent(before: string): string | undefined {
  const key = KEY.exec(before.slice(-64))?.[1];
  const [parent] = key === undefined ? [] : enclosingNames(before);
  if (key === undefined || parent === undefined) return undefined;
  if (kindCalled(`${parent}.${key}`)) return `${parent}.${key}`;
  return namesBox(key) && kindCalled(parent) ? `${key}.${parent}` : undefined;
}

/** The property that has the value, where its line begins with it, in a list or not. */
const ITEM_SLOT = /(?:^|\n)([ \t]*(?:-[ \t]+)?)["']?([A-Za-z_]\w{0,60})["']?:[ \t]{1,4}["']?$/;
/** A property that has a name. */
const ITEM_NAME =
  /^([ \t]*)["']?(?:[Nn]ame|[Kk]ey|[Ii]d|[Pp]arameter(?:Key|Name))["']?:[ \t]{1,4}["']?([A-Za-z_$@/.][\w$./:-]{1,100})["']?[ \t]*\r?$/;

/** The name that is behind the value in the same item of YAML: `- value: V` and then `  name: X`. */
export function nameInItem(before: string, after: string): string | undefined {
  const [, indent = "", slot = ""] = ITEM_SLOT.exec(before.slice(-120)) ?? [];
  if (!SLOTS.has(plain(slot))) return undefined;
  const [, ...lines] = after.slice(0, REACH).split("\n");
  for (const line of lines.slice(0, MAX_LINES)) {
    const depth = indentation(line);
    if (depth < indent.length || line.trim() === "") return undefined;
    const name = ITEM_NAME.exec(line);
    if (name?.[1]?.length === indent.length) return name[2];
  }
  return undefined;
}

const indentation = (line: string) => line.length - line.trimStart().length;

const NAME = String.raw`([A-Za-z_$@/.][\w$./:-]{1,100})`;
/** How a name is behind its value: in the same object or element, after a pipe, as a file, in a condition. */
const AFTER = [
  new RegExp(
    `^["']?\\s{0,4},[^{}]{0,120}?["']?\\b(?:name|key|Name|Key|id|ParameterKey)["']?\\s{0,3}[:=]\\s{0,3}["']${NAME}["']`,
  ),
  // JMeter: <stringProp name="Argument.value">V</stringProp>, and the name in a later one
  new RegExp(`^</stringProp>[\\s\\S]{0,240}?"Argument\\.name">${NAME}<`),
  // The settings of a project in .NET
  new RegExp(`^"\\)\\]\\s{1,40}public (?:static )?string ${NAME}`),
  new RegExp(`^["'][^<>]{0,120}\\b(?:key|name|id)=["']${NAME}["']`),
  new RegExp(`^['"]\\s{1,8}(?:WHERE|where)\\s{1,8}[\\w\`".]{1,40}\\s{0,4}=\\s{0,4}['"]${NAME}['"]`),
  new RegExp(
    `^["'\\\\n]{0,4}\\s{0,4}\\|\\s{0,4}[a-z]+ [^|\\n]{0,60}?\\b(?:create|add|put|set|secret-id|name)[ =]["']?${NAME}`,
  ),
  new RegExp(`^["']?\\s{1,4}>{1,2}\\s{0,4}["']?${NAME}`),
  new RegExp(`^["']?\\s[^\\n|]{0,80}?--(?:name|secret-id)[ =]["']?${NAME}`),
  new RegExp(`^["']\\s{1,4}\\.${NAME}`),
];

/** The name behind the value. */
export function nameAfter(after: string): string | undefined {
  const near = after.slice(0, REACH);
  for (const form of AFTER) {
    const name = form.exec(near)?.[1];
    if (name !== undefined && kindCalled(name)) return name;
  }
  return undefined;
}

/** `echo V |` and `<<< V`: the value is the input of a command. */
const INPUT = /([A-Za-z][\w./-]{1,100})(?: -| --data-file=-| --data-file -)?[ \t]{0,3}<<<[ \t]{0,3}["']?$/;

/** The name that a command stores its input under. */
export const nameOfInput = (before: string): string | undefined => INPUT.exec(before.slice(-REACH))?.[1];
