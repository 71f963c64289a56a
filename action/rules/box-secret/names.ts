import { argumentName } from "./calls.ts";
import { insideBoxCall } from "./context.ts";
import { kindCalled, kindNamed, type SecretKind } from "./kinds.ts";
import { nameAfter, nameInItem, nameInParent, nameInStatement, nameOfInput, REACH } from "./statement.ts";
import { namesBox } from "./vendor-names.ts";

/** The name of a value in the place where it is. */
export interface NamedValue {
  /** As written, with dots for colons, or the parameter's name in a call of Box's SDK. */
  readonly name: string;
  readonly kind: SecretKind;
  /** Whether one of Box's own classes or methods takes it. */
  readonly taken: boolean;
  /** A bearer token belongs to the host that it is sent to. */
  readonly bearer: boolean;
}

const NAME = String.raw`([A-Za-z_$][\w$.:-]{0,100})`;
/** Where a form begins with a name, only there: a try at each letter of each word costs thirty times as much. */
const FIRST_NAME = `(?<![A-Za-z_$])${NAME}`;
/** `-DBOX_CLIENT_SECRET=V` of CMake, Maven and Java. */
const FIRST_OPTION = `(?<![A-Za-z_$])(?:(?<=-)D(?=[Bb][Oo][Xx]))?${NAME}`;
const QUOTE = "[\"'`\\\\]{0,4}";
/** On the line of the name: in YAML the next line has a name of its own. */
const TYPE = String.raw`(?:[ \t]{0,3}:[ \t]{0,3}[A-Za-z][\w<>.?|\[\]]{0,40}|[ \t]{1,3}(?:string|String|str))?`;

/** A name as people write it in prose and in tables; `<Box token="…">` is an element with an attribute. */
const TITLE = `(?<!<)\\b((?:(?:${inProse("webhook client app developer dev access refresh primary secondary key box")}) ){1,2}(?:${inProse("secret token key passphrase")})|[Pp]assphrase|PASSPHRASE)`;

/** `client`, `Client` and `CLIENT`. */
function inProse(words: string): string {
  const forms = words
    .split(" ")
    .map(
      (word) => `[${word.charAt(0)}${word.charAt(0).toUpperCase()}]${word.slice(1)}|${word.toUpperCase()}`,
    );
  return forms.join("|");
}

/** The forms of a name before its value in files that people write; each ends where the value begins. */
const FORMS = [
  // Client Secret: V, | Developer Token | V |
  `${TITLE}(?: \\([^()\\n]{1,30}\\))?(?:["'\`*_ |:=\\t]{1,12}| - )`,
  // ### Client Secret, then a line of its own; <td>Client Secret</td><td>V
  `${TITLE}["'\`*_ :]{0,6}\\n{1,2}(?:\`\`\`[a-z]{0,12}\\n)?[ \\t]{0,8}["'\`]?`,
  `${TITLE}\\s{0,4}</[a-z]{1,6}>\\s{0,20}<[a-z]{1,6}(?:\\s[^<>]{0,60})?>\\s{0,4}`,
  // The client secret of our Box app is V
  `${TITLE} [^.\\n]{0,60}\\b(?:is|was)[: ]\\s{0,2}["'\`*]{0,3}`,
  // client_secret: V, "clientSecret": "V", ENV['X'] = 'V', 'x' => 'V', const x: string = "V", X=V, &x=V
  `${FIRST_OPTION}["'\`\\\\\\])]{0,4}${TYPE}\\s{0,8}(?::=|=>|=|:)\\s{0,8}(?:[rbufRBF@$\\{]{1,2}(?=["'\`]))?${QUOTE}`,
  // getenv("X", "V"), define('X', 'V'), process.env.X ?? "V", os.getenv("X") or "V"
  `["']${NAME}["']\\]?\\)?\\s{0,4}(?:,|\\|\\||\\?\\?|or)\\s{0,8}["'\`]`,
  `${FIRST_NAME}\\)?\\s{0,4}(?:\\|\\||\\?\\?|or)\\s{0,8}["'\`]`,
  // "client_secret";s:32:"V", as PHP serializes it
  `"${NAME}\\\\{0,3}";s:[0-9]{1,4}:\\\\{0,3}"`,
  // {client_secret, "V"} and {client_secret, <<"V">>} of Erlang
  `\\{${NAME},\\s{0,8}(?:<<)?["']`,
  // setClientSecret("V")
  `${FIRST_NAME}\\(\\s{0,8}["'\`]`,
  // <clientSecret>V</clientSecret>, <clientSecret><![CDATA[V
  `<(?:[\\w-]{1,40}:)?${NAME}(?:\\s[^<>]{0,80})?>\\s{0,20}(?:<!\\[CDATA\\[\\s{0,20})?`,
  // name: X, value: V in Kubernetes, ECS, appSettings
  `["'\\s]${NAME}["']?(?:,\\s{0,40}|\\s{1,40})["']?(?:value|Value)["']?\\s{0,3}[:=]\\s{0,3}["']?`,
  // <string name="X">V</string>
  `<\\w{1,40}\\s[^<>]{0,80}?\\b(?:name|key|id)=["']${NAME}["'][^<>]{0,80}>\\s{0,20}`,
  // <key>X</key><string>V</string>, <field>X</field><value xsi:type="xsd:string">V</value>
  `>${NAME}</\\w{1,40}>\\s{0,40}<\\w{1,40}(?:\\s[^<>]{0,80})?>\\s{0,20}`,
  // name="X" and an empty line: multipart/form-data
  `\\bname=["']${NAME}["'][^\\n]{0,80}\\n(?:[\\w-]{1,40}: ?[^\\n]{0,80}\\n){0,2}\\r?\\n`,
  // variable "X" { default = "V" }
  `\\bvariable\\s{1,3}"${NAME}"\\s{0,3}\\{[^{}]{0,160}\\bdefault\\s{0,20}=\\s{0,3}"`,
  // put-parameter --name /a/X --value V, create-secret --name a/X --secret-string V, gh secret set X --body V
  `(?:--name|\\bsecret set)[ =]["']?([\\w./-]{1,100})["']?[^\\n]{0,80}?[\\s\\\\]{1,20}--(?:value|secret-string|body)[ =]["']?`,
  // --client-secret V, ENV X V, setx X V
  `--${NAME}\\s["']?`,
  `\\b(?:ENV|ARG|set|setx|setenv|export)\\s{1,3}(?:--?[\\w-]{1,20}\\s{1,3})*${NAME}\\s["']?`,
].map((form) => ({ form: new RegExp(`${form}$`), end: endOf(form) }));

