import { expect, it } from "vitest";
import { jsonReport } from "../../../action/report/json.ts";
import { COMMIT, finding, HOSTILE, hostileReport, IDENTITY, report } from "./reports.ts";

it("has exactly the members that are promised", () => {
  const text = jsonReport(report([finding({ publicKeyID: "abcd1234", atHead: false })]));
  expect(text.endsWith("}\n")).toBe(true);
  expect(JSON.stringify(JSON.parse(text))).toBe(
    JSON.stringify({
      findings: [
        {
          rule: "private-key",
          path: "config/box.json",
          line: 5,
          column: 20,
          commit: COMMIT,
          certainty: "certain",
          kind: "PKCS#8 RSA private key",
          identity: IDENTITY,
          message: "Here is a private key that is not encrypted: PKCS#8 RSA private key, 2048 bits.",
          fix: "Revoke this key.",
        },
      ],
      scanned: { blobs: 12, bytes: 3_400_000 },
    }),
  );
});

it("has null for a commit outside of a history", () => {
  expect(JSON.parse(jsonReport(report([finding({ commit: null })]))).findings[0].commit).toBeNull();
});

it.each(HOSTILE)("gives programs %j unchanged", (text) => {
  const json = jsonReport(hostileReport(text));
  expect(json.split("\n")).toHaveLength(2);
  expect(JSON.parse(json).findings[0]).toMatchObject({ path: text, message: text });
});
