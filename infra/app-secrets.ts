import { Stack, Token } from "aws-cdk-lib";
import { type Policy, PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { IKey } from "aws-cdk-lib/aws-kms";
import type { ISecret } from "aws-cdk-lib/aws-secretsmanager";
import type { Construct } from "constructs";
import { APP_NAME } from "../schemas/protocol/token-request.ts";
import { emptySecret } from "./created-secret.ts";
import type { BoxAppProps } from "./props.ts";
import { orReport, report } from "./report-errors.ts";
import {
  checkKeyLocation,
  checkSecretLocation,
  isOfAnotherAccount,
  refuseAlias,
} from "./resource-location.ts";
import { SynthError } from "./synth-error.ts";

/** A secret that functions read, with all that its IAM statements need. */
export interface ReadableSecret {
  /** Complete, with the six characters that AWS adds to the name. */
  readonly arn: string;
  readonly encryptionKey: IKey | undefined;
}

/** The secret of each app, by name: as given, or created empty. What is wrong is reported, and that app left out. */
export function appSecrets(
  scope: Construct,
  apps: readonly BoxAppProps[],
): ReadonlyMap<string, ReadableSecret> {
  if (apps.length === 0) report(scope, ["apps: there is none; name at least one Box app."]);
  const secrets = new Map<string, ReadableSecret>();
  for (const [index, app] of apps.entries()) {
    const property = `apps[${index}]`;
    orReport(
      scope,
      () => {
        checkName(app.name, `${property}.name`, secrets);
        secrets.set(app.name, secretOf(scope, app, property));
      },
      () => {},
    );
  }
  return secrets;
}

function checkName(name: string, property: string, taken: ReadonlyMap<string, unknown>): void {
  // A program without types may give none, of which the text would be a name.
  if (typeof name !== "string" || !APP_NAME.test(name)) {
    throw new SynthError(
      `${property}: expected 1 to 64 letters, digits, dots, dashes and underscores; rename the app.`,
    );
  }
  if (taken.has(name)) {
    throw new SynthError(`${property}: two apps are called "${name}"; give each its own name.`);
  }
}

function secretOf(scope: Construct, app: BoxAppProps, property: string): ReadableSecret {
  const { secret, createSecret, encryptionKey, replicaRegions, crossAccount = false } = app;
  const key = encryptionKey ?? secret?.encryptionKey;
  if (encryptionKey !== undefined) {
    checkKeyLocation(scope, encryptionKey, {
      property: `${property}.encryptionKey`,
      otherRegion: "a key decrypts in its own region alone; give a key of that region",
      crossAccount,
    });
  } else if (key !== undefined) refuseAlias(key, `${property}.secret.encryptionKey`);
  if (createSecret !== undefined && secret === undefined) {
    return { arn: emptySecret(scope, { ...app, createSecret }, property), encryptionKey: key };
  }
  if (createSecret === undefined && secret !== undefined) {
    if (replicaRegions !== undefined) {
      throw new SynthError(
        `${property}.replicaRegions: only a secret that is created here can be replicated here; for one that exists, use aws secretsmanager replicate-secret-to-regions.`,
      );
    }
    const arn = completeArn(scope, secret, `${property}.secret`, crossAccount);
    if (key === undefined && isOfAnotherAccount(scope, arn)) {
      throw new SynthError(
        `${property}.encryptionKey: the secret is of another account, which can let this one decrypt with a key of its own alone, not with the one that Secrets Manager uses by itself; encrypt the secret with a customer managed key, and give that key.`,
      );
    }
    return { arn, encryptionKey: key };
  }
  throw new SynthError(
    `${property}: an app has either secret (one that exists) or createSecret (the name of one that is created empty), and not both; correct it.`,
  );
}

/** Staging labels of a secret's versions. */
export type Stage = "AWSCURRENT" | "AWSPREVIOUS";

/** Lets the roles of the policy read the secrets' versions of these stages, and decrypt with their keys for that alone. */
export function grantRead(
  policy: Policy,
  secrets: readonly ReadableSecret[],
  stages: readonly Stage[],
): void {
  policy.addStatements(
    // One for all: IAM limits the length of a role's policies.
    new PolicyStatement({
      actions: ["secretsmanager:GetSecretValue"],
      resources: secrets.map(({ arn }) => arn),
      conditions: { StringEquals: { "secretsmanager:VersionStage": [...stages] } },
    }),
  );
  for (const secret of secrets) grantDecrypt(policy, secret);
}

function grantDecrypt(policy: Policy, { arn, encryptionKey }: ReadableSecret): void {
  if (encryptionKey === undefined) return;
  const stack = Stack.of(policy);
  policy.addStatements(
    new PolicyStatement({
      actions: ["kms:Decrypt"],
      resources: [encryptionKey.keyArn],
      conditions: {
        StringEquals: {
          "kms:ViaService": `secretsmanager.${stack.region}.${stack.urlSuffix}`,
          "kms:EncryptionContext:SecretARN": arn,
        },
      },
    }),
  );
}

function completeArn(scope: Construct, secret: ISecret, property: string, crossAccount: boolean): string {
  if (typeof secret !== "object") {
    throw new SynthError(
      `${property}: expected a secret of the CDK; give Secret.fromSecretCompleteArn(scope, id, arn).`,
    );
  }
  const { secretFullArn, secretArn } = secret;
  const arn = secretFullArn ?? secretArn;
  const known = !Token.isUnresolved(arn);
  if (secretFullArn === undefined || (known && !/-[A-Za-z0-9]{6}$/.test(arn))) {
    throw new SynthError(
      `${property}: the ARN lacks the six characters that AWS adds to a secret's name; import it with Secret.fromSecretCompleteArn and the ARN that aws secretsmanager describe-secret shows.`,
    );
  }
  checkSecretLocation(scope, arn, {
    property,
    otherRegion:
      "replicate it (aws secretsmanager replicate-secret-to-regions) and give the replica's ARN, or change the stack's region",
    crossAccount,
  });
  return arn;
}
