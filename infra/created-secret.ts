import { Arn, ArnFormat, RemovalPolicy, Stack, Token } from "aws-cdk-lib";
import { CfnSecret, type ReplicaRegion } from "aws-cdk-lib/aws-secretsmanager";
import type { Construct } from "constructs";
import type { BoxAppProps } from "./props.ts";
import { reportAtSynth } from "./report-errors.ts";
import { SynthError } from "./synth-error.ts";

/** AWS's, without names that could be the end of a complete ARN. */
const SECRET_NAME = /^(?!.*-[A-Za-z0-9]{6}$)[A-Za-z0-9/_+=.@-]{1,512}$/;

/**
 * L1, because the L2 always generates a value, which would be where a Box config belongs. Its name identifies it, and
 * not the app's: an operator who renames an app keeps the secret that is filled.
 */
export function emptySecret(
  scope: Construct,
  {
    name: app,
    createSecret: name,
    encryptionKey,
    replicaRegions = [],
  }: BoxAppProps & { readonly createSecret: string },
  property: string,
): string {
  if (!SECRET_NAME.test(name)) {
    throw new SynthError(
      `${property}.createSecret: expected 1 to 512 letters, digits and /_+=.@-, and no dash and six characters at the end, which AWS adds itself; rename the secret.`,
    );
  }
  if (scope.node.tryFindChild(idOf(name)) !== undefined) {
    throw new SynthError(`${property}.createSecret: another app's secret is "${name}"; give each its own.`);
  }
  const replicas = replicaRegions.map((replica, index) =>
    replicaOf(scope, replica, `${property}.replicaRegions[${index}]`),
  );
  if (new Set(replicas.map(({ region }) => region)).size < replicas.length) {
    throw new SynthError(`${property}.replicaRegions: a region is there twice; remove one.`);
  }
  const secret = new CfnSecret(scope, idOf(name), {
    name,
    description: `box-sts: Box config of the app ${app}, as the Developer Console gives it`,
    ...(encryptionKey === undefined ? {} : { kmsKeyId: encryptionKey.keyArn }),
    ...(replicas.length === 0 ? {} : { replicaRegions: replicas }),
  });
  const taken = `${property}.createSecret: another construct of the stack creates the secret "${name}" too; rename one.`;
  reportAtSynth(scope, () => (hasNamesake(secret) ? [taken] : []));
  secret.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
  return secret.ref;
}

/** Whether another secret of the stack has its name, as that of another token service. */
function hasNamesake(secret: CfnSecret): boolean {
  return secret.stack.node
    .findAll()
    .some(
      (one) =>
        one !== secret &&
        CfnSecret.isCfnSecret(one) &&
        one.name === secret.name &&
        one.stack === secret.stack,
    );
}

const idOf = (secretName: string) => `AppSecret-${secretName}`;

function replicaOf(
  scope: Construct,
  { region, encryptionKey }: ReplicaRegion,
  property: string,
): CfnSecret.ReplicaRegionProperty {
  if (region === Stack.of(scope).region) {
    throw new SynthError(`${property}: ${region} is the region of the secret itself; remove it.`);
  }
  if (encryptionKey === undefined) return { region };
  const { keyArn } = encryptionKey;
  const own = Token.isUnresolved(keyArn) ? region : Arn.split(keyArn, ArnFormat.SLASH_RESOURCE_NAME).region;
  if (own !== region) {
    throw new SynthError(
      `${property}: the key is in the region ${own}, the replica in ${region}; give a key of ${region}.`,
    );
  }
  return { region, kmsKeyId: keyArn };
}
