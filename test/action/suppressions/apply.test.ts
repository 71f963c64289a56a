import { expect, it } from "vitest";
import type { Finding } from "../../../action/scan/finding.ts";
import { applySuppressions } from "../../../action/suppressions/apply.ts";
import type { PathSuppression } from "../../../action/suppressions/by-path.ts";
import type { Entry } from "../../../action/suppressions/suppressions.ts";
import { entry, finding, hashOf, pathEntry, SECRET, secretHash, TODAY, YESTERDAY } from "./samples.ts";

const covered = (changes: Partial<Finding> = {}, byPath: readonly PathSuppression[] = []) => ({
  ...finding(changes),
  byPath,
});
const secret = (letter?: string) =>
  covered({
    rule: "box-secret",
    identity: SECRET,
    ...(letter !== undefined && { secretHash: hashOf(letter) }),
  });
const apply = (findings: readonly ReturnType<typeof covered>[], ...entries: readonly Entry[]) =>
  applySuppressions(findings, entries, TODAY);
const NOTHING = { findings: [], suppressed: [], expired: [], unused: [], unbound: [] };

it("suppresses a finding by its fingerprint on the entry's last day, and names the entry", () => {
  const [one, other] = [covered(), covered({ identity: "spki-sha256:11" })];
  const known = entry();
  expect(apply([one, other], known)).toEqual({
    ...NOTHING,
    findings: [other],
    suppressed: [{ ...one, suppression: known }],
  });
});

it("does not suppress a finding by an entry whose last day has passed, and reports the entry as expired", () => {
  const past = entry({ expires: YESTERDAY });
  expect(apply([covered()], past)).toEqual({ ...NOTHING, findings: [covered()], expired: [past] });
});

it("reports an expired entry without a finding as expired and as unused", () => {
  const past = entry({ expires: YESTERDAY });
  expect(apply([], past)).toEqual({ ...NOTHING, expired: [past], unused: [past] });
});

it("does not report an expired entry that a newer one for the same fingerprint replaces", () => {
  const [past, now] = [entry({ expires: YESTERDAY }), entry()];
  const applied = apply([covered()], past, now);
  expect(applied).toMatchObject({ findings: [], expired: [], unused: [] });
  expect(applied.suppressed).toHaveLength(1);
});

it("reports an entry without a finding as unused", () => {
  expect(apply([covered()], entry({ identity: "spki-sha256:11" })).unused).toHaveLength(1);
});

it("suppresses only the values of a Box secret whose hashes the entry has", () => {
  const known = entry({ identity: SECRET, secretHash: secretHash("ab") });
  const applied = apply([secret("a"), secret("b"), secret("c"), secret()], known);
  expect(applied.suppressed.map((one) => one.secretHash)).toEqual([hashOf("a"), hashOf("b")]);
  expect(applied.findings.map((one) => one.secretHash)).toEqual([hashOf("c"), undefined]);
  expect(applied).toMatchObject({ expired: [], unused: [], unbound: [] });
});

it("reports an entry for a Box secret whose value is no longer there as unused", () => {
  const known = entry({ identity: SECRET, secretHash: secretHash("a") });
  expect(apply([secret("c")], known)).toMatchObject({ findings: [secret("c")], unused: [known] });
});

it("suppresses nothing by an entry for a Box secret without a hash, and reports the entry as unbound", () => {
  const unbound = entry({ identity: SECRET });
  expect(apply([secret()], unbound)).toEqual({ ...NOTHING, findings: [secret()], unbound: [unbound] });
  const past = entry({ identity: SECRET, expires: YESTERDAY });
  expect(apply([secret()], past)).toEqual({ ...NOTHING, findings: [secret()], expired: [past] });
});

it("takes an expired entry for a Box secret for used while its place has a secret, whatever its value", () => {
  const past = entry({ identity: SECRET, secretHash: secretHash("a"), expires: YESTERDAY });
  expect(apply([secret()], past)).toMatchObject({ findings: [secret()], expired: [past], unused: [] });
  expect(apply([], past).unused).toEqual([past]);
});

it("suppresses by a path where a fingerprint does not, and prefers the entry for the fingerprint", () => {
  const [byPath, byIdentity] = [pathEntry(), entry()];
  const one = covered({}, [byPath]);
  expect(apply([one], byPath).suppressed).toEqual([{ ...one, suppression: byPath }]);
  expect(apply([one], byPath, byIdentity).suppressed).toEqual([{ ...one, suppression: byIdentity }]);
});

it("reports an entry for a path as unused if it covers nothing, and as expired alone after its last day", () => {
  expect(apply([covered()], pathEntry())).toMatchObject({ unused: [pathEntry()], expired: [] });
  const byPath = pathEntry();
  expect(apply([covered({}, [byPath])], byPath)).toMatchObject({ unused: [], expired: [] });
  const past = pathEntry({ expires: YESTERDAY });
  expect(apply([covered()], past)).toMatchObject({ unused: [], expired: [past], findings: [covered()] });
});
