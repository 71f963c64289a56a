import type { Dashboard } from "aws-cdk-lib/aws-cloudwatch";
import type { ISecurityGroup } from "aws-cdk-lib/aws-ec2";
import { Grant, type IGrantable, type PolicyDocument } from "aws-cdk-lib/aws-iam";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import type { Construct } from "constructs";
import { policyDigest } from "../schemas/policy/digest.ts";
import type { Alarms } from "./alarms.ts";
import { AliasAccess, type AliasGrantOptions } from "./alias-access.ts";
import { appSecrets } from "./app-secrets.ts";
import { completeProps, networkOf } from "./checked-props.ts";
import { FunctionUrlAccess, type UrlGrantOptions } from "./function-url-access.ts";
import { mismatches } from "./granted-callers.ts";
import { GrantedUrl } from "./granted-url.ts";
import type { GrantOptions } from "./grantee.ts";
import {
  type BoxTokenServiceAttributes,
  type IBoxTokenService,
  ImportedBoxTokenService,
} from "./imported-service.ts";
import { lambdaFunctions } from "./lambda-functions.ts";
import { grantInvokeConnections } from "./manage-connections.ts";
import { ServiceMetrics, serviceName } from "./metrics.ts";
import { monitoring } from "./monitoring.ts";
import { NamedFunctions, type ServiceFunctions } from "./named-functions.ts";
import { policyDocument, unmatchedStatements } from "./policy-document.ts";
import { addReviewLines } from "./policy-review.ts";
import type { BoxTokenServiceProps } from "./props.ts";
import { requireFunctionUrls, requireResourcePolicies } from "./regions.ts";
import { orReport, report, reportAtSynth } from "./report-errors.ts";
import { sharedCache } from "./shared-cache.ts";
import { signingKeyArns } from "./signing-keys.ts";
import { SynthError } from "./synth-error.ts";
import {
  ALIAS_GRANT_OPTIONS,
  GRANT_OPTIONS,
  requireKnownOptions,
  URL_GRANT_OPTIONS,
  unknownProperties,
} from "./unknown-properties.ts";
import { withoutUndefined } from "./without-undefined.ts";

const GRANT_ALIAS = "grant the caller an alias (callers with alias, or grantInvoke)";

/**
 * The token service: functions, secrets, log groups, alarms and a dashboard, with no caller allowed yet. Grant callers
 * access with `grantInvokeUrl` and `grantInvoke`; the policy decides which token each gets. A caller that the policy does
 * not name, or a statement that no caller can use, fails the synth. The functions themselves stay private: a grant on one
 * of them would mix the two kinds of access, which keep callers apart.
 * @example
 * ```ts
 * import { App, Stack } from "aws-cdk-lib";
 * import { Role } from "aws-cdk-lib/aws-iam";
 * import { BoxTokenService } from "box-sts/infra";
 *
 * const stack = new Stack(new App(), "Tokens", { env: { account: "123456789012", region: "eu-central-1" } });
 * const service = new BoxTokenService(stack, "BoxTokens", {
 *   apps: [{ name: "reports", createSecret: "box/reports" }],
 *   policy: "box-sts.policy.json",
 * });
 * const role = Role.fromRoleArn(stack, "Reports", "arn:aws:iam::123456789012:role/reports");
 * service.grantInvoke(role, "reports");
 * ```
 */
export class BoxTokenService extends NamedFunctions implements IBoxTokenService {
  /**
   * A service that is deployed elsewhere, by its outputs or SSM parameters (docs/deploy.md). Its grants are the caller's
   * half alone.
   * @example
   * ```ts
   * import { App, Stack } from "aws-cdk-lib";
   * import { Role } from "aws-cdk-lib/aws-iam";
   * import { StringParameter } from "aws-cdk-lib/aws-ssm";
   * import { BoxTokenService } from "box-sts/infra";
   *
   * const stack = new Stack(new App(), "Reports");
   * const role = Role.fromRoleArn(stack, "Role", "arn:aws:iam::123456789012:role/reports");
   * const tokens = BoxTokenService.fromAttributes(stack, "Tokens", {
   *   invokeFunctionArn: StringParameter.valueForStringParameter(stack, "/box-sts/box-sts/invoke-function-arn"),
   * });
   * tokens.grantInvoke(role, "reports");
   * ```
   */
  static fromAttributes(
    scope: Construct,
    id: string,
    attributes: BoxTokenServiceAttributes,
  ): IBoxTokenService {
    return new ImportedBoxTokenService(scope, id, attributes);
  }

