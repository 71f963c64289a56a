import { spawnSync } from "node:child_process";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { newFolder } from "../infra/deployment.ts";
import { FOLDER, rendered, type TemplateName, VARIABLES } from "../infra/examples/terraform-policies.ts";
import { needs } from "./needs.ts";

/** Nothing leaves the machine: Terraform checks for newer versions otherwise. */
const OFFLINE = { ...process.env, CHECKPOINT_DISABLE: "1" };

describe("examples/terraform", () => {
  test("is formatted as terraform fmt formats it", needs("Terraform"), () => {
    const { status, stdout } = spawnSync("terraform", ["fmt", "-check", "-diff", "-recursive", FOLDER], {
      encoding: "utf8",
      env: OFFLINE,
    });
    expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
  });

  test("has policies that Terraform's templatefile renders as this test does", needs("Terraform"), () => {
    const folder = newFolder();
    cpSync(join(FOLDER, "policies"), folder, { recursive: true });
    const names = Object.keys(VARIABLES) as TemplateName[];
    const calls = names.map(
      (name) =>
        `${JSON.stringify(name)} = jsondecode(templatefile("${name}", ${JSON.stringify(VARIABLES[name])}))`,
    );
    const { stdout } = spawnSync("terraform", ["console"], {
      cwd: folder,
      env: OFFLINE,
      input: `jsonencode({ ${calls.join(", ")} })\n`,
      encoding: "utf8",
    });
    const value = JSON.parse(JSON.parse(stdout.trim().split("\n").at(-1) ?? ""));
    for (const name of names) expect(value[name]).toEqual(rendered(name, VARIABLES[name]));
  });
});
