import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { boxText } from "../../../sandbox/cli/box-text.ts";
import { BOX_STS, NPM_START } from "../../../sandbox/cli/start-command.ts";
import type { LocalBox } from "../../../sandbox/local-box.ts";

const ROOT = join(import.meta.dirname, "../../..");
const box = {
  url: "http://127.0.0.1:8702",
  tlsUrl: "https://127.0.0.1:8704",
  sample: { managedUser: { name: "Mona", id: "3" }, reports: { name: "Reports", id: "4" } },
} as LocalBox;
const control = { url: "http://127.0.0.1:8705/faults", token: "token" };
const facts = { control, configPath: "config.json", caPath: "ca.pem" } as Parameters<typeof boxText>[1];

const textOf = (command: typeof NPM_START) =>
  boxText(box, facts, { variables: [], hasConsole: true, envPath: undefined, command, columns: 100 });

test("the sandbox prints box-sts as it is called beside it: by npx from the package, by a script in a clone", () => {
  expect(textOf(BOX_STS)).toContain('"$(npx box-sts token --config');
  expect(textOf(NPM_START)).toContain('"$(npm run -s box-sts -- token --config');
});

test("a clone has the script with which its texts call box-sts", () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const [, entry = ""] = /^node (\S+\.ts)$/.exec(scripts["box-sts"]) ?? [];
  expect(existsSync(join(ROOT, entry))).toBe(true);
  for (const path of ["README.md", "docs/cli.md"])
    expect(readFileSync(join(ROOT, path), "utf8")).toContain(NPM_START.boxSts);
});
