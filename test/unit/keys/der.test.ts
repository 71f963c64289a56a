import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type DerNode,
  declaredSize,
  elements,
  integer,
  integerBits,
  oid,
  readDer,
  readWholeDer,
  TAG,
  writeDer,
} from "../../../keys/der.ts";
import { recogniseKey } from "../../../keys/structure.ts";
import { boxStyleDer, integerDer, octets, oidDer, pkcs8, rsaKeyPair, sequence, tlv } from "../../keys.ts";
import { samples } from "../../support/samples.ts";

const node = (bytes: Uint8Array): DerNode => readWholeDer(bytes)!;
const hex = (digits: string) => Buffer.from(digits, "hex");

describe("writing an element", () => {
  it("returns what the reader reads, with the shortest length", () => {
    for (const size of [0, 127, 128, 255, 256, 65_535, 65_536]) {
      const der = writeDer(TAG.octetString, new Uint8Array(size - (size >> 1)), new Uint8Array(size >> 1));
      expect(der).toEqual(new Uint8Array(octets(Buffer.alloc(size))));
    }
  });
});

describe("reading an element", () => {
  it("returns tag, content and size, and leaves what follows", () => {
    expect(readDer(hex("0403010203ffff"))).toEqual({ tag: 0x04, content: hex("010203"), size: 5 });
  });

  it("reads lengths of one to three octets", () => {
    for (const size of [0, 127, 128, 255, 256, 65_535, 65_536]) {
      const der = octets(Buffer.alloc(size));
      expect(readWholeDer(der)?.content.length).toBe(size);
      expect(declaredSize(der)).toBe(der.length);
    }
  });

  it.each([
    ["nothing", ""],
    ["a tag alone", "30"],
    ["the indefinite length", "30800000"],
    ["a length longer than needed", "0481020102"],
    ["a length with a leading zero", "048200ff"],
    ["a length of five octets", "04850000000001ff"],
    ["a tag of several octets", "1f8101020202"],
    ["more content than there is", "0405ffff"],
  ])("refuses %s", (_, digits) => {
    expect(readDer(hex(digits))).toBeUndefined();
  });

  it("says how long a cut element was", () => {
    expect(declaredSize(octets(Buffer.alloc(1200)).subarray(0, 700))).toBe(1204);
  });

  it("takes an element as a whole only if nothing follows", () => {
    expect(readWholeDer(hex("040100"))).toBeDefined();
    expect(readWholeDer(hex("04010000"))).toBeUndefined();
  });
});

describe("reading the elements of a SEQUENCE", () => {
  it("lists them in order", () => {
    const found = elements(node(sequence(integerDer(1), octets(hex("ff")))));
    expect(found?.map(({ tag }) => tag)).toEqual([TAG.integer, TAG.octetString]);
  });

  it("refuses other types and elements that do not fill it", () => {
    expect(elements(node(octets(hex("020101"))))).toBeUndefined();
    expect(elements(node(sequence(hex("020201"))))).toBeUndefined();
    expect(elements(undefined)).toBeUndefined();
  });

  it("refuses to list thousands of elements", () => {
    expect(elements(node(sequence(Buffer.alloc(20_000))))).toBeUndefined();
  });

  it("reads an element with a thousand nested levels", () => {
    let der = sequence();
    for (let level = 0; level < 1000; level++) der = sequence(der);
    expect(elements(readWholeDer(der))).toHaveLength(1);
    expect(recogniseKey(der)).toBeUndefined();
  });
});

describe("reading values", () => {
  it("decodes object identifiers", () => {
    for (const dotted of ["1.2.840.113549.1.5.13", "2.16.840.1.101.3.4.1.42", "1.3.101.112", "0.9", "2.47.1"])
      expect(oid(node(oidDer(dotted)))).toBe(dotted);
  });

  it("refuses damaged object identifiers", () => {
    for (const content of ["", "2a86", "2a8001", "2affffffffffffffffff7f", "2a".repeat(33)])
      expect(oid(node(tlv(TAG.oid, hex(content))))).toBeUndefined();
  });

  it("decodes small integers and returns Infinity for large ones", () => {
    for (const value of [0, 1, 127, 128, 2048, 1_000_000, 2 ** 47])
      expect(integer(node(integerDer(value)))).toBe(value);
    expect(integer(node(integerDer(2n ** 64n)))).toBe(Number.POSITIVE_INFINITY);
  });

  it("counts the bits of an integer", () => {
    for (const [value, bits] of [
      [0, 0],
      [1, 1],
      [128, 8],
      [255, 8],
      [256, 9],
    ] as const)
      expect(integerBits(node(integerDer(value)))).toBe(bits);
    expect(integerBits(node(integerDer(2n ** 2048n - 1n)))).toBe(2048);
  });

  it("refuses negative, empty and padded integers", () => {
    for (const content of ["ff", "", "0001"]) {
      expect(integer(node(tlv(TAG.integer, hex(content))))).toBeUndefined();
      expect(integerBits(node(tlv(TAG.integer, hex(content))))).toBeUndefined();
    }
  });
});

describe("hostile bytes", () => {
  const walk = (bytes: Uint8Array) => {
    const top = readDer(bytes);
    for (const part of [top, ...(elements(top) ?? [])]) {
      oid(part);
      integer(part);
      integerBits(part);
      elements(part);
    }
    return recogniseKey(bytes);
  };

  it("never make a reader throw", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => void walk(bytes)),
      { numRuns: samples(2_000) },
    );
  });

  it("never make a reader throw when they are a mutated key", () => {
    const keys = [pkcs8(rsaKeyPair().privateKey), boxStyleDer(rsaKeyPair().privateKey)];
    const mutation = fc.record({
      key: fc.constantFrom(...keys),
      at: fc.nat(120),
      octet: fc.nat(255),
      cut: fc.nat(1300),
    });
    fc.assert(
      fc.property(mutation, ({ key, at, octet, cut }) => {
        const bytes = Uint8Array.from(key);
        bytes[at] = octet;
        walk(bytes);
        expect(recogniseKey(key.subarray(0, Math.min(cut, key.length - 1)))).toBeUndefined();
      }),
      { numRuns: samples(2_000) },
    );
  });
});
