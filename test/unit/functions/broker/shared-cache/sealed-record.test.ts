import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { seal, unseal } from "../../../../../functions/broker/shared-cache/sealed-record.ts";
import type { Sealed } from "../../../../../functions/broker/shared-cache/table.ts";

const ITEM = "token#some-cache-key";
const KEY = { id: "version-1", secret: randomBytes(48) };
const OTHER_KEY = { id: "version-2", secret: randomBytes(48) };
const RECORD = {
  token: "a-token",
  born: 1_780_000_000_000,
  nested: { scopes: ["item_download"], name: "Größe ✓" },
};

const HEAD = 13;
const TAG = 16;

const sealed = (record: unknown = RECORD) => seal(record, ITEM, KEY, randomBytes(12));
const withBytes = (bytes: Uint8Array): Sealed => ({ keyId: KEY.id, bytes });

/** The key as the docstring of `seal` describes it, by the primitives alone. */
function cipherKey(): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", KEY.secret, ITEM, "box-sts shared cache 1", 32));
}

/** What an instance that holds the service secret could write: text that is authentic, whatever it is. */
function sealedText(text: string, layout = 1): Sealed {
  const iv = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", cipherKey(), iv).setAAD(Buffer.from(ITEM));
  const bytes = Buffer.concat([Buffer.of(layout), iv, cipher.update(text, "utf8"), cipher.final()]);
  return withBytes(Buffer.concat([bytes, cipher.getAuthTag()]));
}

describe("a sealed record", () => {
  test("opens with the key and for the item it was sealed for", () => {
    expect(unseal(sealed(), ITEM, KEY)).toEqual(RECORD);
  });

  test("of any JSON value opens as the same value, for any item", () => {
    const items = fc.string({ minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 2 }), items, (value, item) => {
        const record = JSON.parse(JSON.stringify(value));
        expect(unseal(seal(record, item, KEY, randomBytes(12)), item, KEY)).toEqual(record);
      }),
      { numRuns: 30 },
    );
  });

  test("names the version of the service secret that sealed it", () => {
    expect(sealed().keyId).toBe("version-1");
  });

  test("is a layout number, the initialisation vector, the encrypted text and the tag, and nothing else", () => {
    const iv = randomBytes(12);
    const { bytes } = seal(RECORD, ITEM, KEY, iv);
    const text = JSON.stringify(RECORD);
    expect(bytes).toHaveLength(HEAD + Buffer.byteLength(text) + TAG);
    expect(bytes[0]).toBe(1);
    expect(Buffer.from(bytes.subarray(1, HEAD))).toEqual(iv);
    const decipher = createDecipheriv("aes-256-gcm", cipherKey(), iv)
      .setAAD(Buffer.from(ITEM))
      .setAuthTag(bytes.subarray(-TAG));
    const opened = Buffer.concat([decipher.update(bytes.subarray(HEAD, -TAG)), decipher.final()]);
    expect(opened.toString("utf8")).toBe(text);
  });

  test("that another implementation of the documented format made opens", () => {
    expect(unseal(sealedText(JSON.stringify(RECORD)), ITEM, KEY)).toEqual(RECORD);
  });

  test("differs for each initialisation vector, item and key", () => {
    const iv = new Uint8Array(12);
    const bodies = [
      seal(RECORD, ITEM, KEY, iv),
      seal(RECORD, ITEM, KEY, Uint8Array.of(1, ...new Uint8Array(11))),
      seal(RECORD, "token#another", KEY, iv),
      seal(RECORD, ITEM, OTHER_KEY, iv),
    ].map(({ bytes }) => Buffer.from(bytes.subarray(HEAD)).toString("hex"));
    expect(new Set(bodies).size).toBe(4);
  });
});

describe("a record that is not the one that was sealed", () => {
  test("does not open if any one bit of any byte is changed", () => {
    const { bytes } = sealed();
    for (let index = 0; index < bytes.length; index++) {
      for (const bit of [1, 128]) {
        const changed = Uint8Array.from(bytes);
        changed[index] = (changed[index] ?? 0) ^ bit;
        expect(unseal(withBytes(changed), ITEM, KEY), `byte ${index}`).toBeUndefined();
      }
    }
  });

  test("does not open if it is truncated to any length", () => {
    const { bytes } = sealed();
    for (let length = 0; length < bytes.length; length++) {
      expect(unseal(withBytes(bytes.subarray(0, length)), ITEM, KEY), `${length} bytes`).toBeUndefined();
    }
  });

  test("does not open if a byte is added at either end", () => {
    const { bytes } = sealed();
    expect(unseal(withBytes(Buffer.concat([bytes, Buffer.of(0)])), ITEM, KEY)).toBeUndefined();
    expect(unseal(withBytes(Buffer.concat([Buffer.of(1), bytes])), ITEM, KEY)).toBeUndefined();
  });

  test("does not open for another item, even one whose key begins or ends the same", () => {
    for (const item of ["token#other", `${ITEM}x`, ITEM.slice(0, -1), `issued#${ITEM}`, ""]) {
      expect(unseal(sealed(), item, KEY), item).toBeUndefined();
    }
  });

  test("does not open with another version of the service secret, whatever version it names", () => {
    expect(unseal(sealed(), ITEM, OTHER_KEY)).toBeUndefined();
    expect(unseal({ ...sealed(), keyId: OTHER_KEY.id }, ITEM, OTHER_KEY)).toBeUndefined();
  });

  test.each([0, 2, 255])("does not open with the layout number %d", (layout) => {
    expect(unseal(sealedText(JSON.stringify(RECORD), layout), ITEM, KEY)).toBeUndefined();
  });

  test("does not open with a tag of an authentic text that is no JSON", () => {
    for (const text of ["", "{", "undefined"]) {
      expect(unseal(sealedText(text), ITEM, KEY)).toBeUndefined();
    }
  });
});

describe("the length of a record", () => {
  /** A record whose sealed form has so many bytes. */
  const ofLength = (length: number) => "a".repeat(length - HEAD - TAG - 2);

  test("can be 64 KiB", () => {
    const record = ofLength(64 * 1024);
    expect(sealed(record).bytes).toHaveLength(64 * 1024);
    expect(unseal(sealed(record), ITEM, KEY)).toBe(record);
  });

  test("cannot be a byte more: the record is not decrypted", () => {
    expect(unseal(sealed(ofLength(64 * 1024 + 1)), ITEM, KEY)).toBeUndefined();
  });
});
