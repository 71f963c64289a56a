import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Content } from "../../../action/scan/content.ts";
import { boxStylePem, PASSPHRASE, rsaKeyPair } from "../../keys.ts";

/** One case: a file under `test/vectors/<rule>/`. */
export interface Vector {
  readonly why: string;
  readonly input: {
    readonly path: string;
    /** Joined by line feeds. `@{name}` is replaced by a secret that is made when the tests run. */
    readonly lines: readonly string[];
    readonly encoding?: "utf-8" | "utf-8-bom" | "utf-16le" | "utf-16be" | "crlf";
    /** Users' schemas, for the rule `schema` alone. */
    readonly schemas?: readonly { readonly glob: string; readonly schema: unknown }[];
  };
  /** All findings in order. */
  readonly expect: readonly Expected[];
}

interface Expected {
  /** What follows the path in the identity. */
  readonly member: string;
  readonly certainty: "certain" | "partial";
  readonly line: number;
  readonly column: number;
  readonly kind?: string;
  /** Parts of the texts. */
  readonly message?: string;
  readonly fix?: string;
}

const FOLDER = join(import.meta.dirname, "../../vectors");

export function vectorsOf(rule: string): readonly (Vector & { readonly file: string })[] {
  return readdirSync(join(FOLDER, rule))
    .filter((file) => file.endsWith(".json"))
    .map((file) => ({ file, ...(JSON.parse(readFileSync(join(FOLDER, rule, file), "utf8")) as Vector) }));
}

const LETTERS = "abcdefghijklmnopqrstuvwxyz";
const seededText = (name: string, length: number, alphabet: string) =>
  Array.from({ length }, (_, at) => {
    const digest = createHash("sha256").update(`${name}/${at}`).digest();
    return alphabet[digest.readUInt32BE() % alphabet.length];
  }).join("");

const ALNUM = `${LETTERS}${LETTERS.toUpperCase()}0123456789`;

/** The secrets of the recipes; derived from their names, so that a failure can be repeated. */
export const SECRETS: Readonly<Record<string, string>> = {
  alnum: seededText("alnum", 32, ALNUM),
  other: seededText("other", 32, ALNUM),
  third: seededText("third", 32, ALNUM),
  lower: seededText("lower", 32, `${LETTERS}0123456789`),
  id: seededText("id", 32, `${LETTERS}0123456789`),
  letters: seededText("letters", 32, `${LETTERS}${LETTERS.toUpperCase()}`),
  small: seededText("small", 32, LETTERS),
  run: `${seededText("run", 12, "0123456789abcdef")}ddddd${seededText("hex", 15, "0123456789abcdef")}`,
  hex: seededText("hex", 32, "0123456789abcdef"),
  upper: seededText("upper", 32, "0123456789ABCDEF"),
  hex40: seededText("hex40", 40, "0123456789abcdef"),
  hex64: seededText("hex64", 64, "0123456789abcdef"),
  refresh: seededText("refresh", 64, ALNUM),
  narrow: `1!${seededText("narrow", 180, `${ALNUM}_-`)}`,
  base64: `${seededText("base64", 85, ALNUM)}==`,
  words: PASSPHRASE,
};

let pem: string | undefined;

const inJson = (text: string) => JSON.stringify(text).slice(1, -1);

function secret(name: string): string {
  if (name === "public")
    return inJson(String(rsaKeyPair().publicKey.export({ type: "spki", format: "pem" })));
  if (name === "pem") {
    pem ??= boxStylePem(rsaKeyPair().privateKey);
    return inJson(pem);
  }
  const value = SECRETS[name];
  if (value === undefined) throw new Error(`No recipe makes ${name}.`);
  return value;
}

export function contentOf({ input }: Vector): Content {
  const { path, lines, encoding = "utf-8" } = input;
  const text = lines
    .join(encoding === "crlf" ? "\r\n" : "\n")
    .replace(/@\{(\w+)\}/g, (_whole, name: string) => secret(name));
  return { path, bytes: encoded(text, encoding), whole: true, start: { line: 1, column: 1 } };
}

function encoded(text: string, encoding: NonNullable<Vector["input"]["encoding"]>): Buffer {
  const marked = `\uFEFF${text}`;
  switch (encoding) {
    case "utf-8-bom":
      return Buffer.from(marked);
    case "utf-16le":
      return Buffer.from(marked, "utf16le");
    case "utf-16be":
      return Buffer.from(marked, "utf16le").swap16();
    default:
      return Buffer.from(text);
  }
}
