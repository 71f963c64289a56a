import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { mistakeTests, ROOT, synth, synthBy, synthTests } from "../infra/synth.ts";

/** The CDK's own command line, as a deployer runs it. */
const CDK = join(import.meta.dirname, "node_modules/.bin/cdk");
const cdkSynth = synthBy(CDK, "synth", "--quiet", "--no-notices");

synthTests("cdk synth", cdkSynth);
mistakeTests("cdk synth", cdkSynth);

test("cdk synth and npm run synth write the same files", () => {
  const [theirs, ours] = [cdkSynth, synth].map((run) => run("examples/deploy/deploy.json").out);
  // For a synth that took long the CDK's command has its times written beside the assembly, of which they are no part.
  const args = ["-r", "--exclude=performance-counters.json", theirs as string, ours as string];
  expect(spawnSync("diff", args, { encoding: "utf8" }).stdout).toBe("");
});

test("the documents and workflows name the version of the CDK's command line that is tested here", () => {
  const { dependencies } = JSON.parse(readFileSync(join(import.meta.dirname, "package.json"), "utf8"));
  const folders = ["docs", "examples", "."];
  const named = folders.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: folder !== ".", encoding: "utf8" })
      .filter((name) => /\.(?:md|yml|mjs)$/.test(name))
      .flatMap((name) =>
        [...readFileSync(join(ROOT, folder, name), "utf8").matchAll(/npx aws-cdk@([\d.]+\d)/g)].map(
          (match) => match[1],
        ),
      ),
  );
  expect(named.length).toBeGreaterThan(5);
  expect(new Set(named)).toEqual(new Set([dependencies["aws-cdk"]]));
});
