import { Annotations, Duration, Stack } from "aws-cdk-lib";
import type { Alarm, Dashboard } from "aws-cdk-lib/aws-cloudwatch";
import type { ISecurityGroup } from "aws-cdk-lib/aws-ec2";
import { Rule, Schedule } from "aws-cdk-lib/aws-events";
import { LambdaFunction as LambdaTarget } from "aws-cdk-lib/aws-events-targets";
import { Grant, type IGrantable } from "aws-cdk-lib/aws-iam";
import { RetentionDays } from "aws-cdk-lib/aws-logs";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";
import { policyDigest } from "../schemas/policy-digest.ts";
import { serviceAlarms } from "./alarms.ts";
import { type AliasGrantOptions, AliasWay } from "./alias-way.ts";
import { appSecrets, serviceSecret } from "./app-secrets.ts";
import { namesWithinBounds } from "./bounds.ts";
import type { FunctionName } from "./bundles.ts";
import { boundsOf, logKeyOf, networkOf } from "./checked-props.ts";
import { serviceDashboard } from "./dashboard.ts";
import { given } from "./given.ts";
import type { GrantOptions } from "./grantee.ts";
import {
  type BoxTokenServiceAttributes,
  type IBoxTokenService,
  ImportedBoxTokenService,
} from "./imported-service.ts";
import { ServiceMetrics } from "./metrics.ts";
import { orReport, reportAtSynth } from "./mistakes.ts";
import { readPolicyDocument, strayStatements } from "./policy-document.ts";
import { reviewLines } from "./policy-review.ts";
import type { BoxAppProps, BoxTokenServiceProps, FunctionNames } from "./props.ts";
import { serviceFunction } from "./service-function.ts";
import { UrlWay } from "./url-way.ts";

/** A scheduled check and an operator's. */
const HEALTH_CONCURRENCY = 2;

/** Where Lambda unpacks a function's code. */
const POLICY_PATH = "/var/task/policy.json";

/**
 * The token service: functions, secrets, log groups, alarms and a dashboard, with nobody let in yet. Say who may
 * call with `grantUrl` and `grantInvoke`; what each gets is the policy's matter, and a caller that the policy
 * does not name, or a statement that nobody can use, fails the synth. The functions themselves stay private:
 * a grant on one of them would open the ways in that are kept apart here.
 */
export class BoxTokenService extends Construct implements IBoxTokenService {
  /**
   * A service that is deployed elsewhere, by its outputs or SSM parameters (docs/deploy.md). Its grants are the caller's
   * half alone.
   */
  static fromAttributes(
    scope: Construct,
    id: string,
    attributes: BoxTokenServiceAttributes,
  ): IBoxTokenService {
    return new ImportedBoxTokenService(scope, id, attributes);
  }

  /** Base of the Function URL, with a slash at its end; tokens are at `oauth2/token` below it. */
  readonly url: string;
  /** Name of `token-url`, which only its Function URL may invoke: to prove that a direct invocation is denied. */
  readonly urlFunctionName: string;
  readonly urlFunctionArn: string;
  /** Name of `token-invoke`, which callers invoke through their alias. */
  readonly invokeFunctionName: string;
  readonly invokeFunctionArn: string;
  /** Name of the health function; an operator may invoke it. */
  readonly healthFunctionName: string;
  /** Complete ARN of each app's secret, by the app's name. */
  readonly secretArns: Readonly<Record<string, string>>;
  /** SHA-256 of the policy document in hex, as `policy_digest` in the audit lines. */
  readonly policyDigest: string | undefined;
  /** Name of each function's log group. */
  readonly logGroupNames: Readonly<Record<FunctionName, string>>;
  /** Of the functions in the VPC; `undefined` without one. */
  readonly securityGroups: readonly ISecurityGroup[] | undefined;
  readonly dashboard: Dashboard;
  /** Where alarms go: subscribe to it. */
  readonly alarmTopic: ITopic;
  readonly alarms: readonly Alarm[];
  readonly #byUrl: UrlWay;
  readonly #byAlias: AliasWay;
  /** Whether a grant is missing, so that the policy cannot be compared with those that are there. */
  #hasRefused = false;

