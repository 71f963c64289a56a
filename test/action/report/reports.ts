import type { Report, ReportedFinding, SuppressedFinding } from "../../../action/report/report.ts";
import type { ScanProblem } from "../../../action/scan/problem.ts";
import type { Skipped } from "../../../action/scan/skipped.ts";

/** What a scan reports of an object that Git cannot read, and its text. */
export const CORRUPT: ScanProblem = { code: "object_corrupt", object: "12ab" };
export const CORRUPT_TEXT = "Git object 12ab is corrupt and was not scanned; run: git fsck";

export const IDENTITY = `spki-sha256:${"ab".repeat(32)}`;
export const COMMIT = "0123456789abcdef0123456789abcdef01234567";

/** A certain key at `config/box.json:5:20`, with the given changes. */
export const finding = (changes: Partial<ReportedFinding> = {}): ReportedFinding => ({
  rule: "private-key",
  certainty: "certain",
  kind: "PKCS#8 RSA private key",
  identity: IDENTITY,
  line: 5,
  column: 20,
  message: "Here is a private key that is not encrypted: PKCS#8 RSA private key, 2048 bits.",
  fix: "Revoke this key.",
  path: "config/box.json",
  commit: COMMIT,
  ...changes,
});

/** The same, suppressed by its fingerprint until a day. */
export const suppressed = (changes: Partial<SuppressedFinding> = {}): SuppressedFinding => ({
  ...finding(),
  suppression: { reason: "removed at Box", expires: "2027-01-31" },
  ...changes,
});

/** One file that was not read completely, and fails the run. */
export const SKIPPED: Skipped = {
  kind: "encoded",
  fails: true,
  count: 1,
  places: [{ path: "a.txt", commit: null }],
};

export const report = (
  findings: readonly ReportedFinding[] = [finding()],
  changes: Partial<Report> = {},
): Report => ({
  findings,
  scanned: { blobs: 12, bytes: 3_400_000, archives: 2 },
  suppressed: [],
  skipped: [],
  notices: [],
  range: "3 commits of the pull request",
  ...changes,
});

/** What people with access to a repository can write into names, properties and messages. */
export const HOSTILE = [
  "a\n::error::owned",
  "::add-mask::x",
  "x##[add-mask]y",
  "a%0A::error::owned",
  "\u001b[2J\u001b]0;title\u0007",
  "\u009b31m",
  "a\u202Egnp.exe\u2066",
  "zero\u200bwidth\ufeff",
  "tag\u{e0041}\ud800",
  "a](javascript:alert(1))",
  "![x](https://evil.example/x.png)",
  "[x][y] <img src=x onerror=alert(1)>",
  "<!-- --> </code></td></table>",
  "a|b\\|c",
  "``` `a` ```",
  "@octocat #1 https://evil.example www.evil.example a@b.example",
  "a,line=1,title=b:c",
  "**bold** _x_ ~~y~~ $z$ :tada: &lt;",
  "line\u2028separator\r\n# heading",
  "x'; rm -rf ~ #",
  "$(touch owned)",
  "-rf",
];
/** Characters that no output may have, line feeds apart. */
export const DANGEROUS = /(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

/** A key, a secret, a config and so on, all saying the hostile text wherever a repository can. */
export const hostileReport = (text: string): Report =>
  report(
    (["private-key", "box-secret", "box-config"] as const).map((rule) =>
      finding({
        rule,
        path: text,
        message: text,
        kind: text,
        fix: text,
        identity: `${rule}:${text}`,
        publicKeyID: text,
      }),
    ),
    {
      notices: [text],
      problems: [{ code: "suppressions_invalid", fault: text }],
      range: text,
      skipped: [
        { ...SKIPPED, places: [{ path: text, commit: null }] },
        { ...SKIPPED, kind: "archive", fails: false, places: [{ path: text, commit: null }] },
      ],
    },
  );