  /** Complete ARN of each app's secret, by the app's name. */
  readonly secretArns: Readonly<Record<string, string>>;
  /** Name of the table of the shared cache; `undefined` without one. */
  readonly sharedCacheTableName: string | undefined;
  /** ARN of the secret that encrypts the tokens in the shared cache; `undefined` without one. */
  readonly serviceSecretArn: string | undefined;
  /**
   * What the pages for OAuth 2.0 users are below, with a slash at its end; `callback` below it is the redirect URI to
   * register at Box. `undefined` without `oauth`.
   */
  readonly authorizeUrl: string | undefined;
  /** Where Box sends the webhooks of each app in `webhooks`, by the app's name; none without `webhooks`. */
  readonly webhookUrls: Readonly<Record<string, string>>;
  /** SHA-256 of the policy document in hex, as `policy_digest` in the audit lines. */
  readonly policyDigest: string | undefined;
  /** The security groups of the functions in the VPC; `undefined` without a VPC. */
  readonly securityGroups: readonly ISecurityGroup[] | undefined;
  /** The topic that alarms notify: subscribe to it. `undefined` without alarms. */
  readonly alarmTopic: ITopic | undefined;
  /** Each alarm by its name, to add actions to it; none without alarms. */
  readonly alarms: Alarms;
  /** The dashboard in CloudWatch; `undefined` where the props have none. */
  readonly dashboard: Dashboard | undefined;
  protected readonly metrics: ServiceMetrics;
  protected readonly functions: ServiceFunctions;
  readonly #byAlias: AliasAccess;
  readonly #byUrl: GrantedUrl;
  /** Whether a grant is missing, so that the policy cannot be compared with those that are there. */
  #hasRefused = false;

