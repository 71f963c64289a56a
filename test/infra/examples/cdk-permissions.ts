import { deploy } from "../deployment.ts";
import { lineOf, permissionsOf } from "../permissions.ts";

export const SECRET = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:box/reports-AbCdEf";
export const KEY = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";
export const REPORTS = "arn:aws:iam::123456789012:role/reports";
export const NIGHTLY = "arn:aws:iam::123456789012:role/nightly";

const rights = { app: "reports", subjects: ["enterprise"], unrestricted: true };

/**
 * Everything that the CDK stack permits and denies about the two token functions, a line each, for one app, one caller
 * of the Function URL and one of the alias nightly-sync; what the examples without the CDK have to permit and deny.
 */
export function cdkPermissions({ key }: { readonly key: boolean }): readonly string[] {
  const deployment = deploy(
    {
      apps: [{ name: "reports", secret: SECRET, ...(key ? { encryptionKey: KEY } : {}) }],
      callers: [
        { principal: REPORTS, url: true },
        { principal: NIGHTLY, alias: "nightly-sync" },
      ],
    },
    {
      version: 1,
      statements: [
        { id: "reports", caller: { iam: REPORTS }, ...rights },
        { id: "nightly", caller: { alias: "nightly-sync" }, ...rights },
      ],
    },
  );
  return permissionsOf(deployment)
    .map(lineOf)
    .filter((line) => !/<Health|<Alarms>|<Topic/.test(line))
    .map((line) => line.replaceAll(/<ByAliasnightlysync\w*>/g, "<nightly-sync>"))
    .toSorted();
}
