import { describe, expect, test } from "vitest";
import { AUDIT_QUERIES } from "../../infra/audit-queries.ts";
import { type JournalEntry, roleArn } from "../support/sample-log.ts";
import { rangeOf, rowsOf } from "./insights-rows.ts";
import { FOLDER, folderUrl, isIssue, OTHER_FOLDER, PARENT, STATEMENTS, sampleYear } from "./sample-year.ts";

const { journal, log, box } = await sampleYear();

/** What the test knows of each caller's tokens, without the log: its statement, and the folder they are bound to. */
const KNOWN: Readonly<Record<string, readonly [statement: string, folder: string | undefined]>> = {
  [roleArn("reports")]: ["reports-reads", FOLDER],
  [roleArn("archive")]: ["archive-reads", PARENT],
  [roleArn("other")]: ["other-reads", OTHER_FOLDER],
  [roleArn("last-year")]: ["last-year-reads", FOLDER],
  [roleArn("hr")]: ["hr-uploads", undefined],
  [roleArn("security")]: ["security", undefined],
  "alias:nightly": ["nightly-sync", undefined],
};
const subjectOf = ({ members }: JournalEntry) =>
  members.box_subject_id === undefined ? "enterprise:900001" : `user:${members.box_subject_id}`;

/** March, from an hour before it: a token that was issued then was valid in March. */
const MARCH = rangeOf("2026-02-28T23:00:00Z", "2026-04-01T00:00:00Z");
const inRange = ({ time }: JournalEntry, { start, end } = MARCH) =>
  Date.parse(time) >= start && Date.parse(time) <= end;

/** The rows that `entries` make when they are counted by the properties of `keyOf`, as sets compare. */
function counted(
  entries: readonly JournalEntry[],
  countName: string,
  keyOf: (entry: JournalEntry) => Readonly<Record<string, string | undefined>>,
) {
  const groups = Map.groupBy(entries, (entry) => JSON.stringify(keyOf(entry)));
  return [...groups].map(([key, members]) => {
    const times = members.map(({ time }) => time).toSorted();
    return { ...JSON.parse(key), [countName]: members.length, first: times.at(0), latest: times.at(-1) };
  });
}
const bySet = (rows: readonly object[]) =>
  rows.map((row) => JSON.stringify(Object.entries(row).toSorted())).toSorted();

describe("who could reach a folder in March", () => {
  const reaching = (folders: readonly string[]) =>
    counted(
      journal.filter(isIssue).filter((entry) => {
        const [, folder] = KNOWN[entry.caller] ?? [];
        const reaches = folder === undefined || folders.includes(folder);
        return entry.sha256 !== undefined && inRange(entry) && reaches;
      }),
      "tokens",
      (entry) => {
        const [statement, folder] = KNOWN[entry.caller] ?? [];
        const resource = folder === undefined ? {} : { resource_granted: folderUrl(folder) };
        return {
          caller: entry.caller,
          app: entry.members.app,
          subject: subjectOf(entry),
          statement,
          ...resource,
        };
      },
    );

  test("are the callers with tokens bound to it, and those with tokens bound to nothing", () => {
    const rows = rowsOf(AUDIT_QUERIES.folder, log, { range: MARCH, places: { FOLDER_ID: FOLDER } });
    expect(bySet(rows)).toEqual(bySet(reaching([FOLDER])));
    expect(new Set(rows.map(({ caller }) => caller))).toEqual(
      new Set([roleArn("reports"), roleArn("hr"), "alias:nightly"]),
    );
    expect(rows.map(({ tokens }) => tokens)).toEqual([2, 1, 1, 1, 1]);
  });

  test("are those of the folders above it too, where the auditor lists them", () => {
    const places = { FOLDER_ID: `${FOLDER}", "${folderUrl(PARENT)}` };
    const rows = rowsOf(AUDIT_QUERIES.folder, log, { range: MARCH, places });
    expect(bySet(rows)).toEqual(bySet(reaching([FOLDER, PARENT])));
    expect(rows.map(({ caller }) => caller)).toContain(roleArn("archive"));
  });

  test("include the caller of a token that was issued in February and expired in March", () => {
    const rows = rowsOf(AUDIT_QUERIES.folder, log, { range: MARCH, places: { FOLDER_ID: FOLDER } });
    const firsts = rows.map(({ first }) => String(first).slice(0, 16));
    expect(firsts).toContain("2026-02-28T23:30");
  });

  test("are the callers with unbound tokens alone where no token was bound to the folder", () => {
    const rows = rowsOf(AUDIT_QUERIES.folder, log, { range: MARCH, places: { FOLDER_ID: "1" } });
    expect(rows.filter((row) => "resource_granted" in row)).toEqual([]);
    expect(rows.length).toBeGreaterThan(1);
  });

  test("cannot be a caller that wrote the text of an unbound token into its request", async () => {
    const forging = await sampleYear();
    forging.at("2026-03-20T10:00:00Z");
    const before = forging.log.length;
    const app = 'x","resource_granted":null,"outcome":"issued';
    await forging.url(roleArn("reports"), { app: "reports", scope: 'item_download"resource_granted":null' });
    await forging.invoke("nightly", { app });
    await forging.invoke("nightly", { app: "reports", scope: app.replaceAll(" ", "") });
    const rows = rowsOf(AUDIT_QUERIES.folder, forging.log, { range: MARCH, places: { FOLDER_ID: FOLDER } });
    expect(forging.log.length).toBe(before + 6);
    expect(bySet(rows)).toEqual(bySet(reaching([FOLDER])));
  });
});

