import { ECDH, generateKeyPairSync } from "node:crypto";
import { expect, it } from "vitest";
import { integerDer, octets, oidDer, sequence, tlv } from "../../keys.ts";
import { identitiesIn } from "./detected.ts";

const CURVES: readonly (readonly [string, string])[] = [
  ["prime256v1", "1.2.840.10045.3.1.7"],
  ["secp384r1", "1.3.132.0.34"],
  ["secp521r1", "1.3.132.0.35"],
];

it.each(CURVES)(
  "a key of %s with a compressed point has the fingerprint of the same key without",
  (name, oid) => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: name });
    const { d = "", x = "", y = "" } = privateKey.export({ format: "jwk" });
    const point = Buffer.concat([Buffer.from([4]), Buffer.from(x, "base64url"), Buffer.from(y, "base64url")]);
    const compressed = ECDH.convertKey(point, name, undefined, undefined, "compressed") as Buffer;
    const sec1 = sequence(
      integerDer(1),
      octets(Buffer.from(d, "base64url")),
      tlv(0xa1, tlv(0x03, Buffer.concat([Buffer.alloc(1), compressed]))),
    );
    const algorithm = sequence(oidDer("1.2.840.10045.2.1"), oidDer(oid));
    const pkcs8 = sequence(integerDer(0), algorithm, octets(sec1));
    const [identity] = identitiesIn(privateKey.export({ type: "pkcs8", format: "pem" }).toString());
    expect(identity).toMatch(/^spki-sha256:/);
    expect(identitiesIn(pkcs8.toString("base64"))).toEqual([identity]);
  },
);
