import { TableFailure } from "../../functions/broker/shared-cache/table.ts";
import type { Statement } from "../../schemas/policy/parse.ts";
import { Failure } from "../../schemas/protocol/problems.ts";
import { roleArn, SampleService } from "../support/sample-log.ts";

export const folderUrl = (id: string) => `https://api.box.com/2.0/folders/${id}`;
/** The folder of the audit, the one above it, and another one. */
export const [FOLDER, PARENT, OTHER_FOLDER] = ["987", "900", "988"] as const;

const onFolder = (name: string, folder: string): Statement => ({
  id: `${name}-reads`,
  caller: { iam: roleArn(name) },
  app: "reports",
  subjects: ["enterprise"],
  scopes: ["item_download"],
  resources: [folderUrl(folder)],
});

export const STATEMENTS: readonly Statement[] = [
  onFolder("reports", FOLDER),
  onFolder("archive", PARENT),
  onFolder("other", OTHER_FOLDER),
  onFolder("last-year", FOLDER),
  onFolder("never", FOLDER),
  {
    ...{ id: "hr-uploads", caller: { iam: roleArn("hr") }, app: "hr" },
    ...{ subjects: ["enterprise"], scopes: ["item_upload"] },
  },
  {
    ...{ id: "nightly-sync", caller: { alias: "nightly" }, app: "*" },
    ...{ subjects: ["enterprise", "user:*"], unrestricted: true },
  },
  {
    ...{ id: "security", caller: { iam: roleArn("security") }, app: "*" },
    ...{ subjects: ["enterprise", "user:*"], unrestricted: true, revoke: true },
  },
];

const user = (id: string) => ({ app: "reports", box_subject_type: "user", box_subject_id: id });

/** Some months of a deployment, with everything that the queries of auditors and operators are about. */
export async function sampleYear(): Promise<SampleService> {
  const service = new SampleService(["reports", "hr"], STATEMENTS);
  const { box, credentials } = service;
  const request = (time: string, role: string, members: Readonly<Record<string, string>>) => {
    service.at(time);
    return service.url(roleArn(role), members);
  };
  const invoke = (time: string, alias: string, members: Readonly<Record<string, string>>) => {
    service.at(time);
    return service.invoke(alias, members);
  };

  await request("2025-12-20T08:00:00Z", "last-year", { app: "reports" });
  await request("2026-02-20T08:00:00Z", "reports", { app: "reports" });
  // Issued in February; it lives until half past midnight on the first of March.
  await invoke("2026-02-28T23:30:00Z", "nightly", { app: "reports" });

  await request("2026-03-03T10:00:00Z", "reports", { app: "reports" });
  await request("2026-03-03T10:10:00Z", "reports", { app: "reports" });
  await request("2026-03-04T10:00:00Z", "archive", { app: "reports" });
  await request("2026-03-05T10:00:00Z", "other", { app: "reports" });
  await invoke("2026-03-06T10:00:00Z", "nightly", { ...user("42"), scope: "item_download" });
  await request("2026-03-07T10:00:00Z", "hr", { app: "hr" });

  await request("2026-03-08T10:00:00Z", "unknown", {
    ...{ app: "reports", scope: "item_download", resource: folderUrl(FOLDER) },
  });
  await request("2026-03-08T10:01:00Z", "reports", { app: "reports", scope: "item_upload" });
  await request("2026-03-08T10:02:00Z", "reports", { app: "reports", scope: "item_upload" });
  await request("2026-03-08T10:03:00Z", "reports", { app: "hr" });
  await invoke("2026-03-08T10:04:00Z", "nightly", { app: "reports", min_ttl: "9999" });
  await invoke("2026-03-08T10:05:00Z", "7", { app: "reports" });

  box.rule = () => new Failure("box_unavailable", "Box is away");
  await request("2026-03-09T10:00:00Z", "security", { app: "reports" });
  box.rule = undefined;
  credentials.failure = new Failure("secret_forbidden", "AccessDeniedException");
  await request("2026-03-09T11:00:00Z", "security", { app: "hr" });
  credentials.failure = undefined;
  const current = credentials.current;
  credentials.current = { ...current, versionId: "v0", stage: "AWSPREVIOUS" };
  await invoke("2026-03-10T10:00:00Z", "nightly", user("77"));
  credentials.current = current;
  service.platform("2026-03-10T10:00:01.000Z 8f5e2a0c Task timed out after 15.00 seconds\n");
  service.platform("REPORT RequestId: 8f5e2a0c\tDuration: 15000.00 ms\tStatus: timeout\n");

  service.table.outage = new TableFailure("DynamoDB: InternalServerError", true);
  await request("2026-03-11T10:00:00Z", "other", { app: "reports" });
  service.table.outage = undefined;

  const shared = await request("2026-04-02T10:00:00Z", "reports", { app: "reports" });
  await request("2026-04-02T10:05:00Z", "other", { token: shared ?? "" });
  await request("2026-04-02T10:06:00Z", "reports", { token: shared ?? "" });
  const leaked = await invoke("2026-04-03T10:00:00Z", "nightly", user("42"));
  box.revocationFailure = new Failure("box_unavailable", "Box is away");
  await request("2026-04-03T10:05:00Z", "security", { token: leaked ?? "" });
  box.revocationFailure = undefined;
  await request("2026-04-03T10:06:00Z", "security", { token: leaked ?? "" });
  await invoke("2026-04-04T10:00:00Z", "nightly", { token: "never-issued" });
  return service;
}

/** Whether the request was for a token, not for the end of one. */
export const isIssue = ({ members }: { readonly members: object }) => !("token" in members);
