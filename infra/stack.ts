import { dirname, resolve } from "node:path";
import { Annotations, Arn, ArnFormat, Duration, Stack, Tags } from "aws-cdk-lib";
import { type IVpc, Vpc } from "aws-cdk-lib/aws-ec2";
import { ArnPrincipal } from "aws-cdk-lib/aws-iam";
import { type IKey, Key } from "aws-cdk-lib/aws-kms";
import { Secret } from "aws-cdk-lib/aws-secretsmanager";
import { EmailSubscription } from "aws-cdk-lib/aws-sns-subscriptions";
import type { Construct } from "constructs";
import type { DeployConfig, DeployedApp } from "../schemas/deploy/parse.ts";
import { misspeltRegion } from "../schemas/protocol/aws-regions.ts";
import { BoxTokenService } from "./box-token-service.ts";
import { readDeployConfig } from "./deploy-config.ts";
import { monitoringProps } from "./monitoring-props.ts";
import { writeOutputs } from "./outputs.ts";
import type { BoxAppProps, SharedCacheProps } from "./props.ts";
import type { OAuthProps } from "./public-function-props.ts";
import { orReport, report } from "./report-errors.ts";
import { importedTargets } from "./webhook-targets.ts";
import { withoutUndefined } from "./without-undefined.ts";

