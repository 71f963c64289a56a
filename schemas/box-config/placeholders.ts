/*
 * What may be in a committed document where a secret or an id belongs: a reference to the place where the
 * value is kept, or a word that is clearly no value. The committed schema is made of the same rows.
 */

/** JSON Schema has no flag for it. */
const anyCase = (word: string) =>
  word.replace(/[a-z]/g, (letter) => `[${letter.toUpperCase()}${letter}]`).replaceAll(" ", "[-_. ]?");

const oneOf = (words: string) =>
  words
    .trim()
    .split(/\s+/)
    .map((word) => anyCase(word.replaceAll("~", " ")))
    .join("|");

/** Schemes of tools that fetch a secret when the program starts. */
const SCHEMES =
  "op vault awssm aws-sm aws-ssm secretsmanager ssm gcpsm gsm gcp-sm akv keyvault azure-kv keeper doppler env file sops secret secrets ref bw lpass pass kms";

/** A value that holds one of these words is clearly no secret; `~` is a gap of at most one character. */
const TELLING =
  "example placeholder redact change~me replace insert dummy sample fixme goes~here secret~here masked hidden removed censored filtered omitted paste not~real unset";

/** The same, but one in 8,000 random values holds one of these four letters: only where it is clearly a word. */
const SHORT_TELLING = "your fake todo mock";
const capitalized = SHORT_TELLING.replace(/\b[a-z]/g, (letter) => letter.toUpperCase());
const exactly = (words: string) => words.replaceAll(" ", "|");

/** A value made of these alone is a name. No word is made of others, so there is one way to read a value. */
const NAMING =
  "access api app auth bar baz box client config demo dev enterprise foo here id jwt key my new null none of pass phrase primary private prod public rsa secondary secret service signature some test the token undefined user value webhook word";

/** Sources of regular expressions for a whole value; also valid with the `u` flag and in JSON Schema. */
const PLACEHOLDERS = {
  /** A shell, Terraform and most templates. */
  braces: String.raw`(?:\$?\$\{[^{}]{1,200}\})+`,
  /** A GitHub workflow. */
  workflow: String.raw`\$\{\{[^{}]{1,200}\}\}`,
  /** A shell and PowerShell. */
  variable: String.raw`\$(?:env:)?[A-Za-z_][A-Za-z0-9_]{0,99}`,
  /** Kubernetes, Azure Pipelines, a shell's command. */
  command: String.raw`\$\([^()]{1,200}\)`,
  windows: "%[A-Za-z_][A-Za-z0-9_]{0,99}%",
  /** Mustache, Helm, Ansible, CloudFormation's `{{resolve:secretsmanager:…}}`. */
  template: String.raw`\{\{\{?[^{}]{1,400}\}?\}\}`,
  erb: "<%[^%]{1,200}%>",
  /** Python's format and Octopus's `#{…}`. */
  format: String.raw`#?\{[A-Za-z_][A-Za-z0-9_.-]{0,99}\}#?`,
  delimited: "(?:__|@@?)[A-Za-z0-9_.-]{1,80}(?:__|@@?)",
  angles: "<[^<>]{1,200}>",
  brackets: String.raw`\[[^\[\]]{1,200}\]`,
  arn: "arn:aws[a-z-]*:(?:secretsmanager|ssm|kms):[!-~]{1,400}",
  ssmPath: "/[A-Za-z0-9_.-]{1,80}(?:/[A-Za-z0-9_.-]{1,80}){1,15}",
  scheme: `(?:${oneOf(SCHEMES)}):[!-~]{1,400}`,
  keyVault: String.raw`@Microsoft\.KeyVault\([^()]{1,400}\)`,
  gcp: "projects/[^/]{1,100}/secrets/[!-~]{1,200}",
  /** sops, Jasypt, Spring Cloud Config. */
  encrypted: String.raw`(?:ENC\[[^\[\]]{1,9000}\]|ENC\([^()]{1,9000}\)|\{cipher\}[!-~]{1,9000})`,
  mask: String.raw`[xX*.#•…?_\s-]{1,200}`,
  /** What documents leave of a value: `abc...123`. */
  elided: String.raw`[A-Za-z0-9!]{0,8}(?:\.{3,10}|…)[A-Za-z0-9]{0,8}`,
  repeated: String.raw`(.)\1{2,199}`,
  telling: String.raw`(?=.{1,100}$)[\s\S]{0,100}(?:${oneOf(TELLING)})[\s\S]{0,100}`,
  /** At the beginning, behind a sign or as a part of `camelCase`. */
  shortTelling: String.raw`(?=.{1,100}$)(?:(?:[\s\S]{0,99}[^A-Za-z0-9])?(?:${oneOf(SHORT_TELLING)})|[\s\S]{0,99}[a-z](?:${exactly(capitalized)}))[\s\S]{0,100}`,
  /** Among letters of one case, which no random value consists of. */
  shortTellingInLetters: `[a-z]{0,96}(?:${exactly(SHORT_TELLING)})[a-z]{0,96}|[A-Z]{0,96}(?:${exactly(SHORT_TELLING.toUpperCase())})[A-Z]{0,96}`,
  naming: `(?:(?:${oneOf(NAMING)})[-_. ]?){1,12}[0-9]{0,4}`,
} as const satisfies Record<string, string>;

/** Any of the rows, without anchors. */
export const PLACEHOLDER_PATTERN = Object.values(PLACEHOLDERS).join("|");

const WHOLE = new RegExp(`^(?:${PLACEHOLDER_PATTERN})$`, "u");

/** Longer than any reference; keeps the time bounded. */
const MAX_PLACEHOLDER = 10_000;

/** Whether `value` is empty, or refers to a value that is kept elsewhere. */
export function isPlaceholder(value: string): boolean {
  const text = value.trim();
  return text === "" || (text.length <= MAX_PLACEHOLDER && WHOLE.test(text));
}
