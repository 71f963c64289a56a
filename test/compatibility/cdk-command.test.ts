import { join } from "node:path";
import { expect, test } from "vitest";
import { synth, synthBy, synthTests, works } from "../infra/synth.ts";

/** The CDK's own command line, as a deployer runs it. */
const CDK = join(import.meta.dirname, "node_modules/.bin/cdk");
const cdkSynth = synthBy(CDK, "synth", "--quiet", "--no-notices");

synthTests("cdk synth", cdkSynth);

test("cdk synth and npm run synth write the same files", () => {
  const [theirs, ours] = [cdkSynth, synth].map((run) => run("examples/deploy/deploy.json").out);
  expect(works("diff", "-r", theirs as string, ours as string)).toBe(true);
});
