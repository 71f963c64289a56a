import { execFileSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/**
 * The construct with the oldest CDK that the package supports: an app that uses every setting type checks
 * against that version and synthesises. Needs `dist` and the npm registry, from which the old CDK comes.
 */
const { peerDependencies } = JSON.parse(readFileSync("package.json", "utf8"));
const floors = ["aws-cdk-lib", "constructs"].map((name) => {
  const [, floor] = /^\^(\d+\.\d+\.\d+)$/.exec(peerDependencies[name]) ?? [];
  if (floor === undefined)
    throw new Error(`the peer range of ${name} has no floor: ${peerDependencies[name]}`);
  return `${name}@${floor}`;
});
const folder = mkdtempSync(join(tmpdir(), "box-sts-cdk-floor-"));
const run = (command, ...args) =>
  execFileSync(command, args, { cwd: folder, stdio: ["ignore", "inherit", 2] });
try {
  writeFileSync(join(folder, "package.json"), '{"private":true,"type":"module"}');
  run("npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", ...floors);
  const own = join(folder, "node_modules/box-sts");
  mkdirSync(own);
  for (const name of ["dist", "package.json"]) cpSync(name, join(own, name), { recursive: true });
  mkdirSync(join(folder, "node_modules/@types"), { recursive: true });
  symlinkSync(resolve("node_modules/@types/node"), join(folder, "node_modules/@types/node"));
  writeFileSync(join(folder, "policy.json"), readFileSync("examples/deploy/box-sts.policy.json"));
  writeFileSync(join(folder, "app.ts"), APP());
  const flags = "--noEmit --strict --skipLibCheck --module nodenext --target es2024 --types node";
  run(resolve("node_modules/.bin/tsc"), ...flags.split(" "), "app.ts");
  run(process.execPath, "app.ts");
  const templates = readdirSync(join(folder, "cdk.out")).filter((name) => name.endsWith(".template.json"));
  const text = readFileSync(join(folder, "cdk.out", templates[0] ?? "none"), "utf8");
  const lost = [
    "AWS::Lambda::ResourcePolicy",
    "RetainExceptOnCreate",
    "DeletionProtectionEnabled",
    "xray:",
  ].filter((part) => !text.includes(part));
  if (lost.length > 0) throw new Error(`with ${floors[0]} the template lacks ${lost.join(", ")}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Ends with an error for each mistake that the construct reports. */
function APP() {
  return `
import { App, Duration, Stack } from "aws-cdk-lib";
import { Annotations, Match } from "aws-cdk-lib/assertions";
import { Vpc, type IVpc } from "aws-cdk-lib/aws-ec2";
import { ArnPrincipal, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Key, type IKey } from "aws-cdk-lib/aws-kms";
import { RetentionDays } from "aws-cdk-lib/aws-logs";
import { acknowledge, BoxTokenService } from "box-sts/infra";

const app = new App({ outdir: "cdk.out" });
const env = { account: "123456789012", region: "eu-central-1" };
const stack = new Stack(app, "Tokens", { env });
const key = new Key(stack, "Key") as IKey;
const service = new BoxTokenService(stack, "BoxTokens", {
  apps: [
    { name: "reports", createSecret: "box/reports", encryptionKey: key, replicaRegions: [{ region: "us-east-1" }] },
    { name: "archive", createSecret: "box/archive" },
  ],
  policy: "policy.json",
  vpc: new Vpc(stack, "Vpc") as IVpc,
  memorySize: 256,
  timeout: Duration.seconds(20),
  tracing: true,
  logRetention: RetentionDays.ONE_MONTH,
  logEncryptionKey: key,
  protectAuditLog: true,
});
const lambda = new ServicePrincipal("lambda.amazonaws.com");
service.grantInvokeUrl(new Role(stack, "Reports", { assumedBy: lambda }), { caller: "reports" });
service.grantInvoke(new ArnPrincipal("arn:aws:iam::123456789012:role/nightly"), "nightly-sync");
const imported = BoxTokenService.fromAttributes(stack, "Imported", { invokeFunctionArn: service.invokeFunctionArn });
imported.grantInvoke(new Role(stack, "Other", { assumedBy: lambda }), "other");
acknowledge(stack);
app.synth();
const errors = Annotations.fromStack(stack).findError("*", Match.anyValue());
if (errors.length > 0) throw new Error(errors.map(({ entry }) => String(entry.data)).join("\\n"));
`;
}
