import { describe, expect, it } from "vitest";
import { annotations } from "../../../action/report/annotations.ts";
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
} from "./reports.ts";

const many = (count: number, of: (at: number) => Parameters<typeof finding>[0]) =>
  Array.from({ length: count }, (_, at) => finding(of(at)));

/** More than GitHub shows of any level. */
const TOO_MANY = [
  ...many(25, (at) => ({ path: `file-${at}`, identity: `der-sha256:${at}` })),
  ...many(30, (at) => ({ path: `file-${at}`, identity: `der-sha256:${at}`, certainty: "partial" })),
];

const levels = (commands: readonly string[]) => commands.map((line) => /^::(\w+)/.exec(line)?.[1]);

describe("annotations", () => {
  it("are on the line of the finding", () => {
    expect(annotations(report(), "partial")).toEqual([
      `::error file=config/box.json,line=5,col=20,title=private-key%3A PKCS#8 RSA private key::Here is a private key that is not encrypted: PKCS#8 RSA private key, 2048 bits. Revoke this key. (${IDENTITY})`,
    ]);
  });

  it("name the commit and the place of a finding that is no longer in the newest commit or is in a message", () => {
    for (const changes of [{ atHead: false }, { path: "COMMIT_MESSAGE", part: "message" as const }]) {
      const [line = ""] = annotations(report([finding(changes)]), "partial");
      expect(line).toMatch(
        /^::error title=[^,]*::(?:In commit 0123456789ab, config\/box.json:5:20|the message of commit 0123456789ab): Here is/,
      );
    }
  });

  it.each([
    ["partial", ["error", "error"]],
    ["certain", ["error", "warning"]],
    ["never", ["warning", "notice"]],
  ] as const)("are errors where the step fails on %s", (failOn, expected) => {
    const both = report([finding(), finding({ certainty: "partial" })]);
    expect(levels(annotations(both, failOn))).toEqual(expected);
  });

  it("are one for each finding as long as GitHub shows them all", () => {
    expect(
      annotations(report(many(10, (at) => ({ line: at + 1, identity: `der-sha256:${at}` }))), "partial"),
    ).toHaveLength(10);
  });

  it("are one for each file where GitHub does not show them all, with the first lines of each", () => {
    const findings = [
      ...many(12, (at) => ({ line: at + 1, identity: `der-sha256:${at}` })),
      finding({ path: "other", identity: "der-sha256:other" }),
    ];
    const commands = annotations(report(findings), "partial");
    expect(commands).toHaveLength(2);
    expect(commands[0]).toMatch(/^::error file=config\/box\.json,line=1,col=20,title=12 findings::/);
    expect(commands[0]?.split("%0A")).toHaveLength(11);
    expect(commands[0]).toMatch(/%0Aand 2 more$/);
  });

  it.each([
    ["partial", 35],
    ["certain", 35],
    ["never", 38],
  ] as const)("end with the number of those left out where the step fails on %s", (failOn, left) => {
    const commands = annotations(report(TOO_MANY, { notices: ["One is unused."] }), failOn);
    expect(commands.at(-1)).toContain(`::notice title=Left out::${left} more findings in the job summary`);
  });

  it("show all notices in one", () => {
    const notices = Array.from({ length: 12 }, (_, at) => `Notice ${at}.`);
    expect(annotations(report([], { notices }), "partial")).toEqual([
      `::notice title=box-config-lint::${notices.slice(0, 10).join("%0A")}%0Aand 2 more`,
    ]);
  });

  it("show first what could not be scanned, within the limit", () => {
    const findings = many(12, (at) => ({ path: `file-${at}`, identity: `der-sha256:${at}` }));
    const commands = annotations(report(findings, { problems: [CORRUPT] }), "certain");
    expect(commands[0]).toBe(`::error title=Could not scan::${CORRUPT_TEXT}`);
    expect(levels(commands).filter((level) => level === "error")).toHaveLength(10);
    expect(commands.at(-1)).toContain("::3 more findings");
  });

  it("are an error for what was not read and fails the run, and a notice for the rest", () => {
    const skipped = [SKIPPED, { ...SKIPPED, kind: "archive", fails: false }] as const;
    const [error = "", notice = "", ...others] = annotations(report([], { skipped }), "never");
    expect(error).toMatch(
      /^::error title=Not read::1 file with more encoded text .*: a\.txt\.%0ARead it yourself/,
    );
    expect(notice).toMatch(/^::notice title=Not read::1 archive not unpacked \(archive\): a\.txt\.$/);
    expect(others).toEqual([]);
  });

  it("are at most 10 of each level, also with everything that a report can have", () => {
    const skipped = [SKIPPED, { ...SKIPPED, kind: "archive", fails: false }] as const;
    const few = report(TOO_MANY, { notices: ["Yes."] });
    const all = report(TOO_MANY, { skipped, problems: [CORRUPT], notices: ["Yes."] });
    for (const one of [few, all])
      for (const failOn of ["partial", "certain", "never"] as const)
        for (const level of ["error", "warning", "notice"])
          expect(
            levels(annotations(one, failOn)).filter((shown) => shown === level).length,
          ).toBeLessThanOrEqual(10);
  });

  it("are none where nothing is found", () => {
    expect(annotations(report([]), "partial")).toEqual([]);
  });

  it.each(HOSTILE)("hold %j as text", (text) => {
    const commands = annotations(hostileReport(text), "partial");
    expect(commands).toHaveLength(7);
    for (const line of commands) {
      expect(line).toMatch(
        /^::(?:error file=[^,:]+,line=5,col=20,title=[^,:]+|error title=(?:Could not scan|Not read)|notice title=Not read|notice title=box-config-lint)::/,
      );
      expect(line).not.toMatch(DANGEROUS);
      expect(line).not.toMatch(/\n|##\[/);
    }
  });
});