describe("the line that issued the token with a hash", () => {
  const cached = journal.filter(({ time }) => time.startsWith("2026-03-03"));
  const sha256 = cached[0]?.sha256 ?? "";
  const find = (hash: string) => rowsOf(AUDIT_QUERIES.token, log, { places: { TOKEN_SHA256: hash } });

  test("is the first of those of every caller that got it", () => {
    expect(cached.map((entry) => entry.sha256)).toEqual([sha256, sha256]);
    const rows = find(sha256);
    expect(rows.map(({ time }) => time)).toEqual(cached.map(({ time }) => time));
    expect(rows.map(({ cache }) => cache)).toEqual(["miss", "shared"]);
    expect(rows[0]).toMatchObject({
      ...{ action: "issue", outcome: "issued", caller: roleArn("reports"), app: "reports" },
      ...{ statement: "reports-reads", subject: "enterprise:900001", source_ip: "192.0.2.7" },
      ...{ caller_session: "session-of-reports", resource_granted: folderUrl(FOLDER), expires_in: 3_599 },
    });
  });

  test("is followed by what became of the token", () => {
    const [leaked] = journal.filter(({ time }) => time.startsWith("2026-04-03"));
    const fates = find(leaked?.sha256 ?? "").map(({ action, outcome, effect }) => [action, outcome, effect]);
    expect(fates).toEqual([
      ["issue", "issued", undefined],
      ["revoke", "failed", undefined],
      ["revoke", "revoked", "ended_at_box"],
    ]);
    expect(box.revoked).toHaveLength(2);
  });

  test("is none where the service issued no such token", () => {
    expect(find("0".repeat(64))).toEqual([]);
  });
});

describe("the callers that were denied", () => {
  const DENIED = new Set(["unauthorized_client", "invalid_request"]);

  test("are all of them with the reason, each of which the journal has, and no other", () => {
    const rows = rowsOf(AUDIT_QUERIES.denied, log);
    const expected = journal.filter(({ code }) => code !== undefined && DENIED.has(code));
    const nameOf = (caller: string) => (caller === "alias:7" ? "unidentified" : caller);
    const journaled = counted(expected, "requests", ({ caller, code, members }) => ({
      ...{ caller: nameOf(caller), code, action: isIssue({ members }) ? "issue" : "revoke" },
      // A request that cannot be parsed has no app; a revocation has that of its token.
      app: members.min_ttl === undefined ? (members.app ?? "reports") : undefined,
    }));
    const withoutWhy = rows.map(({ reason, subject, ...others }) => others);
    expect(bySet(withoutWhy)).toEqual(bySet(journaled));
    expect(rows.every(({ reason }) => String(reason).length > 10)).toBe(true);
    expect(rows[0]).toMatchObject({
      requests: 2,
      caller: roleArn("reports"),
      reason: "no statement matches",
    });
  });
});

describe("the statements that nobody used in 90 days", () => {
  const QUARTER = rangeOf("2026-01-30T00:00:00Z", "2026-04-30T00:00:00Z");

  test("are those of the policy that the query does not return", () => {
    const used = rowsOf(AUDIT_QUERIES.statements, log, { range: QUARTER }).map(({ statement }) => statement);
    expect(used.filter((statement) => statement === undefined)).toEqual([]);
    const unused = STATEMENTS.map(({ id }) => id).filter((id) => !used.includes(id));
    expect(unused).toEqual(["last-year-reads", "never-reads"]);
  });

  test("do not include one that was used for a revocation or a failed request alone", () => {
    const [row] = rowsOf(AUDIT_QUERIES.statements, log, {
      range: rangeOf("2026-03-09T00:00:00Z", "2026-03-10T00:00:00Z"),
    });
    expect(row).toMatchObject({ statement: "security", requests: 2, callers: 1 });
    const april = rowsOf(AUDIT_QUERIES.statements, log, {
      range: rangeOf("2026-04-03T10:04:00Z", "2026-04-04T00:00:00Z"),
    });
    expect(april.map(({ statement }) => statement)).toEqual(["security"]);
  });

  test("come with the latest use of the others, the oldest first", () => {
    const rows = rowsOf(AUDIT_QUERIES.statements, log);
    const latest = rows.map((row) => String(row.latest));
    expect(latest).toEqual(latest.toSorted());
    expect(rows[0]).toMatchObject({ statement: "last-year-reads", requests: 1 });
    const reports = journal.filter(({ caller, code }) => caller === roleArn("reports") && code === undefined);
    expect(rows.find(({ statement }) => statement === "reports-reads")).toMatchObject({
      requests: reports.length,
      latest: reports.at(-1)?.time,
    });
  });
});

test("who revoked what are all revocations in their order, with what each did", () => {
  const rows = rowsOf(AUDIT_QUERIES.revocations, log);
  const revocations = journal.filter((entry) => !isIssue(entry));
  expect(rows.map(({ time, caller, token_sha256, code }) => [time, caller, token_sha256, code])).toEqual(
    revocations.map(({ time, caller, sha256, code }) => [time, caller, sha256, code]),
  );
  expect(rows.map(({ outcome, effect, statement }) => [outcome, effect, statement])).toEqual([
    ["denied", undefined, undefined],
    ["revoked", "evicted", "reports-reads"],
    ["failed", undefined, "security"],
    ["revoked", "ended_at_box", "security"],
    ["revoked", "unknown_token", undefined],
  ]);
});

test("no query for auditors leaves out rows below AWS's own limit", () => {
  for (const { lines } of Object.values(AUDIT_QUERIES)) expect(lines).toContain("limit 10000");
});
