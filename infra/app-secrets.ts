import { Arn, ArnFormat, RemovalPolicy, Stack, Token } from "aws-cdk-lib";
import { type Policy, PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { IKey } from "aws-cdk-lib/aws-kms";
import { CfnSecret, type ISecret } from "aws-cdk-lib/aws-secretsmanager";
import type { Construct } from "constructs";
import type { BoxAppProps } from "./props.ts";
import { SynthError } from "./synth-error.ts";

/** A secret that functions read, with all that its IAM statements need. */
export interface ReadableSecret {
  /** Complete, with the six characters that AWS adds to the name. */
  readonly arn: string;
  readonly encryptionKey: IKey | undefined;
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;

/** The secret of each app, by name: as given, or created empty. @throws {SynthError} */
export function appSecrets(
  scope: Construct,
  apps: readonly BoxAppProps[],
): ReadonlyMap<string, ReadableSecret> {
  if (apps.length === 0) throw new SynthError("apps: there is none; name at least one Box app.");
  const secrets = new Map<string, ReadableSecret>();
  for (const [index, app] of apps.entries()) {
    const { name, secret, encryptionKey } = app;
    if (!NAME.test(name)) {
      throw new SynthError(
        `apps[${index}].name: expected 1 to 64 letters, digits, dots, dashes and underscores; rename the app.`,
      );
    }
    if (secrets.has(name)) {
      throw new SynthError(`apps[${index}].name: two apps are called "${name}"; give each its own name.`);
    }
    const key = encryptionKey ?? secret?.encryptionKey;
    const given = secret === undefined ? undefined : completeArn(scope, secret, `apps[${index}].secret`);
    secrets.set(name, {
      arn: given ?? emptySecret(scope, name, encryptionKey),
      encryptionKey: key,
    });
  }
  return secrets;
}

/** Staging labels of a secret's versions. */
export type Stage = "AWSCURRENT" | "AWSPREVIOUS";

/** Lets the roles of the policy read the secret's versions of these stages, and decrypt with its key for that alone. */
export function letRead(
  policy: Policy,
  { arn, encryptionKey }: ReadableSecret,
  stages: readonly Stage[],
): void {
  policy.addStatements(
    new PolicyStatement({
      actions: ["secretsmanager:GetSecretValue"],
      resources: [arn],
      conditions: { StringEquals: { "secretsmanager:VersionStage": [...stages] } },
    }),
  );
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

/** L1, because the L2 always generates a value, which would stand where a Box config belongs. */
function emptySecret(scope: Construct, app: string, encryptionKey: IKey | undefined): string {
  const secret = new CfnSecret(scope, `AppSecret-${app}`, {
    description: `box-sts: Box config of the app ${app}, as the Developer Console gives it`,
    ...(encryptionKey === undefined ? {} : { kmsKeyId: encryptionKey.keyArn }),
  });
  secret.applyRemovalPolicy(RemovalPolicy.RETAIN);
  return secret.ref;
}

function completeArn(scope: Construct, { secretFullArn, secretArn }: ISecret, member: string): string {
  const arn = secretFullArn ?? secretArn;
  const known = !Token.isUnresolved(arn);
  if (secretFullArn === undefined || (known && !/-[A-Za-z0-9]{6}$/.test(arn))) {
    throw new SynthError(
      `${member}: the ARN lacks the six characters that AWS adds to a secret's name; import it with Secret.fromSecretCompleteArn and the ARN that aws secretsmanager describe-secret shows.`,
    );
  }
  if (!known) return arn;
  const { region } = Arn.split(arn, ArnFormat.COLON_RESOURCE_NAME);
  const own = Stack.of(scope).region;
  if (!Token.isUnresolved(own) && region !== own) {
    throw new SynthError(
      `${member}: the secret is in the region ${region}, the stack in ${own}; replicate it (aws secretsmanager replicate-secret-to-regions) and give the ARN in ${own}, or change the stack's region.`,
    );
  }
  return arn;
}
