import { Annotations, Duration, Lazy } from "aws-cdk-lib";
import type { Alarm } from "aws-cdk-lib/aws-cloudwatch";
import { Rule, Schedule } from "aws-cdk-lib/aws-events";
import { LambdaFunction as LambdaTarget } from "aws-cdk-lib/aws-events-targets";
import type { Grant, IGrantable, PolicyDocument } from "aws-cdk-lib/aws-iam";
import { RetentionDays } from "aws-cdk-lib/aws-logs";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";
import { serviceAlarms } from "./alarms.ts";
import { AliasWay } from "./alias-way.ts";
import { appSecrets } from "./app-secrets.ts";
import { serviceDashboard } from "./dashboard.ts";
import { mismatches } from "./granted-callers.ts";
import type { GrantOptions } from "./grantee.ts";
import { ServiceMetrics } from "./metrics.ts";
import { readPolicyDocument, strayStatements } from "./policy-document.ts";
import type { BoxAppProps, BoxTokenServiceProps } from "./props.ts";
import { demandFunctionUrls, demandResourcePolicies } from "./regions.ts";
import { httpsOnly, type Network, serviceFunction } from "./service-function.ts";
import { SynthError } from "./synth-error.ts";
import { type UrlGrantOptions, UrlWay } from "./url-way.ts";

/** A scheduled check and an operator's. */
const HEALTH_CONCURRENCY = 2;

/** Where Lambda unpacks a function's code. */
const POLICY_PATH = "/var/task/policy.json";

/**
 * The token service: functions, secrets, log groups, alarms and a dashboard, with nobody let in yet. Say who may
 * call with `grantInvokeUrl` and `grantInvoke`; what each gets is the policy's matter, and a caller that the policy
 * does not name, or a statement that nobody can use, fails the synth. The functions themselves stay private:
 * a grant on one of them would open the ways in that are kept apart here.
 */
export class BoxTokenService extends Construct {
  /** Name of `token-invoke`, which callers invoke through their alias. */
  readonly invokeFunctionName: string;
  /** Name of the health function; an operator may invoke it. */
  readonly healthFunctionName: string;
  /** Complete ARN of each app's secret, by the app's name. */
  readonly secretArns: Readonly<Record<string, string>>;
  /** Where alarms go: subscribe to it. */
  readonly alarmTopic: ITopic;
  readonly alarms: readonly Alarm[];
  readonly #byAlias: AliasWay;
  /** Makes `token-url` with its Function URL: an endpoint on the internet, which is there for those who are granted it. */
  readonly #makeUrlWay: () => UrlWay;
  #byUrl: UrlWay | undefined;
  /** Properties of the Function URL that were read. */
  readonly #read = new Set<string>();

