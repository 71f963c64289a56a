import { dirname, resolve } from "node:path";
import { CfnOutput, Stack } from "aws-cdk-lib";
import { Vpc } from "aws-cdk-lib/aws-ec2";
import { ArnPrincipal } from "aws-cdk-lib/aws-iam";
import { Key } from "aws-cdk-lib/aws-kms";
import { Secret } from "aws-cdk-lib/aws-secretsmanager";
import { EmailSubscription } from "aws-cdk-lib/aws-sns-subscriptions";
import type { Construct } from "constructs";
import type { DeployConfig, DeployedApp } from "../schemas/deploy.ts";
import { BoxTokenService } from "./box-token-service.ts";
import { writeCallerOutputs } from "./caller-outputs.ts";
import type { BoxAppProps } from "./props.ts";

/**
 * The deployment that a `deploy.json` describes. Callers are named by ARN and let in by resource policies, so
 * that nobody else's role is changed and everything about who may call stands in one place.
 * @param path of the `deploy.json`, from which the policy's path goes
 * @throws {SynthError}
 */
export class BoxTokenStack extends Stack {
  constructor(scope: Construct, path: string, config: DeployConfig) {
    const {
      stackName = "box-sts",
      account,
      region,
      vpc,
      alarmEmail,
      reservedConcurrency,
      denyLatest,
      helpUrl,
    } = config;
    super(scope, stackName, { env: { account, region }, description: "box-sts: short-lived Box tokens" });
    const service = new BoxTokenService(this, "Service", {
      apps: config.apps.map((app) => this.#app(app)),
      policy: resolve(dirname(path), config.policy),
      ...(vpc === undefined ? {} : { vpc: this.#vpc(vpc) }),
      ...(reservedConcurrency === undefined ? {} : { reservedConcurrency }),
      ...(denyLatest === undefined ? {} : { denyLatest }),
      ...(helpUrl === undefined ? {} : { helpUrl }),
    });
    for (const { principal, name, url, alias, crossAccount = false } of config.callers) {
      const caller = new ArnPrincipal(principal);
      if (url) {
        service.grantInvokeUrl(caller, { crossAccount, ...(name === undefined ? {} : { caller: name }) });
      }
      if (alias !== undefined) service.grantInvoke(caller, alias, { crossAccount });
    }
    if (alarmEmail !== undefined) service.alarmTopic.addSubscription(new EmailSubscription(alarmEmail));
    this.#outputs(service);
    writeCallerOutputs(this, service, config.callers);
  }

  #app({ name, secret, encryptionKey, serviceAccount }: DeployedApp): BoxAppProps {
    const key = encryptionKey && Key.fromKeyArn(this, `Key-${name}`, encryptionKey);
    return {
      name,
      ...(secret === undefined
        ? {}
        : { secret: Secret.fromSecretCompleteArn(this, `Secret-${name}`, secret) }),
      ...(key ? { encryptionKey: key } : {}),
      ...(serviceAccount === undefined ? {} : { serviceAccount }),
    };
  }

  #vpc({ id, availabilityZones, privateSubnetIds }: NonNullable<DeployConfig["vpc"]>) {
    return Vpc.fromVpcAttributes(this, "Vpc", {
      vpcId: id,
      availabilityZones: [...availabilityZones],
      privateSubnetIds: [...privateSubnetIds],
    });
  }

  #outputs({ invokeFunctionName, healthFunctionName, secretArns }: BoxTokenService): void {
    const outputs = {
      InvokeFunction: invokeFunctionName,
      HealthFunction: healthFunctionName,
      SecretArns: this.toJsonString(secretArns),
    };
    for (const [name, value] of Object.entries(outputs)) new CfnOutput(this, name, { value });
  }
}
