import { generateKeyPairSync, randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { budgetFor } from "../../../action/detect/budget.ts";
import { detectKeys } from "../../../action/detect/detect.ts";
import { withoutEscapes } from "../../../action/detect/escapes.ts";
import type { Gap } from "../../../action/gaps.ts";
import { growth, MOST_SHARE, repeated, shareOfWork } from "./growth.ts";
import { KINDS } from "./kinds.ts";
import { mutated } from "./mutations.ts";
import { cook, STEPS } from "./steps.ts";

const pem = KINDS["pkcs8-rsa"]!.content.toString("latin1");
const [label = "", body = ""] = pem.split("\n");
const head = `${label}\n${body}\n`;
const ed25519 = () =>
  generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString();
const bare = `${randomBytes(150).toString("base64")}\n`;
const escapedHead = STEPS.unicode!(label, "") as string;

/** Far enough above every fixed reach for its growth to show. */
const SIZE = 256 * 1024;
/** A quadratic pass gives 4. */
const MOST_GROWTH = 2.3;

describe("twice the input takes twice the work", () => {
  it.each<[string, string | Buffer, (string | Buffer)?]>([
    ["backslashes", "\\"],
    ["backslashes behind base64", "\\", bare],
    [
      "backslashes behind base64 of text",
      "\\",
      Buffer.from("some text, and more of it ".repeat(8)).toString("base64"),
    ],
    ["backslashes behind the head of a key", "\\", head],
    ["heads of keys with backslashes", `${head}${"\\".repeat(999)}`],
    ["carriage returns in escapes", "\\r\\\\\\\\", head],
    ["percent escapes", "%25", head],
    ["percent escapes of dashes", "%2D"],
    ["ampersands", "&amp;", head],
    ["references", "&#45;", head],
    ["escaped BEGIN lines", escapedHead],
    ["BEGIN lines", `${label}\n`],
    ["BEGIN lines without a break", label],
    ["heads of keys", head],
    ["heads of keys without their label", `${body}\n`],
    ["heads of keys in one line", body],
    ["keys", pem],
    ["different keys", Array.from({ length: 40 }, ed25519).join("")],
    ["keys in UTF-16", Buffer.from(pem, "utf16le")],
    ["quotes", '"', head],
    ["quoted pieces", '"MIIE" + ', head],
    ["names", `x_token = "${randomBytes(16).toString("hex")}"\n`],
    ["members of a JWK", `{"kty":"RSA","d":"${"A1b".repeat(30)}"`],
    ["base64", bare],
    [
      "base64 of text",
      Buffer.from("some text and more 1234567890 ".repeat(9)).toString("base64").replace(/=*$/, "\n"),
    ],
    ["base64 of text in pieces", `${Buffer.from("some text and more 1234567890 a").toString("base64")}%`],
    ["decimal lists", "48,130,1,1,"],
    ["hexadecimal lists", "30:82:01:01:"],
    ["brackets", "[{("],
    ["object identifiers", Buffer.from("300d06092a864886f70d0101010500", "hex")],
    ["heads of keys in DER", Buffer.from("308204be020100300d06092a864886f70d0101010500048204a8", "hex")],
    ["public exponents", Buffer.from("02030100010282", "hex")],
    [
      "PuTTY headers",
      "PuTTY-User-Key-File-2: ssh-rsa\nEncryption: none\nPublic-Lines: 1\nAAAAB3NzaC1yc2EA\n",
    ],
    ["XML keys", "<RSAKeyValue><D>AAAA</D>"],
    ["age prefixes", "AGE-SECRET-KEY-1"],
    ["commit headers", "author A <a@example.com> 1700000000 +0000\n"],
    ["line feeds", "\n", head],
    ["NULs", "\0"],
  ])("of %s", (_, unit, lead) => {
    expect(growth((size) => repeated(unit, size, lead), SIZE)).toBeLessThan(MOST_GROWTH);
  });

  it("of keys that were changed in any way", () => {
    for (let seed = 0; seed < 60; seed++)
      expect(shareOfWork(mutated(seed)), `seed ${seed}`).toBeLessThan(MOST_SHARE);
  });
});

it("takes escapes off in any mixture, as many layers as there are, and leaves what is none", () => {
  expect(
    withoutEscapes("\\\\\\\\u002d \\U0000002d \\u{2d} \\x2D \\055 %2D %25252d &amp;amp;#45; &#x2d;"),
  ).toBe("- - - - - - - - -");
  expect(withoutEscapes('a\\r\\nb\\nc\\td\\"e\\/f')).toBe('a\nb\nc\td"e/f');
  expect(withoutEscapes("\\q %zz &nothing; \\u20ac")).toBe("\\q %zz &nothing; \\u20ac");
  expect(withoutEscapes("a\\ufeffb\\u2010c")).toBe("a b c");
});

describe("nothing in front of a key that is written plainly can hide it", () => {
  const junk = Buffer.from(`${label}\n${body.slice(0, 40)}\n`.repeat(1500) + `${body}\n`.repeat(4000));
  const plain = Object.entries(KINDS).filter(([name]) => !/^(?:jwk|xml|age)/.test(name));
  const named = plain.map(([name, { content }]) => [name, content] as const);
  const identities = (hits: ReturnType<typeof detectKeys>) => hits.map(({ key }) => key.identity);

  it.each([...named, ["json", Buffer.from(JSON.stringify({ privateKey: pem }))] as const])(
    "%s",
    (_, content) => {
      const expected = identities(detectKeys(content));
      expect(expected).toHaveLength(1);
      expect(identities(detectKeys(content, undefined, { ...budgetFor(0), bytes: 0 }))).toEqual(expected);
      expect(identities(detectKeys(Buffer.concat([junk, content])))).toEqual(
        expect.arrayContaining(expected),
      );
    },
  );
});

describe("what one file may cost is bounded, and told", () => {
  const gapsOf = (bytes: Buffer, now?: () => number) => {
    const gaps: Gap[] = [];
    const found = detectKeys(bytes, (gap) => gaps.push(gap), budgetFor(bytes.length, now));
    return { found: found.length, gaps };
  };

  it("in keys: those above the limit are not read", () => {
    const der = Buffer.from("302e020100300506032b657004220420", "hex");
    const many = Buffer.concat(Array.from({ length: 4000 }, () => Buffer.concat([der, randomBytes(32)])));
    const { found, gaps } = gapsOf(many);
    expect(found).toBeLessThanOrEqual(2000);
    expect(found).toBeGreaterThan(500);
    expect(gaps).toEqual(["keys"]);
  });

  it("in time, by the clock that it is given", () => {
    let reads = 0;
    const { found, gaps } = gapsOf(cook(Buffer.from(pem.repeat(9)), []), () => (reads++ === 0 ? 0 : 1e9));
    expect(found).toBe(0);
    expect(gaps).toEqual(["time"]);
  });
});
