import { cpSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { newFolder } from "./deployment.ts";

const ROOT = join(import.meta.dirname, "../..");

/** Another program's folder, with the CDK and these parts of the package. */
export function otherProgram(...parts: readonly string[]): string {
  const folder = newFolder();
  const statement = {
    ...{ id: "a", caller: { alias: "a" }, app: "reports" },
    ...{ subjects: ["enterprise"], unrestricted: true },
  };
  writeFileSync(join(folder, "policy.json"), JSON.stringify({ version: 1, statements: [statement] }));
  for (const name of ["package.json", ...parts]) {
    cpSync(join(ROOT, name), join(folder, "node_modules/box-sts", name), { recursive: true });
  }
  for (const name of ["aws-cdk-lib", "constructs"]) {
    symlinkSync(join(ROOT, "node_modules", name), join(folder, "node_modules", name));
  }
  return folder;
}
