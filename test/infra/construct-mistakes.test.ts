import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { App, Duration, Stack } from "aws-cdk-lib";
import { type IVpc, Vpc } from "aws-cdk-lib/aws-ec2";
import { ArnPrincipal } from "aws-cdk-lib/aws-iam";
import { Alias, type IKey, Key, KeySpec, KeyUsage } from "aws-cdk-lib/aws-kms";
import { Secret } from "aws-cdk-lib/aws-secretsmanager";
import { describe, expect, test } from "vitest";
import { BoxTokenService, type BoxTokenServiceProps } from "../../infra/index.ts";
import { everyNth } from "../support/samples.ts";
import { mistakesFor, policy, sync } from "./construct-scene.ts";
import { mistakesOf, newFolder } from "./deployment.ts";

describe("the construct reports, without throwing,", () => {
  const key = (stack: Stack, region: string, account = "123456789012") =>
    Key.fromKeyArn(stack, "Key", `arn:aws:kms:${region}:${account}:key/1234abcd-12ab-34cd-56ef-1234567890ab`);

  test("nothing about what is right", () => {
    expect(mistakesFor(() => ({}))).toEqual([]);
  });

  const alias = (stack: Stack) => Alias.fromAliasName(stack, "Alias", "alias/box");
  const secretWith = (stack: Stack, encryptionKey: IKey) =>
    Secret.fromSecretAttributes(stack, "Secret", {
      secretCompleteArn: "arn:aws:secretsmanager:eu-central-1:123456789012:secret:box/a-AbCdEf",
      encryptionKey,
    });
  const replica = (stack: Stack, ...regions: string[]) => {
    const encryptionKey = key(stack, "us-east-1");
    const replicaRegions = regions.map((region) => ({ region, encryptionKey }));
    return { apps: [{ name: "a", createSecret: "box/a", replicaRegions }] };
  };
  const short = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:box/a";
  const foreign = "arn:aws:secretsmanager:eu-central-1:999999999999:secret:box/a-AbCdEf";

  const mistakes: readonly [string, (stack: Stack) => object, RegExp][] = [
    ["no app", () => ({ apps: [] }), /^apps: there is none/],
    [
      "an app's name",
      () => ({ apps: [{ name: "a b", createSecret: "box/a" }] }),
      /^apps\[0\]\.name: expected/,
    ],
    [
      "an app without a secret",
      () => ({ apps: [{ name: "a" }] }),
      /^apps\[0\]: .*either secret .*or createSecret/,
    ],
    [
      "a secret's name that ends as complete ARNs do",
      () => ({ apps: [{ name: "a", createSecret: "box/a-AbCdEf" }] }),
      /^apps\[0\]\.createSecret: .*rename the secret/,
    ],
    [
      "one secret for two apps",
      () => ({
        apps: [
          { name: "a", createSecret: "box/a" },
          { name: "b", createSecret: "box/a" },
        ],
      }),
      /^apps\[1\]\.createSecret: another app's secret is "box\/a"/,
    ],
    [
      "a secret imported by name",
      (stack) => ({ apps: [{ name: "a", secret: Secret.fromSecretNameV2(stack, "Named", "box/a") }] }),
      /^apps\[0\]\.secret: .*fromSecretCompleteArn/,
    ],
    [
      "a secret imported by a name that ends like an ARN",
      (stack) => ({ apps: [{ name: "a", secret: Secret.fromSecretNameV2(stack, "Named", "box/a-abc123") }] }),
      /^apps\[0\]\.secret: the ARN lacks the six characters/,
    ],
    [
      "a secret imported by an ARN without its last characters",
      (stack) => ({ apps: [{ name: "a", secret: Secret.fromSecretPartialArn(stack, "Other", short) }] }),
      /^apps\[0\]\.secret: .*fromSecretCompleteArn/,
    ],
    [
      "a secret of another account",
      (stack) => ({ apps: [{ name: "a", secret: Secret.fromSecretCompleteArn(stack, "Other", foreign) }] }),
      /^apps\[0\]\.secret: .*999999999999.*123456789012.*crossAccount: true/,
    ],
    [
      "a secret of another account without the key that decrypts it",
      (stack) => {
        const secret = Secret.fromSecretCompleteArn(stack, "Other", foreign);
        return { apps: [{ name: "a", secret, crossAccount: true }] };
      },
      /^apps\[0\]\.encryptionKey: the secret is of another account.*customer managed key/,
    ],
    [
      "a secret's ARN as text",
      () => ({ apps: [{ name: "a", secret: foreign }] }),
      /^apps\[0\]\.secret: expected a secret of the CDK; give Secret\.fromSecretCompleteArn/,
    ],
    [
      "a time as a number",
      () => ({ timeout: 20 }),
      /^timeout: expected a Duration, such as Duration\.seconds/,
    ],
    ["no memory", () => ({ memorySize: 0 }), /^memorySize: expected a whole number of megabytes from 128/],
    [
      "a property whose capitals are wrong",
      () => ({ sharedcache: true }),
      /^sharedcache: there is no such property; .* Did you mean sharedCache\?$/,
    ],
    [
      "a property of deploy.json",
      () => ({ alarmEmail: "ops@example.com" }),
      /^alarmEmail: there is no such property/,
    ],
    [
      "a misspelt property of an app",
      () => ({ apps: [{ name: "a", createSecret: "box/a", serviceAcount: "1" }] }),
      /^apps\[0\]\.serviceAcount: .* Did you mean serviceAccount\?$/,
    ],
    [
      "a misspelt threshold",
      () => ({ alarmThresholds: { deniedRequest: 1 } }),
      /^alarmThresholds\.deniedRequest: .* Did you mean deniedRequests\?$/,
    ],
    [
      "a secret's key of another region",
      (stack) => ({ apps: [{ name: "a", createSecret: "box/a", encryptionKey: key(stack, "us-east-1") }] }),
      /^apps\[0\]\.encryptionKey: .*us-east-1.*eu-central-1/,
    ],
    [
      "a secret's key of another account",
      (stack) => ({
        apps: [
          { name: "a", createSecret: "box/a", encryptionKey: key(stack, "eu-central-1", "999999999999") },
        ],
      }),
      /^apps\[0\]\.encryptionKey: .*999999999999.*crossAccount: true/,
    ],
    [
      "a signing key of another region",
      (stack) => ({ apps: [{ name: "a", createSecret: "box/a", signingKeys: [key(stack, "us-east-1")] }] }),
      /^apps\[0\]\.signingKeys\[0\]: .*us-east-1, the stack in eu-central-1; .*multi-Region key/,
    ],
    [
      "a signing key of another account",
      (stack) => ({
        apps: [
          { name: "a", createSecret: "box/a", signingKeys: [key(stack, "eu-central-1", "999999999999")] },
        ],
      }),
      /^apps\[0\]\.signingKeys\[0\]: .*999999999999.*crossAccount: true/,
    ],
    [
      "an alias of a signing key",
      (stack) => ({ apps: [{ name: "a", createSecret: "box/a", signingKeys: [alias(stack)] }] }),
      /^apps\[0\]\.signingKeys\[0\]: it is an alias/,
    ],
    [
      "an alias that the app makes of a signing key",
      (stack) => {
        const signing = new Key(stack, "Signing", {
          keySpec: KeySpec.RSA_2048,
          keyUsage: KeyUsage.SIGN_VERIFY,
        });
        return {
          apps: [{ name: "a", createSecret: "box/a", signingKeys: [signing.addAlias("alias/box-a")] }],
        };
      },
      /^apps\[0\]\.signingKeys\[0\]: it is an alias/,
    ],
    [
      "a signing key that encrypts",
      (stack) => ({ apps: [{ name: "a", createSecret: "box/a", signingKeys: [new Key(stack, "Signing")] }] }),
      /^apps\[0\]\.signingKeys\[0\]: the key has the usage ENCRYPT_DECRYPT .*SIGN_VERIFY/,
    ],
    [
      "a signing key that is no RSA key",
      (stack) => ({
        apps: [
          {
            name: "a",
            createSecret: "box/a",
            signingKeys: [
              new Key(stack, "Signing", { keySpec: KeySpec.ECC_NIST_P256, keyUsage: KeyUsage.SIGN_VERIFY }),
            ],
          },
        ],
      }),
      /^apps\[0\]\.signingKeys\[0\]: .* the spec ECC_NIST_P256; expected .*RSA_2048/,
    ],
    [
      "a replica in the stack's region",
      (stack) => replica(stack, "eu-central-1"),
      /\.replicaRegions\[0\]: eu/,
    ],
    ["a replica twice", (stack) => replica(stack, "us-east-1", "us-east-1"), /\.replicaRegions: .*twice/],
    [
      "a replica's key of another region",
      (stack) => replica(stack, "us-east-2"),
      /\.replicaRegions\[0\]: the key is in the region us-east-1, the replica in us-east-2/,
    ],
    [
      "a log key of another region",
      (stack) => ({ logEncryptionKey: key(stack, "us-east-1") }),
      /^logEncryptionKey: .*us-east-1.*eu-central-1/,
    ],
    [
      "an alias of a log key",
      (stack) => ({ logEncryptionKey: alias(stack) }),
      /^logEncryptionKey: it is an alias.*give the key/,
    ],
    [
      "an alias of a secret's key",
      (stack) => ({
        apps: [{ name: "a", createSecret: "box/a", encryptionKey: alias(stack) }],
      }),
      /^apps\[0\]\.encryptionKey: it is an alias/,
    ],
    [
      "a secret whose key is given as an alias",
      (stack) => ({
        apps: [{ name: "a", secret: secretWith(stack, alias(stack)) }],
      }),
      /^apps\[0\]\.secret\.encryptionKey: it is an alias/,
    ],
    [
      "a help page over http",
      () => ({ helpUrl: "http://wiki.example/problems" }),
      /^helpUrl: expected the https:/,
    ],
    ["a help page with a fragment", () => ({ helpUrl: "https://wiki.example/p#x" }), /^helpUrl: expected/],
    ["a help page without a host", () => ({ helpUrl: "wiki" }), /^helpUrl: expected/],
    [
      "a threshold below 0",
      () => ({ alarmThresholds: { deniedRequests: -1 } }),
      /^alarmThresholds\.deniedRequests: /,
    ],
    [
      "a rate above 99 percent",
      () => ({ alarmThresholds: { failureRatePercent: 500 } }),
      /^alarmThresholds\.failureRatePercent: expected a number from 0 to 99/,
    ],
    [
      "half a day",
      () => ({ alarmThresholds: { appTokenAgeDays: 0.5 } }),
      /^alarmThresholds\.appTokenAgeDays: /,
    ],
    [
      "a rate above 99 percent where there are no alarms",
      () => ({ alarms: false, alarmThresholds: { failureRatePercent: 500 } }),
      /^alarmThresholds\.failureRatePercent: expected a number from 0 to 99/,
    ],
    [
      "a threshold that is NaN",
      () => ({ alarmThresholds: { deniedRequests: Number.NaN } }),
      /^alarmThresholds\.deniedRequests: expected a number from 0;/,
    ],
    [
      "a threshold that is text",
      () => ({ alarmThresholds: { boxCalls: "x" } }),
      /^alarmThresholds\.boxCalls: expected a number from 0;/,
    ],
    [
      "a threshold that is null",
      () => ({ alarmThresholds: { failureRatePercent: null } }),
      /^alarmThresholds\.failureRatePercent: expected a number/,
    ],
    [
      "a latency as a number",
      () => ({ alarmThresholds: { p99Latency: 3 } }),
      /^alarmThresholds\.p99Latency: expected a Duration, such as Duration\.seconds\(3\)/,
    ],
    [
      "a latency of nothing",
      () => ({ alarmThresholds: { p99Latency: Duration.millis(0) } }),
      /^alarmThresholds\.p99Latency: expected 1 to 900 seconds/,
    ],
    [
      "a latency above Lambda's longest timeout",
      () => ({ alarmThresholds: { p99Latency: Duration.seconds(901) } }),
      /^alarmThresholds\.p99Latency: expected 1 to 900 seconds/,
    ],
    [
      "one name for two functions",
      () => ({ functionNames: { tokenInvoke: "same", health: "same" } }),
      /^functionNames\.health: tokenInvoke has the name "same" too; give each function its own\.$/,
    ],
    [
      "an app without a name",
      () => ({ apps: [{ createSecret: "box/a" }] }),
      /^apps\[0\]\.name: expected 1 to 64/,
    ],
    ["an app that is undefined", () => ({ apps: [undefined] }), /^apps\[0\]\.name: expected 1 to 64/],
    ["apps that are undefined", () => ({ apps: undefined }), /^apps: there is none/],
    ["apps that are no array", () => ({ apps: { name: "a" } }), /^apps: there is none/],
    ["too little memory", () => ({ memorySize: 64 }), /^memorySize: .*megabytes from 128 to 10240/],
    ["too much memory", () => ({ memorySize: 10_241 }), /^memorySize: /],
    ["half a megabyte", () => ({ memorySize: 512.5 }), /^memorySize: /],
    ["too long a timeout", () => ({ timeout: Duration.minutes(20) }), /^timeout: .*seconds from 5 to 30/],
    ["too short a timeout", () => ({ timeout: Duration.seconds(4) }), /^timeout: /],
    ["parts of a second", () => ({ timeout: Duration.millis(5_500) }), /^timeout: /],
    ["the reserved concurrency -1", () => ({ reservedConcurrency: -1 }), /^reservedConcurrency: expected/],
    ["the reserved concurrency 1.5", () => ({ reservedConcurrency: 1.5 }), /^reservedConcurrency: expected/],
    [
      "the reserved concurrency NaN",
      () => ({ reservedConcurrency: Number.NaN }),
      /^reservedConcurrency: expected/,
    ],
    [
      "security groups without a VPC",
      () => ({ securityGroups: [] }),
      /^vpcSubnets, securityGroups: .*no vpc/,
    ],
    [
      "a VPC with no security group",
      (stack) => ({ vpc: new Vpc(stack, "Vpc") as IVpc, securityGroups: [] }),
      /^securityGroups: Lambda allows 1 to 5/,
    ],
    [
      "a policy that is not there",
      () => ({ policy: "missing.json" }),
      /^policy: missing\.json cannot be read; give the path/,
    ],
  ];

  test.each(everyNth(mistakes, 2))("%s, and nothing that follows from it", (_, props, sentence) => {
    expect(mistakesFor(props)).toEqual([expect.stringMatching(sentence)]);
  });

  test.each([
    ["no property", {}],
    ["undefined props", undefined],
  ])("%s as no app and no policy", (_, props) => {
    const stack = new Stack(new App(), "Stack", { env: { account: "123456789012", region: "eu-central-1" } });
    new BoxTokenService(stack, "Box", props as unknown as BoxTokenServiceProps);
    expect(mistakesOf(stack)).toEqual([
      expect.stringMatching(/^policy: .*give the path of a policy document/),
      expect.stringMatching(/^apps: there is none; name at least one Box app/),
    ]);
  });

  test("the same secret created by two services of one stack, by both of them", () => {
    const path = join(newFolder(), "policy.json");
    writeFileSync(path, JSON.stringify(policy({ ...sync, app: "a" })));
    const stack = new Stack(new App(), "Stack", { env: { account: "123456789012", region: "eu-central-1" } });
    for (const id of ["One", "Two"]) {
      const apps = [{ name: "a", createSecret: "box/a" }];
      const service = new BoxTokenService(stack, id, { apps, policy: path });
      service.grantInvoke(new ArnPrincipal("arn:aws:iam::123456789012:role/nightly"), "nightly-sync");
    }
    const sentence =
      /^apps\[0\]\.createSecret: another construct of the stack creates the secret "box\/a" too/;
    expect(mistakesOf(stack)).toEqual([expect.stringMatching(sentence), expect.stringMatching(sentence)]);
  });

  test("each line of a bad policy by itself", () => {
    const path = join(newFolder(), "policy.json");
    writeFileSync(path, JSON.stringify(policy({ id: "a" })));
    expect(mistakesFor(() => ({ policy: path })).length).toBeGreaterThan(1);
  });
});
