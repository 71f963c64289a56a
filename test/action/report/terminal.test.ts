import { describe, expect, it } from "vitest";
import { terminalReport } from "../../../action/report/terminal.ts";
import {
  CORRUPT,
  CORRUPT_TEXT,
  DANGEROUS,
  finding,
  HOSTILE,
  hostileReport,
  IDENTITY,
  report,
  SKIPPED,
  suppressed,
} from "./reports.ts";

const plain = (...args: Parameters<typeof report>) => terminalReport(report(...args), { colours: false });

describe("the terminal's report", () => {
  it("is grouped by file and ends with the counts", () => {
    const text = plain(
      [
        finding(),
        finding({ path: "b.env", commit: null, identity: "der-sha256:00" }),
        finding({ path: "c.env", commit: null, identity: "der-sha256:00" }),
        finding({ line: 9, certainty: "partial", atHead: false }),
      ],
      { notices: ["One is unused."], problems: [CORRUPT], suppressed: [suppressed()] },
    );
    expect(text).toBe(`config/box.json
  5:20  certain  private-key  Here is a private key that is not encrypted: PKCS#8 RSA private key, 2048 bits.
    Fix: Revoke this key.
    ${IDENTITY}, commit 0123456789ab
  9:20  partial  private-key  Here is a private key that is not encrypted: PKCS#8 RSA private key, 2048 bits.
    Fix: Revoke this key.
    ${IDENTITY}, commit 0123456789ab, no longer in the newest commit

b.env
  5:20  certain  private-key  Here is a private key that is not encrypted: PKCS#8 RSA private key, 2048 bits.
    Fix: Revoke this key.
    der-sha256:00
    Also at:
      c.env:5:20

Could not scan: ${CORRUPT_TEXT}
Note: One is unused.
3 findings (2 certain, 1 partial) at 4 places in 3 files, 1 finding suppressed by fingerprint.
Scanned 3 commits of the pull request: 12 blobs, 3.4 MB, 2 archives.
`);
  });

  it("says that nothing was found, and in what", () => {
    expect(plain([], { scanned: { blobs: 1, bytes: 0, archives: 0 } })).toBe(
      "No findings.\nScanned 3 commits of the pull request: 1 blob, 0 bytes.\n",
    );
  });

  it.each([
    ["a failing kind was skipped", { skipped: [SKIPPED] }],
    ["an archive was skipped", { skipped: [{ ...SKIPPED, kind: "archive", fails: false } as const] }],
    ["an object could not be had", { problems: [CORRUPT] }],
  ])("never says that there are no findings where %s", (_, changes) => {
    const text = plain([], changes);
    expect(text).not.toMatch(/no findings/i);
    expect(text).toContain("\nNothing was found in what was read, which is not everything.\n");
  });

  it("names what was not read, with the remedy where that fails the run", () => {
    expect(plain([], { skipped: [SKIPPED, { ...SKIPPED, kind: "archive", fails: false, count: 3 }] })).toBe(
      `Not read: 1 file with more encoded text than is decoded, the rest unread (encoded): a.txt.
Not read: 3 archives not unpacked (archive): a.txt, and 2 others.
Fix: Read it yourself, then split or remove it, or list in fail-on-skipped only the kinds that are to fail.
Nothing was found in what was read, which is not everything.
Scanned 3 commits of the pull request: 12 blobs, 3.4 MB, 2 archives.
`,
    );
  });

  it("has colours only on request", () => {
    const coloured = terminalReport(report(), { colours: true });
    expect(coloured).toContain("\u001b[31mcertain\u001b[0m");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the colours
    expect(coloured.replaceAll(/\u001b\[\d+m/g, "")).toBe(plain());
  });

  it.each(HOSTILE)("shows %j escaped", (text) => {
    const shown = terminalReport(hostileReport(text), { colours: false });
    expect(shown).not.toMatch(DANGEROUS);
    expect(shown).not.toMatch(/##\[|^\s*::/m);
    expect(shown.split("\n")).toHaveLength(19);
  });

  it("counts what is suppressed by path apart from what is suppressed by its fingerprint", () => {
    const suppression = { path: "testdata/**", reason: "published", expires: "2027-01-31" };
    const text = plain([], {
      suppressed: [suppressed(), ...[1, 2, 3].map((line) => suppressed({ line, suppression }))],
    });
    expect(text).toContain(
      "No findings, 1 finding suppressed by fingerprint, 3 findings suppressed by path.\n",
    );
  });
});
