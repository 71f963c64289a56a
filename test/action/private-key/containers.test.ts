import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { privateKeyRule } from "../../../action/rules/private-key/private-key.ts";
import { everyNth } from "../../support/samples.ts";
import { KINDS, type KindOfKey } from "./kinds.ts";
import { cook } from "./steps.ts";

/** One container: a file under `test/vectors/private-key/containers/`, tried with every kind that fits it. */
interface Container {
  readonly why: string;
  readonly input: {
    /** Forms of key (`kinds.ts`); `embedded`: DER that an object identifier or a public exponent gives away. */
    readonly kinds: readonly string[];
    readonly steps: readonly string[];
  };
  readonly expect: "found";
}

const FOLDER = join(import.meta.dirname, "../../vectors/private-key/containers");
const containers = readdirSync(FOLDER).map((file) => ({
  name: file.replace(/\.json$/, ""),
  ...(JSON.parse(readFileSync(join(FOLDER, file), "utf8")) as Container),
}));

const fits = ({ form }: KindOfKey, kinds: readonly string[]) =>
  kinds.includes(form) || (form === "der" && kinds.includes("embedded"));

const kinds = Object.entries(KINDS).map(([name, kind], at) => [name, kind, at] as const);
/** Each container is tried with a quarter of the kinds, and each kind in a quarter of the containers. */
const STEP = 4;

describe.each(kinds)("a key of the kind %s", (_, kind, at) => {
  const { content, identity } = kind;
  const fitting = containers.filter(({ input }) => fits(kind, input.kinds));
  it.each(everyNth(fitting, STEP, at))("is found once: $name ($why)", ({ input }) => {
    const bytes = cook(content, input.steps);
    const found = privateKeyRule.find({ path: "a.png", bytes, whole: true, start: { line: 1, column: 1 } });
    // Only a whole config has the passphrase beside the key, and then the public key is known.
    const open = input.steps.includes("box-config") && /^encrypted (?:PKCS#8|RSA)/.test(kind.kind);
    expect(found.map(({ kind, certainty, identity }) => ({ kind, certainty, identity }))).toEqual([
      {
        kind: kind.kind,
        certainty: "certain",
        identity: open ? expect.stringMatching(/^spki-/) : identity,
      },
    ]);
  });
});
