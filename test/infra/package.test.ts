import { execFileSync } from "node:child_process";
import { readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { ROOT } from "./cdk-command.ts";
import { EXAMPLE_POLICY, newFolder } from "./deployment.ts";

/**
 * Somebody else's CDK app in TypeScript, as the README writes it, which has the packed package and the CDK, and
 * nothing of this repository.
 */
const README = readFileSync(join(ROOT, "README.md"), "utf8");
const SNIPPET = /^```ts\n([\s\S]*?)^```$/m.exec(README)?.[1] ?? "";
const APP = `${SNIPPET}
// @ts-expect-error The functions are not handed out: a grant on one of them would open the other ways in.
export const hidden = service.tokenUrl;
console.log(service.url.length > 0);
app.synth();
`;
const COMMON_JS = `const { BoxTokenService } = require("box-sts/infra"); console.log(typeof BoxTokenService);`;

/** What a process complains of is in the error that its failure throws. */
const QUIET = "pipe";
const folder = newFolder();
const run = (command: string, ...args: string[]) =>
  execFileSync(command, args, { cwd: folder, encoding: "utf8", stdio: QUIET });
const NPM_QUIET = ["--ignore-scripts", "--no-audit", "--no-fund"];

beforeAll(() => {
  const packed = execFileSync("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", folder], {
    cwd: ROOT,
    encoding: "utf8",
    stdio: QUIET,
  });
  const [{ filename }] = JSON.parse(packed) as [{ filename: string }];
  writeFileSync(join(folder, "package.json"), '{"private":true,"type":"module"}');
  run("npm", "install", "--offline", ...NPM_QUIET, join(folder, filename));
  for (const name of ["aws-cdk-lib", "constructs"]) {
    symlinkSync(join(ROOT, "node_modules", name), join(folder, "node_modules", name));
  }
  writeFileSync(join(folder, "app.ts"), APP);
  writeFileSync(join(folder, "old.cjs"), COMMON_JS);
  writeFileSync(join(folder, "box-sts.policy.json"), JSON.stringify(EXAMPLE_POLICY));
});

test("a second app type checks against the packed package", () => {
  const flags =
    "--noEmit --strict --skipLibCheck --module nodenext --target es2024 --types node --typeRoots".split(" ");
  run(join(ROOT, "node_modules/.bin/tsc"), ...flags, join(ROOT, "node_modules/@types"), "app.ts");
});

test("a second app synthesises with it, offline, and gets the functions that were built", () => {
  expect(
    execFileSync(process.execPath, ["app.ts"], {
      cwd: folder,
      encoding: "utf8",
      stdio: QUIET,
      env: { ...process.env, CDK_OUTDIR: "cdk.out" },
    })
      .trim()
      .split("\n")
      .at(-1),
  ).toBe("true");
  const template = JSON.parse(readFileSync(join(folder, "cdk.out/Tokens.template.json"), "utf8"));
  const functions = Object.values(
    template.Resources as Record<string, { Type: string; Properties: { Code: { S3Key: string } } }>,
  )
    .filter(({ Type }) => Type === "AWS::Lambda::Function")
    .map(({ Properties }) => Properties.Code.S3Key.replace(".zip", ""));
  expect(functions).toHaveLength(3);
  const built = ["token-url", "token-invoke", "health"].map((name) =>
    readFileSync(join(ROOT, "dist/functions", name, "index.mjs"), "utf8"),
  );
  const shipped = functions.map((hash) =>
    readFileSync(join(folder, "cdk.out", `asset.${hash}`, "index.mjs"), "utf8"),
  );
  expect(shipped.toSorted()).toEqual(built.toSorted());
});

test("an app in CommonJS can require it", () => {
  // As in a Node that cannot require an ES module.
  expect(run(process.execPath, "--no-experimental-require-module", "old.cjs").trim()).toBe("function");
});

test("editors find the schemas", () => {
  for (const name of ["policy", "deploy", "box-config"]) {
    const path = run(process.execPath, "-p", `require.resolve("box-sts/schemas/${name}.schema.json")`).trim();
    expect(JSON.parse(readFileSync(path, "utf8"))).toHaveProperty("$schema");
  }
});
