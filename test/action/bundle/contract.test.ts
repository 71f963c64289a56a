import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { actionBundle } from "../../support/action-bundle.ts";
import { git } from "../git/repository.ts";
import { DIST } from "./runner.ts";

const ROOT = join(DIST, "../..");
const bundles = readdirSync(DIST).filter((name) => name.endsWith(".mjs"));

describe("the committed action bundle", () => {
  it("is what the source builds", async () => {
    const built = await actionBundle();
    const committed = git(ROOT, "ls-files", "--", "action/dist").split("\n");
    expect(committed).toEqual(
      readdirSync(built)
        .toSorted()
        .map((name) => `action/dist/${name}`),
    );
    for (const path of committed) {
      const text = execFileSync("git", ["-C", ROOT, "show", `:${path}`], { encoding: "utf8" });
      const same = text === readFileSync(join(built, path.replace("action/dist/", "")), "utf8");
      expect(same, `${path} differs: npm run build, and commit action/dist`).toBe(true);
    }
  });

  it.each(bundles)("carries no AWS code and no HTTP client: %s", (name) => {
    const code = readFileSync(join(DIST, name), "utf8");
    expect(/@aws-sdk|@smithy|amazonaws\.com|aws-sdk-js|undici/.exec(code)?.[0]).toBeUndefined();
    const imported = /(?:\bfrom|\bimport|\brequire)\(?["'](?:node:)?(?:https?|http2|net|tls|dns|dgram)["']/;
    expect(imported.exec(code)?.[0]).toBeUndefined();
  });

  it("holds no code that evaluates text, except ajv's for the users' own schemas", () => {
    for (const name of bundles.filter((name) => name !== "schema.mjs"))
      expect(/\beval\(|new Function\b/.exec(readFileSync(join(DIST, name), "utf8"))?.[0]).toBeUndefined();
  });

  it("ships the licences of the packages inside", () => {
    const licenses = readFileSync(join(DIST, "licenses.txt"), "utf8");
    for (const name of ["@actions/core", "ajv", "jsonc-parser", "yaml"])
      expect(licenses).toContain(`${name} `);
  });

  it("starts on the Node of the machine as a pre-commit hook", () => {
    const entry = git(ROOT, "ls-files", "--stage", "--", "action/dist/cli.mjs");
    expect(entry).toMatch(/^100755 /);
    expect(readFileSync(join(DIST, "cli.mjs"), "utf8")).toMatch(/^#!\/usr\/bin\/env node\n/);
  });
});

describe("action.yml", () => {
  const action = parse(readFileSync(join(ROOT, "action.yml"), "utf8"));

  it("runs the bundle on node24", () => {
    expect(action.runs).toEqual({ using: "node24", main: "action/dist/main.mjs" });
  });

  it("declares exactly the promised inputs and outputs", () => {
    expect(Object.keys(action.inputs)).toEqual([
      "fail-on",
      "fail-on-skipped",
      "schemas",
      "paths",
      "report",
      "sarif",
      "sarif-suppressed",
      "help-url",
    ]);
    expect(action.inputs["fail-on-skipped"].default).toBe("default");
    expect(Object.keys(action.outputs)).toEqual(["findings", "sarif-file", "scanned-blobs", "scanned-bytes"]);
    expect(action.inputs["fail-on"].default).toBe("partial");
  });
});
