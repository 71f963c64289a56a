import { cleanupSteps } from "./cleanup-steps.ts";
import { markdownCode, markdownText } from "./escape.ts";
import { linesWithinBytes } from "./lines-within-bytes.ts";
import { markdownLocation } from "./markdown-location.ts";
import { formatCount, sentence } from "./phrases.ts";
import { grouped, type ReportedFinding, secretsOf } from "./report.ts";

const MAX_KEYS_BYTES = 10 * 1024;
const MAX_SECRETS_BYTES = 10 * 1024;
/** How many places of one key are named. The others are counted; the table has them all. */
const PLACES = 3;

/** Lines of Markdown: what a person does first, because deleting a file does not take back what was in it. */
export function nextSteps(findings: readonly ReportedFinding[], base: string | null): readonly string[] {
  const keys = findings.filter(({ rule }) => rule === "private-key");
  const secrets = findings.filter(({ rule }) => rule === "box-secret");
  const leaked = [...keys, ...secrets];
  if (findings.length === 0) return ["", "Nothing to do."];
  if (leaked.length === 0) return ["", "### What to do now", "", "Correct what the table lists."];
  return [
    "",
    "### What to do now",
    "",
    leaked.some(({ commit }) => commit !== null) ? PUSHED : LOCAL,
    ...keySteps(keys),
    ...secretSteps(secrets),
    ...cleanupSteps(leaked, base),
  ];
}

const PUSHED =
  "A pushed branch holds what follows. Take it as known to others: deleting the file, or the branch, does not take it back.";
const LOCAL =
  "What follows must not be committed. If it has been pushed already, take it as known to others.";

function keySteps(keys: readonly ReportedFinding[]): readonly string[] {
  if (keys.length === 0) return [];
  const byKey = grouped(keys, ({ identity }) => identity);
  const listed = linesWithinBytes(MAX_KEYS_BYTES, byKey.map(keyLine));
  return [
    "",
    `#### Remove ${byKey.length === 1 ? "this key" : `these ${byKey.length} keys`} where registered`,
    "",
    "For Box: Developer Console > the app > Configuration > Add and Manage Public Keys. Where a service still signs with it, register the new key first.",
    "",
    ...listed.lines,
    ...(listed.left === 0 ? [] : [`- ${formatCount(listed.left, "more key")}: see the table.`]),
    ...(byKey.some(isUnknown) ? ["", COMPARE] : []),
    "",
    "#### Make a new key",
    "",
    "In the same place, Generate a Public/Private Keypair: Box offers the config for download once. Put it straight into the secret store, not into a work tree. Or make the pair yourself and register `../public.pem` with Add a Public Key:",
    "",
    "```sh",
    "openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -aes-256-cbc -out ../private.pem",
    "openssl pkey -in ../private.pem -pubout -out ../public.pem",
    "```",
  ];
}

/** No place names its key id, but there is a public key to compare. */
const isUnknown = (places: readonly ReportedFinding[]) =>
  places.every(
    ({ publicKeyID, identity }) => publicKeyID === undefined && identity.startsWith("spki-sha256:"),
  );

const COMPARE =
  "Not sure which registered key it is? `openssl pkey -pubin -in public.pem -outform DER | openssl sha256` prints the same digits for its public key.";

function keyLine(places: readonly ReportedFinding[]): string {
  const [first] = places;
  if (first === undefined) return "";
  const id = places.find(({ publicKeyID }) => publicKeyID !== undefined)?.publicKeyID;
  const name = id === undefined ? "Key" : `Key ID ${markdownCode(sentence(id))}`;
  const cut = places.every(({ certainty }) => certainty === "partial")
    ? " It is cut short: check whether the whole key is elsewhere."
    : "";
  return `- **${name}**: ${markdownText(sentence(first.kind))}, ${markdownCode(sentence(first.identity))}, in ${placesOf(places)}.${cut}`;
}

function placesOf(places: readonly ReportedFinding[]): string {
  const more = places.length - PLACES;
  return `${places.slice(0, PLACES).map(markdownLocation).join("; ")}${more > 0 ? ` and ${formatCount(more, "more place")}` : ""}`;
}

function secretSteps(secrets: readonly ReportedFinding[]): readonly string[] {
  if (secrets.length === 0) return [];
  const listed = linesWithinBytes(MAX_SECRETS_BYTES, secretsOf(secrets).map(secretLine));
  return [
    "",
    "#### Reset these secrets",
    "",
    ...listed.lines,
    ...(listed.left === 0 ? [] : [`- ${formatCount(listed.left, "more secret")}: see the table.`]),
  ];
}

const secretLine = (places: readonly ReportedFinding[]): string =>
  `- ${placesOf(places)}: ${places
    .slice(0, 1)
    .map(({ kind, fix }) => `**${markdownText(sentence(kind))}**. ${markdownText(sentence(fix))}`)
    .join("")}`;
