import { createHash } from "node:crypto";

/** The kinds of Box secrets that `box-secret` reports, with the words that people name them by. */
export const KINDS = {
  "client secret": { words: ["client", "secret"], length: 32 },
  passphrase: { words: ["key", "passphrase"], length: 32, hex: true },
  "webhook key": { words: ["webhook", "primary", "key"], length: 32 },
  "developer token": { words: ["developer", "token"], length: 32 },
  "app token": { words: ["app", "token"], length: 32 },
  "refresh token": { words: ["refresh", "token"], length: 64 },
  "access token": { words: ["access", "token"], length: 32 },
  "JWT assertion": { words: ["assertion"], length: 0 },
} as const;

export type Kind = keyof typeof KINDS;

/** The kinds that a person stores under a name. */
export const STORED = [
  "client secret",
  "passphrase",
  "webhook key",
  "developer token",
  "app token",
  "refresh token",
  "access token",
] as const satisfies readonly Kind[];

/** One name in the ways of writing that languages have. */
export interface Names {
  readonly upper: string;
  readonly snake: string;
  readonly camel: string;
  readonly pascal: string;
  readonly kebab: string;
  /** `Client Secret`, without "Box". */
  readonly title: string;
  /** `client_secret`, `clientSecret`, `CLIENT_SECRET`, `client-secret`, without "Box". */
  readonly bare: {
    readonly snake: string;
    readonly camel: string;
    readonly upper: string;
    readonly kebab: string;
  };
}

const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);
const camel = (words: readonly string[]) => words.map((word, at) => (at ? capital(word) : word)).join("");

export function namesOf(kind: Kind): Names {
  const bare = KINDS[kind].words;
  const words = ["box", ...bare];
  return {
    upper: words.join("_").toUpperCase(),
    snake: words.join("_"),
    camel: camel(words),
    pascal: capital(camel(words)),
    kebab: words.join("-"),
    title: bare.map(capital).join(" "),
    bare: {
      snake: bare.join("_"),
      camel: camel(bare),
      upper: bare.join("_").toUpperCase(),
      kebab: bare.join("-"),
    },
  };
}

const ALPHABETS = {
  hex: "0123456789abcdef",
  lower: "abcdefghijklmnopqrstuvwxyz0123456789",
  any: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
} as const;

/** Pseudorandom characters derived from a label, so that a failure can be repeated. */
export const seededText = (label: string, length: number, alphabet: keyof typeof ALPHABETS = "any"): string =>
  Array.from({ length }, (_, at) => {
    const number = createHash("sha256").update(`${label}/${at}`).digest().readUInt32BE();
    return ALPHABETS[alphabet][number % ALPHABETS[alphabet].length];
  }).join("");

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** An assertion with the claims that Box requires, and a signature that nothing verifies. */
const assertion = (label: string) =>
  [
    part({ alg: "RS512", typ: "JWT", kid: seededText(`${label}/kid`, 8, "lower") }),
    part({
      iss: seededText(`${label}/iss`, 32, "lower"),
      sub: "123456789",
      box_sub_type: "enterprise",
      aud: "https://api.box.com/oauth2/token",
      jti: seededText(`${label}/jti`, 64),
      exp: 1_700_000_000,
    }),
    seededText(`${label}/signature`, 342),
  ].join(".");

/** A value as Box makes those of the kind. */
export function secretOf(kind: Kind, label: string): string {
  if (kind === "JWT assertion") return assertion(label);
  const { length } = KINDS[kind];
  return seededText(`${label}/${kind}`, length, "hex" in KINDS[kind] ? "hex" : "any");
}

/** What is beside the secret in a form. */
export interface Beside {
  readonly id: string;
  readonly other: string;
}

/** One way in which secrets are written in files. */
export interface Form {
  readonly form: string;
  readonly path: string;
  /** Default: all that are stored under a name. */
  readonly kinds?: readonly Kind[];
  /** The file: `value` occurs in it once, unless it is encoded. */
  readonly text: (names: Names, value: string, beside: Beside) => string;
}

export type Row = readonly [form: string, path: string, text: Form["text"], kinds?: readonly Kind[]];

export const table = (rows: readonly Row[]): readonly Form[] =>
  rows.map(([form, path, text, kinds]) => ({ form, path, text, ...(kinds && { kinds }) }));
