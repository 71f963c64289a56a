import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { AwsCredentials } from "../../client/index.ts";

/** A folder for `PATH` with an `aws` that exports these credentials for the profile; for the running test. */
export function awsCliFor(profile: string, { accessKeyId, secretAccessKey }: AwsCredentials): string {
  const folder = mkdtempSync(join(tmpdir(), "box-sts-aws-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const exported = { Version: 1, AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey };
  const expected = `configure export-credentials --format process --profile ${profile}`;
  const path = join(folder, "aws");
  writeFileSync(path, `#!/bin/sh\n[ "$*" = "${expected}" ] && echo '${JSON.stringify(exported)}'\n`);
  chmodSync(path, 0o755);
  return folder;
}
