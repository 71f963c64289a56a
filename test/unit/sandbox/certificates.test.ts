import { X509Certificate } from "node:crypto";
import { expect, test } from "vitest";
import { integer, oid } from "../../../sandbox/apps/der.ts";
import { newCertificates } from "../../../sandbox/http/certificates.ts";

const NOW = new Date("2026-11-21T05:00:00Z");

test("the authority signs the server's certificate for localhost and 127.0.0.1, for a month", async () => {
  const { ca, cert } = await newCertificates(NOW);
  const [authority, server] = [new X509Certificate(ca), new X509Certificate(cert)];
  expect(server.subjectAltName).toBe("DNS:localhost, IP Address:127.0.0.1");
  expect([server.ca, authority.ca]).toEqual([false, true]);
  expect(server.checkIssued(authority)).toBe(true);
  expect(server.verify(authority.publicKey)).toBe(true);
  expect(authority.verify(authority.publicKey)).toBe(true);
  expect(server.validFromDate.toISOString()).toBe("2026-11-20T05:00:00.000Z");
  expect(server.validToDate.toISOString()).toBe("2026-12-21T05:00:00.000Z");
});

test("each generated authority is different", async () => {
  const both = await Promise.all([newCertificates(NOW), newCertificates(NOW)]);
  const [one, other] = both.map(({ ca }) => new X509Certificate(ca));
  expect(one?.subject).not.toBe(other?.subject);
  expect(one?.serialNumber).not.toBe(other?.serialNumber);
});

test.each([
  [0, "020100"],
  [127, "02017f"],
  [128, "02020080"],
  [2_048, "02020800"],
])("the integer %i is encoded as %s", (value, hex) => {
  expect(integer(value).toString("hex")).toBe(hex);
});

test("an object identifier has the same encoding as OpenSSL's", () => {
  expect(oid("1.2.840.113549.1.5.13").toString("hex")).toBe("06092a864886f70d01050d");
});
