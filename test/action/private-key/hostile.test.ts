import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { detectKeys } from "../../../action/rules/private-key/detect.ts";
import { expectLinearGrowth } from "../../support/growth.ts";
import { areAllSampled, samples } from "../../support/samples.ts";
import { KINDS } from "./kinds.ts";
import { cook, STEPS } from "./steps.ts";

/** Bytes at scale 1: large enough that quadratic work is seen, small enough that the test is cheap. */
const UNIT = (areAllSampled ? 64 : 16) * 1024;
type Sized = (scale: number) => Buffer;
const repeated =
  (text: string | Buffer): Sized =>
  (scale) =>
    Buffer.alloc(UNIT * scale, text);
const noise = (scale: number) => randomBytes((UNIT / 2) * scale).toString("base64");
const prose = (scale: number) => Buffer.alloc((UNIT / 2) * scale, "some text and more ");
const head = KINDS["pkcs8-rsa"]!.content.toString("latin1").slice(0, 80);

describe("the work on a hostile file grows in proportion to its size:", () => {
  it.each<[string, Sized]>([
    ["PRIVATE", repeated("PRIVATE ")],
    ["BEGIN lines", repeated("-----BEGIN PRIVATE KEY-----\n")],
    ["BEGIN lines without an end", repeated("-----BEGIN PRIVATE KEY")],
    ["heads of keys", repeated(`${head}\n`)],
    ["bare heads of keys", repeated(`${head.split("\n")[1]}\n`)],
    ["bare heads in one line", repeated(head.split("\n")[1]!)],
    [
      "headers of traditional encryption",
      repeated(
        "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: DES-CBC,0011223344556677\n\n",
      ),
    ],
    ["base64", (scale) => Buffer.from(noise(scale))],
    ["base64 in lines", (scale) => Buffer.from(noise(scale).replace(/(.{64})/g, "$1\n"))],
    ["base64 of text", (scale) => cook(prose(scale), ["base64"])],
    ["base64 of text in lines", (scale) => cook(prose(scale), ["base64-wrapped:76"])],
    ["base64 of base64 of base64", (scale) => cook(prose(scale), ["base64", "base64", "base64"])],
    ["the letter A", repeated("A")],
    ["the letter M", repeated("MII")],
    ["backslashes", repeated("\\")],
    ["escaped dashes", repeated("\\u002d")],
    ["escaped BEGIN lines", repeated(STEPS.unicode!("-----BEGIN PRIVATE KEY-----", "") as string)],
    ["percent signs", repeated("%2D")],
    ["percent signs of percent signs", repeated("%25")],
    ["ampersands", repeated("&amp;")],
    ["references", repeated("&#45;")],
    ["hexadecimal digits", repeated("30820101")],
    ["hexadecimal lists", repeated("30:82:01:01:")],
    ["decimal lists", repeated("48,130,1,1,")],
    ["quotes", repeated('"')],
    ["quoted pieces", repeated('"MIIE" + ')],
    ["line feeds", repeated("\n")],
    ["NULs", repeated("\0")],
    ["wide anchors", repeated(Buffer.from("PRIVATE KEY ", "utf16le"))],
    ["object identifiers", repeated(Buffer.from("300d06092a864886f70d0101010500", "hex"))],
    ["public exponents", repeated(Buffer.from("02030100010282", "hex"))],
    ["sequences", repeated(Buffer.from("30820101", "hex"))],
    ["nested sequences", repeated(Buffer.from("3080", "hex"))],
    ["PuTTY headers", repeated("PuTTY-User-Key-File-2: ssh-rsa\nEncryption: none\nPublic-Lines: 1\n")],
    ["XML keys", repeated("<RSAKeyValue><D>AAAA</D>")],
    ["age prefixes", repeated("AGE-SECRET-KEY-1")],
    ["JWK properties", repeated(`{"kty":"RSA","d":"${"A1b".repeat(30)}"`)],
    ["OpenSSH magics", repeated("openssh-key-v1\0")],
    [
      "lost line breaks",
      (scale) =>
        Buffer.from(`-----BEGIN OPENSSH PRIVATE KEY-----b3BlbnNzaC1rZXktdjEA${"n".repeat(UNIT * scale)}`),
    ],
    [
      "lost line breaks under headers",
      repeated(
        `-----BEGIN RSA PRIVATE KEY-----nProc-Type: 4,ENCRYPTEDnDEK-Info: DES-CBC,0011223344556677nn${"n".repeat(3000)}-----END`,
      ),
    ],
    ["heads of OpenPGP", repeated("-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nlQOYBF8AAAABCACq\n")],
    ["packets of OpenPGP", repeated(Buffer.from("9503980400000000010800ff", "hex"))],
    ["OpenPGP in base64", repeated(`lQOYBF8AAAABCACq${"A".repeat(60)}\n`)],
  ])("%s", async (_, sized) => {
    await expectLinearGrowth(sized, detectKeys);
  });
});

describe("no input makes it throw", () => {
  it("random bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 4096 }), (bytes) => void detectKeys(Buffer.from(bytes))),
    );
  });

  const kinds = Object.values(KINDS);
  const steps = Object.keys(STEPS).filter((step) => step !== "minified");

  it("keys with changed, lost and inserted bytes, in any container", () => {
    const change = fc.record({
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      lost: fc.integer({ min: 0, max: 40 }),
      put: fc.uint8Array({ maxLength: 8 }),
    });
    fc.assert(
      fc.property(
        fc.constantFrom(...kinds),
        fc.array(change, { minLength: 1, maxLength: 4 }),
        fc.array(fc.constantFrom(...steps), { maxLength: 3 }),
        ({ content }, changes, recipe) => {
          const damaged = changes.reduce((bytes, { at, lost, put }) => {
            const from = Math.floor(at * bytes.length);
            return Buffer.concat([bytes.subarray(0, from), put, bytes.subarray(from + lost)]);
          }, content);
          const cooked = cook(
            damaged,
            recipe.map((step) => (/by$|width|^split|wrapped|rewrapped/.test(step) ? `${step}:40` : step)),
          );
          for (const { key, offset } of detectKeys(cooked)) {
            expect(key.identity).toMatch(
              /^(?:(?:spki|der)-sha256:[0-9a-f]{64}|openpgp:(?:[0-9A-F]{32}|[0-9A-F]{40}|[0-9A-F]{64}))$/,
            );
            expect(offset).toBeLessThan(cooked.length);
          }
        },
      ),
      { numRuns: samples(1_500) },
    );
  });
});
