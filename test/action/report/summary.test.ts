import { Buffer } from "node:buffer";
import { describe, expect, it } from "vitest";
import { summary } from "../../../action/report/summary.ts";
import {
  COMMIT,
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

/** Commands of the fenced blocks. */
const commands = (text: string) =>
  [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block]) => block).join("");

describe("the summary", () => {
  it("leads with what to do now about each key", () => {
    const text = summary(
      report([
        finding({ publicKeyID: "abcd1234" }),
        ...Array.from({ length: 4 }, (_, at) => finding({ path: `copy-${at}` })),
        finding({ identity: "der-sha256:00", certainty: "partial" }),
      ]),
    );
    expect(text).toMatch(
      /^## box-config-lint: 2 findings \(1 certain, 1 partial\) at 6 places\n\n### What to do now\n\nA pushed branch holds/,
    );
    expect(text).toContain("Configuration > Add and Manage Public Keys");
    expect(text).toContain(
      `- **Key ID \`abcd1234\`**: PKCS#8 RSA private key, \`${IDENTITY}\`, in \`config/box.json:5:20\`, commit \`${COMMIT.slice(0, 12)}\``,
    );
    expect(text).toContain(" and 2 more places.");
    expect(text).toContain("- **Key**: PKCS#8 RSA private key, `der-sha256:00`");
    expect(text).toContain("It is cut short");
    const order = [
      "Remove these 2 keys",
      "Make a new key",
      "Clean the branch",
      "### Findings",
      "### What was scanned",
    ].map((heading) => text.indexOf(heading));
    expect(order).toEqual(order.toSorted((one, other) => one - other));
    expect(order).not.toContain(-1);
    expect(commands(text)).toContain("git rm -r --cached --ignore-unmatch -- config/box.json\n");
    expect(commands(text)).toContain("git add -- copy-0 copy-1");
    expect(commands(text)).toContain("git push --force-with-lease");
  });

  it("explains how to compare keys only where no place names the key id", () => {
    const known = finding({ publicKeyID: "abcd1234" });
    expect(summary(report([known, finding({ path: "copy" })]))).not.toContain("Not sure which");
    expect(summary(report([known, finding({ identity: "spki-sha256:00" })]))).toContain("Not sure which");
    expect(summary(report([finding({ identity: "der-sha256:00" })]))).not.toContain("Not sure which");
  });

  it("names the new public key as the commands write it", () => {
    const text = summary(report([finding({})]));
    const [, file = ""] = /-pubout -out (\S+)/.exec(commands(text)) ?? [];
    expect(file).not.toBe("");
    expect(text).toContain(`register \`${file}\` with Add a Public Key`);
  });

  it("explains how to reset secrets", () => {
    const text = summary(report([finding({ rule: "box-secret", kind: "client secret", fix: "Reset it." })]));
    expect(text).toContain("#### Reset these secrets");
    expect(text).toContain("**client secret**. Reset it.");
    expect(text).not.toContain("Make a new key");
  });

  it("starts the clean-up from the base where it is known", () => {
    expect(commands(summary(report(), COMMIT))).toContain('"$(git merge-base HEAD 0123456789ab)"');
    expect(commands(summary(report(), "$(touch owned)"))).not.toContain("owned");
  });

  it("adds only files that the newest commit has, because git add refuses all of them where one is gone", () => {
    const text = commands(
      summary(report([finding({ path: "gone", atHead: false }), finding({ path: "here", atHead: true })])),
    );
    expect(text).toContain("git add -- here\n");
    expect(commands(summary(report([finding({ path: "gone", atHead: false })])))).not.toContain("git add");
  });

  it("explains the list of replacements once, also where messages alone hold a key", () => {
    const message = finding({ path: "COMMIT_MESSAGE", part: "message" });
    for (const findings of [[message], [message, finding({ path: "app.ts" })]])
      expect(summary(report(findings)).split("First write `../replacements.txt`")).toHaveLength(2);
    expect(summary(report([message]))).toContain("for keys in PEM the line `regex:");
  });

  it("says that nothing was pushed where nothing was committed", () => {
    expect(summary(report([finding({ commit: null })]))).not.toContain("A pushed branch holds");
  });

  it("names each entry for a path with what it took out, its day and its reason", () => {
    const entry = { path: "testdata/**", reason: "published | keys", expires: "2027-01-31" };
    const text = summary(
      report([], {
        suppressed: [suppressed(), ...[1, 2].map((line) => suppressed({ line, suppression: entry }))],
      }),
    );
    expect(text).toContain(
      "- Suppressed: 1 finding suppressed by fingerprint, 2 findings suppressed by path\n  - <code>testdata/&#42;&#42;</code>: 2 findings, until 2027-01-31. published &#124; keys\n",
    );
  });

  it("requests no action where nothing was found", () => {
    const text = summary(
      report([], {
        notices: ["An exception is unused."],
        suppressed: [1, 2, 3].map((line) => suppressed({ line })),
      }),
    );
    expect(text).toBe(
      `## box-config-lint: no findings

Nothing to do.

### What was scanned

- Range: 3 commits of the pull request
- Read: 12 blobs, 3.4 MB, 2 archives
- Suppressed: 3 findings suppressed by fingerprint

### Notices

- An exception is unused.
`,
    );
  });

  it.each([
    [
      "a failing kind was skipped",
      { skipped: [SKIPPED] },
      "### Not read, which fails this run\n\n- 1 file with",
    ],
    [
      "an archive was skipped",
      { skipped: [{ ...SKIPPED, kind: "archive", fails: false } as const] },
      "### Not read\n\n- 1 archive not unpacked",
    ],
    ["an object could not be had", { problems: [CORRUPT] }, `- ${CORRUPT_TEXT}`],
  ])("never appears clean where %s", (_, changes, sentence) => {
    const text = summary(report([], changes));
    expect(text).toContain("## box-config-lint: no findings in what was read, which is not everything\n");
    expect(text).not.toContain("Nothing to do.");
    expect(text).toContain(sentence);
  });

  it("mentions no keys where only configs are wrong", () => {
    const text = summary(report([finding({ rule: "box-config" })]));
    expect(text).toContain("Correct what the table lists.");
    expect(text).not.toContain("Clean the branch");
  });

  it("stays short with a thousand keys, and lists each key once", () => {
    const keys = Array.from({ length: 973 }, (_, at) =>
      finding({ path: `test/certs/key-${at}.pem`, identity: `spki-sha256:${String(at).padStart(64, "0")}` }),
    );
    const text = summary(report(keys));
    expect(Buffer.byteLength(text)).toBeLessThan(90_000);
    expect(text).toContain("## box-config-lint: 973 findings (973 certain, 0 partial)");
    expect(text).toMatch(
      /Left out here: \d+ findings .* The input `report` writes a file with all of them\./,
    );
    const twelve = summary(report(Array.from({ length: 12 }, (_, at) => finding({ path: `copy-${at}` }))));
    expect(twelve.match(/^\| certain /gm)).toHaveLength(1);
    expect(twelve).toContain("1 finding (1 certain, 0 partial) at 12 places");
    expect(twelve).toContain("and 7 more places");
  });

  it("stays under 1 MiB and counts what is left out", () => {
    const long = "ü|".repeat(2000);
    // Some 5 MB of findings, and as much of notices.
    const count = 400;
    const findings = Array.from({ length: count }, (_, at) => [
      finding({ path: `${at}/${long}`, message: long, fix: long, identity: `${at}:${long}` }),
      finding({
        rule: "box-secret",
        path: `${at}/${long}`,
        kind: long,
        fix: long,
        identity: `${at}:${long}`,
      }),
    ]).flat();
    const notices = Array.from({ length: count }, () => long);
    const text = summary(
      report(findings, {
        notices,
        problems: notices.map((fault, at) => ({
          code: "suppressions_invalid" as const,
          fault: `${at}${fault}`,
        })),
        range: long,
      }),
    );
    expect(Buffer.byteLength(text)).toBeLessThan(1_048_576);
    const rows = text.split("\n").filter((line) => line.startsWith("| certain ")).length;
    const left = (2 * count - rows).toLocaleString("en");
    expect(text).toContain(`Left out here: ${left} findings`);
    expect(text).toMatch(/more keys: see the table/);
    expect(text).toMatch(/more secrets: see the table/);
    expect(text.match(/^- Left out: .* more$/gm)).toHaveLength(2);
  });

  it.each(HOSTILE)("holds %j as text", (hostile) => {
    const text = summary(hostileReport(hostile));
    const harmless = summary(hostileReport("a b"));
    expect(text).not.toMatch(DANGEROUS);
    expect(text.split("\n")).toHaveLength(harmless.split("\n").length);
    expect(text.replaceAll(/`[^`\n]*`/g, "")).not.toMatch(/<(?!\/?code>)|\]\(|@\w|https?:/);
    for (const row of text.split("\n").filter((line) => line.startsWith("| certain"))) {
      expect(row.match(/\|/g)).toHaveLength(6);
    }
    // No command holds such a name.
    expect(commands(text)).toBe(commands(harmless));
  });
});
