import { Duration, PhysicalName, RemovalPolicy } from "aws-cdk-lib";
import {
  type ISecurityGroup,
  type IVpc,
  Peer,
  Port,
  SecurityGroup,
  type SubnetSelection,
} from "aws-cdk-lib/aws-ec2";
import { Effect, Policy, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import type { IKey } from "aws-cdk-lib/aws-kms";
import {
  ApplicationLogLevel,
  Architecture,
  type CfnFunction,
  Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
  Tracing,
} from "aws-cdk-lib/aws-lambda";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import type { Construct } from "constructs";
import { REQUEST_SECONDS } from "../schemas/protocol/request-time.ts";
import { grantRead, type ReadableSecret, type Stage } from "./app-secrets.ts";
import { bundle, type FunctionName } from "./bundles.ts";
import { environmentTooLong } from "./environment-size.ts";
import { policiesTooLong } from "./policy-size.ts";
import { orReport, reportAtSynth } from "./report-errors.ts";
import { grantSharedCache, type SharedCacheAccess, sharedCacheEnvironment } from "./shared-cache-access.ts";
import { grantSign } from "./signing-keys.ts";

/** Where the functions run, if it is a VPC. */
export interface Network {
  readonly vpc: IVpc;
  readonly vpcSubnets?: SubnetSelection;
  readonly securityGroups: ISecurityGroup[];
}

export interface ServiceFunctionProps {
  readonly description: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly secrets: readonly ReadableSecret[];
  /** Which of the secrets' versions it reads. */
  readonly stages: readonly Stage[];
  /** The keys in KMS with which it requests tokens; absent: none. */
  readonly signingKeyArns?: readonly string[];
  /** What the function shares with others; absent: nothing, and its role may use no table. */
  readonly sharedCache?: SharedCacheAccess;
  /** Text of the policy document, for functions that decide by it. */
  readonly policy?: string;
  readonly network: Network | undefined;
  /** Name in the account; absent: CloudFormation's, or one that CDK makes for use in another environment. */
  readonly functionName?: string;
  readonly memorySize?: number;
  readonly timeout?: Duration;
  readonly tracing?: boolean;
  readonly logRetention?: RetentionDays;
  readonly logEncryptionKey?: IKey;
  /** Whether no principal can delete the log group until the protection is removed. */
  readonly protectLog?: boolean;
  /**
   * Whether Lambda writes no line of its own for each invocation (START, END, REPORT), only warnings and errors: for
   * functions whose invocations are requests of the internet. The function's own lines, which are JSON, stay as they are:
   * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html
   */
  readonly isQuiet?: true;
  /** Invocations at once that are reserved for the function, which can have no more; absent: none is reserved. */
  readonly reservedConcurrency?: number;
}

/** A function, and the policy by which it reads secrets. */
export interface ServiceFunction {
  readonly lambda: LambdaFunction;
  /** Apart from the role's other policy, so that it can wait for resources that need the function. */
  readonly secretAccess: Policy;
}

/** What Lambda itself does in a VPC on behalf of a function's role; none of it can be narrowed by resource. */
const NETWORK_INTERFACE_ACTIONS = [
  "ec2:AssignPrivateIpAddresses",
  "ec2:CreateNetworkInterface",
  "ec2:DeleteNetworkInterface",
  "ec2:DescribeNetworkInterfaces",
  "ec2:DescribeSubnets",
  "ec2:UnassignPrivateIpAddresses",
];

const QUIET = {
  loggingFormat: LoggingFormat.JSON,
  systemLogLevelV2: SystemLogLevel.WARN,
  applicationLogLevelV2: ApplicationLogLevel.TRACE,
};

/** Where every app is refused, which is reported: a policy without a statement would end the synth with a stack first. */
const NO_SECRET = new PolicyStatement({
  effect: Effect.DENY,
  actions: ["secretsmanager:GetSecretValue"],
  resources: ["*"],
});

/** One built function with a role, a log group and permissions of its own: its log, its secrets, nothing else. */
export function serviceFunction(
  scope: Construct,
  id: string,
  name: FunctionName,
  props: ServiceFunctionProps,
): ServiceFunction {
  const { description, environment, secrets, policy, network, reservedConcurrency, memorySize = 512 } = props;
  const logGroup = logGroupOf(scope, `${id}Log`, props);
  const role = new Role(scope, `${id}Role`, { assumedBy: new ServicePrincipal("lambda.amazonaws.com") });
  logGroup.grantWrite(role);
  const secretAccess = new Policy(scope, `${id}Secrets`, { roles: [role] });
  if (secrets.length === 0) secretAccess.addStatements(NO_SECRET);
  else grantRead(secretAccess, secrets, props.stages);
  grantSign(secretAccess, props.signingKeyArns ?? []);
  if (props.sharedCache !== undefined) grantSharedCache(secretAccess, role, props.sharedCache);
  if (network !== undefined) allowVpcAttach(role);
  const lambda = new LambdaFunction(scope, id, {
    description,
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.ARM_64,
    functionName: props.functionName ?? PhysicalName.GENERATE_IF_NEEDED,
    code: orReport(
      scope,
      () => bundle(name, policy),
      () => Code.fromInline("//"),
    ),
    handler: "index.handler",
    role,
    logGroup,
    environment: {
      ...environment,
      ...(props.sharedCache === undefined ? {} : sharedCacheEnvironment(props.sharedCache)),
    },
    memorySize,
    timeout: props.timeout ?? Duration.seconds(REQUEST_SECONDS),
    ...(props.isQuiet ? QUIET : {}),
    ...(props.tracing ? { tracing: Tracing.ACTIVE } : {}),
    ...(reservedConcurrency === undefined ? {} : { reservedConcurrentExecutions: reservedConcurrency }),
    ...network,
  });
  reportAtSynth(lambda, () => [
    ...environmentTooLong(name, lambda.node.defaultChild as CfnFunction),
    ...policiesTooLong(name, role, secretAccess),
  ]);
  return { lambda, secretAccess };
}

/**
 * A log group that stays when the stack goes. One that a failed first deployment made is deleted again, but for a
 * protected one: its deletion would fail, and the rollback with it.
 */
function logGroupOf(
  scope: Construct,
  id: string,
  { logRetention, logEncryptionKey, protectLog = false }: ServiceFunctionProps,
): LogGroup {
  return new LogGroup(scope, id, {
    retention: logRetention ?? RetentionDays.ONE_YEAR,
    ...(logEncryptionKey === undefined ? {} : { encryptionKey: logEncryptionKey }),
    ...(protectLog ? { deletionProtectionEnabled: true } : {}),
    removalPolicy: protectLog ? RemovalPolicy.RETAIN : RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
  });
}

/** Lambda attaches the function to the VPC with the role; the function's own code may not do the same. */
function allowVpcAttach(role: Role): void {
  role.addToPolicy(new PolicyStatement({ actions: NETWORK_INTERFACE_ACTIONS, resources: ["*"] }));
  role.addToPolicy(
    new PolicyStatement({
      effect: Effect.DENY,
      actions: NETWORK_INTERFACE_ACTIONS,
      resources: ["*"],
      // The key is there only in requests that a function's code makes.
      conditions: { Null: { "lambda:SourceFunctionArn": "false" } },
    }),
  );
}

/** A security group that allows outbound HTTPS: to Box and to AWS. */
export function httpsOnly(scope: Construct, vpc: IVpc): ISecurityGroup {
  const description = "box-sts: HTTPS to Box and AWS, nothing in";
  const group = new SecurityGroup(scope, "SecurityGroup", { vpc, description, allowAllOutbound: false });
  group.addEgressRule(Peer.anyIpv4(), Port.tcp(443), "HTTPS");
  return group;
}
