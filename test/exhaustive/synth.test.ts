import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { EXAMPLE_CONFIG, EXAMPLE_POLICY, newFolder } from "../infra/deployment.ts";
import { mistakeTests, synth } from "../infra/synth.ts";

/** What `test/infra/command-line.test.ts` omits: each is a process of some seconds. */
mistakeTests("npm run synth", synth);

test("callers of aliases alone deploy to a region without Function URLs, by the CDK's own check of the resource types", () => {
  const path = join(newFolder(), "deploy.json");
  const callers = EXAMPLE_CONFIG.callers.filter(({ url }) => url === undefined);
  const apps = [{ name: "archive", createSecret: "box/archive" }];
  writeFileSync(path, JSON.stringify({ ...EXAMPLE_CONFIG, region: "eu-central-2", apps, callers }));
  const statements = EXAMPLE_POLICY.statements.filter(({ caller }) => "alias" in caller);
  writeFileSync(join(dirname(path), EXAMPLE_CONFIG.policy), JSON.stringify({ version: 1, statements }));
  const { status, output } = synth(path);
  expect(output).not.toMatch(/does not exist in/);
  expect(status).toBe(0);
});