/** How a form that may begin at every word ends: nearly no text ends so, and its last characters show it. */
function endOf(form: string): RegExp | undefined {
  if (form.includes("(?::=|=>|=|:)")) return /[=:>]\s{0,8}[rbufRBF@${]{0,2}["'`\\]{0,4}$/;
  return form.endsWith("[\"'`]") ? /["'`]$/ : undefined;
}

/** What the patterns of `endOf` match at most is 15. */
const END_CHARACTERS = 16;

const BEARER = /\b(bearer)(?:\s|%20|[\\"'`+,]){1,8}$/i;

/** Nearly every text fails this, so that the forms are seldom tried. */
const HINT = /secret|pass|token|key|bearer|auth|client|box/i;

/** A command with a name of 100 characters has 230; only a block of Terraform may be longer. */
const ANY_NAME_CHARACTERS = 240;

/** Whether it is worth determining the name of the value that begins where `before` ends. */
export const mayBeNamed = (before: string): boolean => HINT.test(before.slice(-ANY_NAME_CHARACTERS));

/** What the value between `before` and `after` is called directly before it, or by the call that takes it. */
export function* namesOfValue(before: string, after: string): Generator<NamedValue> {
  const near = before.slice(-ANY_NAME_CHARACTERS);
  if (HINT.test(near)) {
    const bearer = BEARER.exec(near);
    if (bearer) {
      yield* some(named("Authorization", false, true));
      return yield* some(bearerSetting(near.slice(0, bearer.index)));
    }
    yield* some(namedBefore(near, before));
  }
  const argument = argumentName(before, after);
  if (argument) yield* some(named(argument.name, argument.taken, false));
}

/** `BOX_AUTH="Bearer V"` */
const SETTING = /(?<![\w$.-])([A-Za-z_$][\w$.-]{0,100})["']?\s{0,4}[:=]\s{0,4}["'`\\]{0,4}$/;

/** The setting that holds a bearer token, if its name has Box in it. */
function bearerSetting(before: string): NamedValue | undefined {
  const name = SETTING.exec(before)?.[1];
  if (name === undefined || !namesBox(name)) return undefined;
  return { name, kind: kindNamed("access token"), taken: false, bearer: true };
}

/** Every name of a secret has one of these. */
const NAME_HINT = /secret|pass|token|key|webhook/i;

/** Whether it is worth searching further for a name. */
export const mayBeNamedFurther = (before: string, after: string): boolean =>
  [before.slice(-REACH), after.slice(0, REACH)].some((text) => NAME_HINT.test(text));

/** The name of the values of a column. */
export const nameOfColumn = (column: string): NamedValue | undefined => named(column, false, false);

/**
 * What the value is called further away, the likeliest first: in its statement, or behind it. Lazy: the next name is
 * searched for only if the last one does not belong to Box.
 */
export function* namesFurther(before: string, after: string): Generator<NamedValue> {
  const ofItem = nameInItem(before, after);
  if (ofItem !== undefined) return yield* some(named(ofItem, insideBoxCall(before), false));
  const finders = [
    () => nameInStatement(before),
    () => nameInParent(before),
    () => nameAfter(after),
    () => nameOfInput(before),
  ];
  for (const find of finders) {
    const name = find();
    if (name !== undefined) yield* some(named(name, insideBoxCall(before), false));
  }
}

function* some(value: NamedValue | undefined): Generator<NamedValue> {
  if (value) yield value;
}

function namedBefore(near: string, before: string): NamedValue | undefined {
  const last = near.slice(-END_CHARACTERS);
  for (const { form, end } of FORMS) {
    if (end?.test(last) === false) continue;
    const name = form.exec(near)?.[1];
    const found = name === undefined ? undefined : named(name, insideBoxCall(before), false);
    if (found) return found;
  }
  return undefined;
}

function named(written: string, taken: boolean, bearer: boolean): NamedValue | undefined {
  const name = written.replace(/^[./]+|[:.$-]+$/g, "").replace(/::?|\//g, ".");
  const kind = kindCalled(name);
  return kind && { name, kind, taken, bearer };
}