  constructor(scope: Construct, id: string, props: BoxTokenServiceProps) {
    super(scope, id);
    demandResourcePolicies(this);
    const { text, policy, warnings } = readPolicyDocument(props.policy);
    for (const [index, warning] of warnings.entries()) {
      Annotations.of(this).addWarningV2(`box-sts:policy-${index}`, warning);
    }
    const secrets = appSecrets(this, props.apps);
    const network = networkOf(this, props);
    this.secretArns = Object.fromEntries([...secrets].map(([name, { arn }]) => [name, arn]));
    const apps = { BOX_STS_APPS: JSON.stringify(this.secretArns) };

    const { memorySize, timeout, logRetention, reservedConcurrency = 50, denyLatest = false } = props;
    const common = {
      policy: text,
      secrets: [...secrets.values()],
      // The previous version is tried during a rotation.
      stages: ["AWSCURRENT", "AWSPREVIOUS"] as const,
      network,
      ...(memorySize === undefined ? {} : { memorySize }),
      ...(timeout === undefined ? {} : { timeout }),
      ...(logRetention === undefined ? {} : { logRetention }),
      ...reserved(reservedConcurrency),
    };
    const environment = {
      ...apps,
      BOX_STS_POLICY: POLICY_PATH,
      ...(props.helpUrl === undefined ? {} : { BOX_STS_HELP_URL: props.helpUrl }),
    };
    const tokenInvoke = serviceFunction(this, "TokenInvoke", "token-invoke", {
      ...common,
      description: "box-sts: Box tokens for callers of an alias",
      environment: { ...environment, BOX_STS_CALLER: "alias" },
    });
    const health = serviceFunction(this, "Health", "health", {
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

    const tokenFunctions = [tokenInvoke.lambda];
    this.#makeUrlWay = () => {
      const { lambda, secretAccess } = serviceFunction(this, "TokenUrl", "token-url", {
        ...common,
        description: "box-sts: Box tokens for callers of the Function URL",
        environment: { ...environment, BOX_STS_CALLER: "function-url" },
      });
      const way = new UrlWay(this, "ByUrl", lambda, denyLatest);
      secretAccess.node.addDependency(way);
      tokenFunctions.unshift(lambda);
      return way;
    };
    this.#byAlias = new AliasWay(this, "ByAlias", tokenInvoke.lambda, denyLatest);
    // A function exists before its resource policies. Until they deny, it must have no secret to give a token from.
    tokenInvoke.secretAccess.node.addDependency(this.#byAlias);
    this.invokeFunctionName = tokenInvoke.lambda.functionName;
    this.healthFunctionName = health.lambda.functionName;

    const metrics = new ServiceMetrics(tokenFunctions);
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
    serviceDashboard(this, { metrics, health: health.lambda, alarms });
    this.node.addValidation({
      validate: () => [
        ...strayStatements(policy, [...secrets.keys()]),
        ...mismatches(policy, {
          byUrl: this.#byUrl?.callers ?? [],
          aliases: Object.keys(this.aliasArns),
        }),
        ...this.#readInVain(),
      ],
    });
  }

  /**
   * Base of the Function URL, with a slash at its end; tokens are at `oauth2/token` below it. May be read before the
   * grant that makes it; if no caller is granted it, there is none, and the synth fails.
   */
  get url(): string {
    return this.#ofUrl("url", ({ url }) => url);
  }

  /**
   * Name of `token-url`, which only its Function URL may invoke: to prove that a direct invocation is denied. As `url`,
   * it is there where a caller is granted the URL.
   */
  get urlFunctionName(): string {
    return this.#ofUrl("urlFunctionName", ({ target }) => target.functionName);
  }

  /** ARN of `token-url`, where a caller is granted the URL. */
  get urlFunctionArn(): string {
    return this.#ofUrl("urlFunctionArn", ({ target }) => target.functionArn);
  }

  /** ARN of each alias that is granted so far, by its name. */
  get aliasArns(): Readonly<Record<string, string>> {
    return this.#byAlias.arns;
  }

  /**
   * Lets one role or user call the Function URL, and nothing but the Function URL, which exists from the first grant on.
   * The same grant a second time is the first one.
   * @throws {SynthError} for whole accounts, for other accounts without `crossAccount`, for a role or user with two names,
   *   for roles that differ in their path only, in a region without Function URLs
   */
  grantInvokeUrl(grantee: IGrantable, options: UrlGrantOptions = {}): Grant {
    if (this.#byUrl === undefined) {
      demandFunctionUrls(this, "grantInvokeUrl");
      this.#byUrl = this.#makeUrlWay();
    }
    return this.#byUrl.grant(grantee, "grantInvokeUrl", options);
  }

  /**
   * Makes the alias, lets one role or user invoke it, and denies it to every other principal, administrators and AWS
   * services included. The alias is what the policy knows the caller by, also as its name, hence it is one caller's
   * alone. A role is compared by its ARN with its path, so import one by its complete ARN; a role of another stack has to
   * be in one that does not need this one. The same grant a second time is the first one.
   * @throws {SynthError} also for an alias that is another caller's
   */
  grantInvoke(grantee: IGrantable, alias: string, options: GrantOptions = {}): Grant {
    return this.#byAlias.grant(grantee, alias, `grantInvoke "${alias}"`, options);
  }

  /**
   * What an administrator of another account gives to a role there that is granted the Function URL here.
   * @throws {SynthError} where nobody is granted it
   */
  urlCallerPolicy(): PolicyDocument {
    if (this.#byUrl !== undefined) return this.#byUrl.callerPolicy();
    throw new SynthError(
      "urlCallerPolicy: no caller is granted the Function URL, so that there is none; grant it first (grantInvokeUrl).",
    );
  }

  /**
   * What an administrator of another account gives to the role there that is granted the alias here.
   * @throws {SynthError} for an alias that nobody is granted
   */
  aliasCallerPolicy(alias: string): PolicyDocument {
    return this.#byAlias.callerPolicy(alias);
  }

  #ofUrl(member: string, read: (way: UrlWay) => string): string {
    if (this.#byUrl !== undefined) return read(this.#byUrl);
    this.#read.add(member);
    return Lazy.string({ produce: () => (this.#byUrl === undefined ? "" : read(this.#byUrl)) });
  }

  #readInVain(): readonly string[] {
    if (this.#byUrl !== undefined) return [];
    return [...this.#read].map(
      (member) =>
        `service.${member}: no caller is granted the Function URL, so that there is none; grant it with grantInvokeUrl, or do not read ${member}.`,
    );
  }
}

function serviceAccounts(apps: readonly BoxAppProps[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    apps.flatMap(({ name, serviceAccount }) =>
      serviceAccount === undefined ? [] : [[name, serviceAccount]],
    ),
  );
}

/** @throws {SynthError} */
function reserved(given: number | "unreserved"): { readonly reservedConcurrency?: number } {
  if (given === "unreserved") return {};
  if (Number.isInteger(given) && given >= 0) return { reservedConcurrency: given };
  throw new SynthError('reservedConcurrency: expected a whole number from 0, or "unreserved"; correct it.');
}

function networkOf(
  scope: Construct,
  { vpc, vpcSubnets, securityGroups }: BoxTokenServiceProps,
): Network | undefined {
  if (vpc === undefined) return undefined;
  return {
    vpc,
    securityGroups: securityGroups === undefined ? [httpsOnly(scope, vpc)] : [...securityGroups],
    ...(vpcSubnets === undefined ? {} : { vpcSubnets }),
  };
}