const TAG_KEY = /^(?!aws:)[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/iu;
const TAG_VALUE = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u;

/**
 * The deployment that a `deploy.json` describes. Resource policies name the callers by ARN and
 * allow them, so that no other role changes and one place decides who may call.
 * @param path of the `deploy.json`, to which the policy's path is relative
 * @example
 * ```ts
 * import { App } from "aws-cdk-lib";
 * import { EmailSubscription } from "aws-cdk-lib/aws-sns-subscriptions";
 * import { acknowledge, BoxTokenStack } from "box-sts/infra";
 *
 * const app = new App();
 * const { service } = BoxTokenStack.fromFile(app, "deploy.json");
 * service.alarmTopic?.addSubscription(new EmailSubscription("on-call@example.com"));
 * acknowledge(service);
 * ```
 */
export class BoxTokenStack extends Stack {
  /** The construct of the service, for example to add callers or to subscribe to its alarms. */
  readonly service: BoxTokenService;

  /**
   * Reads the `deploy.json`, as `cdk deploy -c config=deploy.json` does.
   * @throws {SynthError} with a line for each mistake in the file
   */
  static fromFile(scope: Construct, path: string): BoxTokenStack {
    return new BoxTokenStack(scope, path, readDeployConfig(path));
  }

  constructor(scope: Construct, path: string, config: DeployConfig) {
    const { stackName = "box-sts", account, region, vpc, alarmEmail, tags = {}, timeout } = config;
    const { memorySize, reservedConcurrency, tracing, logRetention, protectAuditLog, denyLatest, helpUrl } =
      config;
    super(scope, stackName, { env: { account, region }, description: "box-sts: short-lived Box tokens" });
    const misspelt = misspeltRegion(region);
    // AWS adds regions; one that it does not have shows only as a host without an address.
    if (misspelt !== undefined) Annotations.of(this).addWarningV2("box-sts:region", `/region: ${misspelt}`);
    const service = new BoxTokenService(this, "Service", {
      apps: config.apps.map((app, index) => this.#app(app, index)),
      policy: resolve(dirname(path), config.policy),
      ...withoutUndefined({
        memorySize,
        reservedConcurrency,
        tracing,
        logRetention,
        protectAuditLog,
        denyLatest,
        helpUrl,
      }),
      ...withoutUndefined({
        timeout: timeout === undefined ? undefined : Duration.seconds(timeout),
        vpc: vpc && this.#vpc(vpc),
        logEncryptionKey: this.#key("LogKey", config.logEncryptionKey),
      }),
      ...withoutUndefined({ sharedCache: this.#sharedCache(config.sharedCache), oauth: oauthProps(config) }),
      ...withoutUndefined({
        webhooks: config.webhooks && importedTargets(this, config.webhooks),
        webhookReservedConcurrency: config.webhookReservedConcurrency,
      }),
      ...orReport(
        this,
        () => monitoringProps(this, config),
        () => ({}),
      ),
    });
    this.service = service;
    this.#tag(tags);
    for (const {
      principal,
      name,
      url,
      alias,
      crossAccount = false,
      allowFromVpcEndpoints,
    } of config.callers) {
      const caller = new ArnPrincipal(principal);
      if (url) service.grantInvokeUrl(caller, { crossAccount, ...withoutUndefined({ caller: name }) });
      const options = { crossAccount, ...withoutUndefined({ allowFromVpcEndpoints }) };
      if (alias !== undefined) service.grantInvoke(caller, alias, options);
    }
    this.#grantManagers(config.oauth?.managers ?? []);
    if (alarmEmail !== undefined) service.alarmTopic?.addSubscription(new EmailSubscription(alarmEmail));
    writeOutputs(this, service, config.callers);
  }

  /** Of the service's account alone: a `deploy.json` has no `crossAccount` for them. */
  #grantManagers(managers: readonly string[]): void {
    for (const [index, arn] of managers.entries()) {
      const { account } = Arn.split(arn, ArnFormat.SLASH_RESOURCE_NAME);
      if (account === this.account) {
        this.service.grantManageConnections(new ArnPrincipal(arn));
        continue;
      }
      report(this, [
        `/oauth/managers/${index}: the manager is of the account ${account}, the service of ${this.account}; name a role or user of ${this.account}, such as a role that the other account may assume.`,
      ]);
    }
  }

  #tag(tags: NonNullable<DeployConfig["tags"]>): void {
    for (const [key, value] of Object.entries(tags)) {
      if (TAG_KEY.test(key) && TAG_VALUE.test(value)) Tags.of(this).add(key, value);
      else
        report(this, [
          "/tags: a key has 1 to 128 letters, digits, spaces and _.:/=+-@ and does not begin with aws:, a value has at most 256 of them; correct it.",
        ]);
    }
  }

  #key(id: string, arn: string | undefined): IKey | undefined {
    return arn === undefined ? undefined : Key.fromKeyArn(this, id, arn);
  }

  #sharedCache(config: DeployConfig["sharedCache"]): true | SharedCacheProps | undefined {
    if (typeof config !== "object") return config;
    return withoutUndefined({ encryptionKey: this.#key("SharedCacheKey", config.encryptionKey) });
  }

  /** By index, because two apps of one name are reported elsewhere. */
  #app(app: DeployedApp, index: number): BoxAppProps {
    const { name, secret, createSecret, encryptionKey, replicaRegions, crossAccount, serviceAccount } = app;
    const signingKeys = app.signingKeys?.map((arn, key) =>
      Key.fromKeyArn(this, `SigningKey${index}-${key}`, arn),
    );
    return {
      name,
      ...withoutUndefined({
        secret:
          secret === undefined ? undefined : Secret.fromSecretCompleteArn(this, `Secret${index}`, secret),
        createSecret,
        encryptionKey: this.#key(`Key${index}`, encryptionKey),
        signingKeys,
        replicaRegions: replicaRegions?.map(({ region, encryptionKey: arn }, replica) => ({
          region,
          ...withoutUndefined({ encryptionKey: this.#key(`Key${index}-${replica}`, arn) }),
        })),
        crossAccount,
        serviceAccount,
      }),
    };
  }

  /** Subnets pair with zones in order; CDK would drop those beyond the zones. */
  #vpc({ id, availabilityZones, privateSubnetIds }: NonNullable<DeployConfig["vpc"]>): IVpc | undefined {
    const elsewhere = availabilityZones.filter((zone) => !zone.startsWith(this.region));
    const errors = [
      ...(availabilityZones.length === privateSubnetIds.length
        ? []
        : [
            `/vpc: there are ${privateSubnetIds.length} subnets and ${availabilityZones.length} availability zones; give the zone of each subnet, in the order of the subnets.`,
          ]),
      ...elsewhere.map(
        (zone) =>
          `/vpc/availabilityZones: ${zone} is no zone of ${this.region}; give the zones of the subnets.`,
      ),
    ];
    report(this, errors);
    if (errors.length > 0) return undefined;
    const vpc = Vpc.fromVpcAttributes(this, "Vpc", {
      vpcId: id,
      availabilityZones: [...availabilityZones],
      privateSubnetIds: [...privateSubnetIds],
    });
    Annotations.of(vpc).acknowledgeWarning(
      "@aws-cdk/aws-ec2:noSubnetRouteTableId",
      "Nothing here needs the route tables of the subnets.",
    );
    return vpc;
  }
}

/** Without the managers, who are granted what they may do. */
function oauthProps({ oauth }: DeployConfig): OAuthProps | undefined {
  if (oauth === undefined) return undefined;
  const { managers: _, ...props } = oauth;
  return props;
}