  constructor(scope: Construct, id: string, props: BoxTokenServiceProps) {
    super(scope, id);
    const document = orReport(
      this,
      () => readPolicyDocument(props.policy),
      () => undefined,
    );
    for (const [index, warning] of (document?.warnings ?? []).entries()) {
      Annotations.of(this).addWarningV2(`box-sts:policy-${index}`, warning);
    }
    const secrets = appSecrets(this, props.apps);
    const own = serviceSecret(this, props.serviceSecret);
    const network = orReport(
      this,
      () => networkOf(this, props),
      () => undefined,
    );
    this.secretArns = Object.fromEntries([...secrets].map(([name, { arn }]) => [name, arn]));
    const apps = { BOX_STS_APPS: JSON.stringify(this.secretArns) };

    const { logRetention, reservedConcurrency = 50, denyLatest = false } = props;
    const functionNames = orReport(
      this,
      () => namesWithinBounds(props.functionNames ?? {}),
      (): FunctionNames => ({}),
    );
    const logEncryptionKey = orReport(
      this,
      () => logKeyOf(this, props),
      () => undefined,
    );
    const common = {
      ...given({ policy: document?.text, logRetention, logEncryptionKey }),
      secrets: [...secrets.values()],
      // The previous version is tried during a rotation.
      stages: ["AWSCURRENT", "AWSPREVIOUS"] as const,
      network,
      ...orReport(
        this,
        () => boundsOf(props),
        () => ({}),
      ),
      tracing: props.tracing ?? false,
      protectLog: props.protectAuditLog ?? false,
    };
    const environment = {
      ...apps,
      BOX_STS_POLICY: POLICY_PATH,
      BOX_STS_SERVICE_SECRET: own.arn,
      ...(props.helpUrl === undefined ? {} : { BOX_STS_HELP_URL: props.helpUrl }),
    };
    const tokenUrl = serviceFunction(this, "TokenUrl", "token-url", {
      ...common,
      ...given({ functionName: functionNames.tokenUrl }),
      description: "box-sts: Box tokens for callers of the Function URL",
      environment: { ...environment, BOX_STS_CALLER: "function-url" },
    });
    const tokenInvoke = serviceFunction(this, "TokenInvoke", "token-invoke", {
      ...common,
      ...given({ functionName: functionNames.tokenInvoke }),
      description: "box-sts: Box tokens for callers of an alias",
      environment: { ...environment, BOX_STS_CALLER: "alias" },
    });
    const health = serviceFunction(this, "Health", "health", {
      ...given({ functionName: functionNames.health, logEncryptionKey }),
      description: "box-sts: does each Box app still get tokens, and whose are they?",
      environment: { ...apps, BOX_STS_SERVICE_ACCOUNTS: JSON.stringify(serviceAccounts(props.apps)) },
      secrets: [...secrets.values()],
      stages: ["AWSCURRENT"],
      network,
      timeout: Duration.minutes(1),
      logRetention: RetentionDays.THREE_MONTHS,
      ...(reservedConcurrency === "unreserved" ? {} : { reservedConcurrency: HEALTH_CONCURRENCY }),
    });
    health.lambda.configureAsyncInvoke({ retryAttempts: 0 });
    new Rule(this, "HealthSchedule", {
      description: "box-sts: checks the health of the Box apps",
      schedule: props.healthSchedule ?? Schedule.rate(Duration.hours(1)),
      targets: [new LambdaTarget(health.lambda, { retryAttempts: 0 })],
    });

    this.#byUrl = new UrlWay(this, "ByUrl", tokenUrl.lambda, denyLatest);
    this.#byAlias = new AliasWay(this, "ByAlias", tokenInvoke.lambda, denyLatest);
    // A function exists before its resource policies. Until they deny, it must have no secret to give a token from.
    tokenUrl.secretAccess.node.addDependency(this.#byUrl);
    tokenInvoke.secretAccess.node.addDependency(this.#byAlias);
    this.url = this.#byUrl.url;
    this.urlFunctionName = tokenUrl.lambda.functionName;
    this.urlFunctionArn = tokenUrl.lambda.functionArn;
    this.invokeFunctionName = tokenInvoke.lambda.functionName;
    this.invokeFunctionArn = tokenInvoke.lambda.functionArn;
    this.healthFunctionName = health.lambda.functionName;

    this.logGroupNames = {
      "token-url": tokenUrl.lambda.logGroup.logGroupName,
      "token-invoke": tokenInvoke.lambda.logGroup.logGroupName,
      health: health.lambda.logGroup.logGroupName,
    };
    this.securityGroups = network?.securityGroups;

    const metrics = new ServiceMetrics(tokenUrl.lambda, tokenInvoke.lambda);
    const { alarms, topic } = serviceAlarms(this, {
      metrics,
      health: health.lambda,
      topic: props.alarmTopic,
      denySpike: props.denySpike ?? 20,
      mintSpike: props.mintSpike ?? 300,
      slowRequest: props.slowRequest ?? Duration.seconds(3),
    });
    this.alarms = alarms;
    this.alarmTopic = topic;
    this.dashboard = serviceDashboard(this, { metrics, health: health.lambda, alarms });
    this.policyDigest = document && policyDigest(document.text);
    if (document === undefined) return;
    const { policy } = document;
    for (const [statement, line] of Object.entries(reviewLines(policy))) {
      Stack.of(this).addMetadata(`box-sts policy of ${this.node.path}, statement ${statement}`, line);
    }
    reportAtSynth(this, () => [
      ...(secrets.size < Math.max(props.apps.length, 1) ? [] : strayStatements(policy, [...secrets.keys()])),
      ...(this.#hasRefused ? [] : this.#byUrl.mismatches(policy)),
      ...(this.#hasRefused ? [] : this.#byAlias.mismatches(policy)),
    ]);
  }

  /**
   * Lets one role or user call the Function URL, and nothing but the Function URL.
   * Whole accounts, and other accounts without `crossAccount`, fail the synth.
   */
  grantUrl(grantee: IGrantable, { crossAccount = false }: GrantOptions = {}): Grant {
    return this.#orDropped(grantee, () => this.#byUrl.grant(grantee, "grantUrl", crossAccount));
  }

  /**
   * Makes the alias, lets one role or user invoke it, and denies it to every other principal, administrators and AWS
   * services included. The alias is what the policy knows the caller by, hence it is one caller's alone. A role is
   * compared by its ARN with its path, so import one by its complete ARN; a role of another stack has to be in one that
   * does not need this one.
   * What fails `grantUrl` fails here too, and an alias that is another caller's.
   */
  grantInvoke(grantee: IGrantable, alias: string, options: AliasGrantOptions = {}): Grant {
    return this.#orDropped(grantee, () =>
      this.#byAlias.grant(grantee, alias, `grantInvoke "${alias}"`, options),
    );
  }

  /** Nothing is granted where something is wrong, which fails the synth. */
  #orDropped(grantee: IGrantable, grant: () => Grant): Grant {
    return orReport(this, grant, () => {
      this.#hasRefused = true;
      return Grant.drop(grantee, "the grant is reported as an error");
    });
  }
}

function serviceAccounts(apps: readonly BoxAppProps[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    apps.flatMap(({ name, serviceAccount }) =>
      serviceAccount === undefined ? [] : [[name, serviceAccount]],
    ),
  );
}
