import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { EXAMPLE_CONFIG } from "./deployment.ts";
import { NO_NETWORK, ROOT, synth, synthTests } from "./synth.ts";

// Each mistake is a process of some seconds: `test/exhaustive` has them.
synthTests("npm run synth", synth);

test("a process without a network prints each attempt to connect, also one whose failure it ignores", () => {
  const program =
    'fetch("http://127.0.0.1:61000").catch(() => {}); fetch("https://example.com").catch(() => {});';
  const { status, stderr } = spawnSync(process.execPath, ["--import", NO_NETWORK, "-e", program], {
    encoding: "utf8",
  });
  expect(status).toBe(0);
  expect(stderr.split("\n").toSorted()).toEqual([
    "",
    "connect ENETUNREACH 127.0.0.1",
    "connect ENETUNREACH example.com",
  ]);
});

test("npm run synth runs cdk-nag's pack AwsSolutions, whose findings are all acknowledged", () => {
  const { out, status } = synth("examples/deploy/deploy.json");
  expect(status).toBe(0);
  const { pluginReports } = JSON.parse(readFileSync(join(out, "validation-report.json"), "utf8"));
  const [report] = pluginReports.filter(
    ({ pluginName }: { pluginName: string }) => pluginName === "AwsSolutions",
  );
  expect(report).toMatchObject({ conclusion: "success", violations: [] });
  expect(report?.suppressedViolations).not.toEqual([]);
});

test("the build refuses an option that it does not take with one sentence", () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["tools/build.ts", "--polcy", "x"], {
    cwd: ROOT,
    encoding: "utf8",
  });
  expect({ status, stdout, stderr }).toEqual({
    status: 1,
    stdout: "",
    stderr: "Unknown option '--polcy'. Did you mean --policy? It takes --policy FILE and --outdir FOLDER.\n",
  });
});

test("the README's command deploys what is tested here", () => {
  const { dependencies } = JSON.parse(readFileSync(join(ROOT, "test/compatibility/package.json"), "utf8"));
  const commands = readFileSync(join(ROOT, "README.md"), "utf8").match(/^npx .*cdk.*$/gm);
  expect(commands).toEqual([`npx aws-cdk@${dependencies["aws-cdk"]} deploy -c config=deploy.json`]);
});

test("npm run synth names a deployment that exists", () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const config = /config=(\S+)$/.exec(scripts.synth)?.[1] ?? "";
  expect(JSON.parse(readFileSync(join(ROOT, config), "utf8"))).toEqual(EXAMPLE_CONFIG);
});