  constructor(scope: Construct, id: string, props: BoxTokenServiceProps) {
    super(scope, id);
    props = completeProps(props);
    report(this, unknownProperties(props));
    orReport(
      this,
      () => requireResourcePolicies(this),
      () => {},
    );
    const document = policyDocument(this, props.policy);
    const secrets = appSecrets(this, props.apps);
    const network = orReport(
      this,
      () => networkOf(this, props),
      () => undefined,
    );
    this.secretArns = Object.fromEntries([...secrets].map(([name, { arn }]) => [name, arn]));
    const service = serviceName(this);
    const cache = sharedCache(this, props);
    this.sharedCacheTableName = cache?.table.tableName;
    this.serviceSecretArn = cache?.serviceSecret.arn;
    const { tokenInvoke, makeTokenUrl, health, oauth, webhook } = lambdaFunctions(this, props, {
      ...{ service, policy: document?.text, secrets, network, cache },
      secretArns: this.secretArns,
      signingKeyArns: signingKeyArns(this, props.apps),
    });
    this.functions = {
      "token-invoke": tokenInvoke.lambda,
      ...withoutUndefined({ health: health?.lambda, webhook: webhook?.lambda }),
      ...withoutUndefined({ authorize: oauth?.authorize, connections: oauth?.connections }),
    };
    this.authorizeUrl = oauth?.authorizeUrl;
    this.webhookUrls = Object.fromEntries(webhook?.apps.map((app) => [app, `${webhook.url}${app}`]) ?? []);

    const { denyLatest = false } = props;
    const tokenFunctions = [tokenInvoke.lambda];
    this.#byUrl = new GrantedUrl(() => {
      const { lambda, secretAccess } = makeTokenUrl();
      const access = new FunctionUrlAccess(this, "ByUrl", lambda, denyLatest);
      secretAccess.node.addDependency(access);
      tokenFunctions.unshift(lambda);
      this.functions["token-url"] = lambda;
      return access;
    });
    this.#byAlias = new AliasAccess(this, "ByAlias", tokenInvoke.lambda, denyLatest);
    // A function exists before its resource policies. Until they deny, it must have no secret to give a token from.
    tokenInvoke.secretAccess.node.addDependency(this.#byAlias);
    this.securityGroups = network?.securityGroups;

    this.metrics = new ServiceMetrics(service, tokenFunctions);
    const { alarms, alarmTopic, dashboard } = monitoring(
      this,
      this.metrics,
      { health, cache, oauth, webhook },
      props,
    );
    this.alarms = alarms;
    this.alarmTopic = alarmTopic;
    this.dashboard = dashboard;
    this.policyDigest = document && policyDigest(document.text);
    reportAtSynth(this, () => (this.#hasRefused ? [] : this.#byUrl.readInVain()));
    if (document === undefined) return;
    const { policy } = document;
    addReviewLines(this, policy);
    reportAtSynth(this, () => [
      ...(secrets.size < Math.max(props.apps.length, 1)
        ? []
        : unmatchedStatements(policy, [...secrets.keys()])),
      ...(this.#hasRefused ? [] : mismatches(policy, this.#granted)),
    ]);
  }

  /**
   * Base of the Function URL, with a slash at its end; tokens are at `oauth2/token` below it. May be read before the
   * grant that makes it; if no caller is granted it, there is none, and the synth fails.
   */
  get url(): string {
    return this.#byUrl.read("url", ({ url }) => url);
  }

  /**
   * Name of `token-url`, which only its Function URL may invoke: to prove that a direct invocation is denied. As `url`,
   * it is there where a caller is granted the URL.
   */
  get urlFunctionName(): string {
    return this.#byUrl.read("urlFunctionName", ({ target }) => target.functionName);
  }

  /** ARN of `token-url`, where a caller is granted the URL. */
  get urlFunctionArn(): string {
    return this.#byUrl.read("urlFunctionArn", ({ target }) => target.functionArn);
  }

  /** ARN of each alias that is granted so far, by its name. */
  get aliasArns(): Readonly<Record<string, string>> {
    return this.#byAlias.arns;
  }

  /**
   * Lets one role or user call the Function URL, and nothing but the Function URL, which exists from the first grant on.
   * Repeating a grant changes nothing. Whole accounts, other accounts without `crossAccount`, a role or user
   * with two names, roles that differ in their path only, and regions without Function URLs fail the synth.
   * @example
   * ```ts
   * import type { IGrantable } from "aws-cdk-lib/aws-iam";
   * import type { BoxTokenService } from "box-sts/infra";
   *
   * // The policy's statement has "caller": { "name": "reports" }.
   * export function grantReports(service: BoxTokenService, role: IGrantable): string {
   *   service.grantInvokeUrl(role, { caller: "reports" });
   *   return `${service.url}oauth2/token`;
   * }
   * ```
   */
  grantInvokeUrl(grantee: IGrantable, options: UrlGrantOptions = {}): Grant {
    return this.#orDropped(grantee, () => {
      requireKnownOptions(options, URL_GRANT_OPTIONS, "grantInvokeUrl");
      requireFunctionUrls(this, "grantInvokeUrl", GRANT_ALIAS);
      return this.#byUrl.make().grant(grantee, "grantInvokeUrl", options);
    });
  }

  /**
   * Makes the alias, lets one role or user invoke it, and denies it to every other principal, administrators and AWS
   * services included. The policy knows the caller by this alias, which is also its name, so it belongs to one caller
   * only. A role is compared by its ARN with its path, so import one by its complete ARN; a role of another stack has to
   * be in one that does not need this one. Repeating a grant changes nothing. What fails `grantInvokeUrl`
   * fails here too, and an alias that is another caller's.
   * @example
   * ```ts
   * import type { IGrantable } from "aws-cdk-lib/aws-iam";
   * import type { BoxTokenService } from "box-sts/infra";
   *
   * // The policy's statement has "caller": { "alias": "nightly-sync" }, or the same as a name.
   * export function grantNightlySync(service: BoxTokenService, role: IGrantable): string {
   *   service.grantInvoke(role, "nightly-sync", { allowFromVpcEndpoints: ["vpce-0123456789abcdef0"] });
   *   return service.invokeFunctionName;
   * }
   * ```
   */
  grantInvoke(grantee: IGrantable, alias: string, options: AliasGrantOptions = {}): Grant {
    return this.#orDropped(grantee, () => {
      const property = `grantInvoke "${alias}"`;
      requireKnownOptions(options, ALIAS_GRANT_OPTIONS, property);
      return this.#byAlias.grant(grantee, alias, property, options);
    });
  }

  /**
   * Lets one role or user list, connect, disconnect and refresh the connections of OAuth 2.0 users: invoke the function
   * `connections`, which returns no token. Repeating a grant changes nothing. A service without `oauth` fails the synth, as do
   * whole accounts, and other accounts without `crossAccount`.
   * @example
   * ```ts
   * import type { IGrantable } from "aws-cdk-lib/aws-iam";
   * import type { BoxTokenService } from "box-sts/infra";
   *
   * // The service has the prop `oauth`, and the role belongs to those who support its users.
   * export function grantSupport(service: BoxTokenService, role: IGrantable): string | undefined {
   *   service.grantManageConnections(role);
   *   return service.connectionsFunctionName;
   * }
   * ```
   */
  grantManageConnections(grantee: IGrantable, options: GrantOptions = {}): Grant {
    return this.#orDropped(grantee, () => {
      requireKnownOptions(options, GRANT_OPTIONS, "grantManageConnections");
      const { connections } = this.functions;
      if (connections !== undefined) return grantInvokeConnections(connections, grantee, options);
      throw new SynthError(
        "grantManageConnections: the service has no OAuth 2.0 apps; name them in the prop oauth, or remove the grant.",
      );
    });
  }

  /**
   * Where Box sends the app's webhooks: the address to enter at Box.
   * @throws {SynthError} for an app without a target
   */
  webhookUrl(app: string): string {
    const url = Object.hasOwn(this.webhookUrls, app) ? this.webhookUrls[app] : undefined;
    if (url !== undefined) return url;
    throw new SynthError(`webhookUrl: the app "${app}" has no target; give it one in the prop webhooks.`);
  }

  /**
   * What an administrator of another account gives to a role there that is granted the Function URL here.
   * @throws {SynthError} where no caller has a grant for it
   */
  urlCallerPolicy(): PolicyDocument {
    if (this.#byUrl.access !== undefined) return this.#byUrl.access.callerPolicy();
    throw new SynthError(
      "urlCallerPolicy: no caller is granted the Function URL, so that there is none; grant it first (grantInvokeUrl).",
    );
  }

  /**
   * What an administrator of another account gives to the role there that is granted the alias here.
   * @throws {SynthError} for an alias without a grant
   * @example
   * ```ts
   * import { CfnOutput, Stack } from "aws-cdk-lib";
   * import type { IRole } from "aws-cdk-lib/aws-iam";
   * import type { BoxTokenService } from "box-sts/infra";
   *
   * export function grantOtherAccount(service: BoxTokenService, role: IRole): void {
   *   service.grantInvoke(role, "reports", { crossAccount: true });
   *   const stack = Stack.of(service);
   *   new CfnOutput(stack, "Give", { value: stack.toJsonString(service.aliasCallerPolicy("reports")) });
   * }
   * ```
   */
  aliasCallerPolicy(alias: string): PolicyDocument {
    return this.#byAlias.callerPolicy(alias);
  }

  get #granted() {
    return { byUrl: this.#byUrl.access?.callers ?? [], aliases: Object.keys(this.aliasArns) };
  }

  /** Nothing is granted where something is wrong, which fails the synth. */
  #orDropped(grantee: IGrantable, grant: () => Grant): Grant {
    return orReport(this, grant, () => {
      this.#hasRefused = true;
      return Grant.drop(grantee, "the grant is reported as an error");
    });
  }
}
