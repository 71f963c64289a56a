import { CfnOutput, Stack } from "aws-cdk-lib";
import { StringParameter } from "aws-cdk-lib/aws-ssm";
import { Construct } from "constructs";
import type { DeployedCaller } from "../schemas/deploy/parse.ts";
import type { BoxTokenService } from "./box-token-service.ts";
import { ownVersion } from "./version.ts";

interface Output {
  readonly value: string | undefined;
  readonly description: string;
  /** Last part of the SSM parameter that has it too, for callers that cannot read the stack. */
  readonly parameter?: string;
}

/** Everything that operators, callers and other deployments need to know of the service. What is `undefined` is left out. */
function outputsOf(
  stack: Stack,
  service: BoxTokenService,
  callers: readonly DeployedCaller[],
): Readonly<Record<string, Output>> {
  const url = callers.some((caller) => caller.url);
  const { aliasArns, alarmTopic, dashboard, webhookUrls } = service;
  return {
    TokenUrl: {
      value: url ? `${service.url}oauth2/token` : undefined,
      description: "Where callers of the Function URL get tokens",
      parameter: "token-url",
    },
    UrlFunction: {
      value: url ? service.urlFunctionName : undefined,
      description: "Function behind the Function URL",
    },
    TokenUrlFunctionArn: {
      value: url ? service.urlFunctionArn : undefined,
      description: "What the identity policy of a caller of the Function URL names",
      parameter: "token-url-function-arn",
    },
    InvokeFunction: {
      value: service.invokeFunctionName,
      description: "Function that callers invoke, each through its alias",
      parameter: "invoke-function",
    },
    InvokeFunctionArn: {
      value: service.invokeFunctionArn,
      description: "With a colon and the alias after it: what the identity policy of its caller names",
      parameter: "invoke-function-arn",
    },
    AliasArns: {
      value: Object.keys(aliasArns).length > 0 ? stack.toJsonString(aliasArns) : undefined,
      description: "Alias of each caller that invokes directly",
    },
    HealthFunction: {
      value: service.healthFunctionName,
      description: "Function that checks every Box app",
    },
    SecretArns: {
      value: stack.toJsonString(service.secretArns),
      description: "Secret of each app",
    },
    SharedCacheTable: {
      value: service.sharedCacheTableName,
      description: "Table of the shared cache",
    },
    ServiceSecret: {
      value: service.serviceSecretArn,
      description: "Secret that encrypts the tokens in the shared cache: to rotate it",
    },
    AuthorizeUrl: {
      value: service.authorizeUrl,
      description: "What the pages for OAuth 2.0 users are below",
      parameter: "authorize-url",
    },
    RedirectUri: {
      value: service.authorizeUrl && `${service.authorizeUrl}callback`,
      description: "Redirect URI of each OAuth 2.0 app: register it at Box",
    },
    AuthorizeFunction: {
      value: service.authorizeFunctionName,
      description: "Function behind the pages for OAuth 2.0 users: to stop it",
    },
    ConnectionsFunction: {
      value: service.connectionsFunctionName,
      description: "Function that manages the connections of OAuth 2.0 users",
      parameter: "connections-function",
    },
    ConnectionsFunctionArn: {
      value: service.connectionsFunctionArn,
      description: "What the identity policy of a principal that manages connections names",
      parameter: "connections-function-arn",
    },
    WebhookUrls: {
      value: Object.keys(webhookUrls).length > 0 ? stack.toJsonString(webhookUrls) : undefined,
      description: "Where Box sends the webhooks of each app: the addresses to enter at Box",
    },
    WebhookFunction: {
      value: service.webhookFunctionName,
      description: "Function that receives webhooks: to stop it",
    },
    LogGroups: {
      value: stack.toJsonString(service.logGroupNames),
      description:
        "Log group of each function; those of token-url, token-invoke, authorize and connections have the audit lines",
    },
    AlarmTopicArn: { value: alarmTopic?.topicArn, description: "Where alarms go: subscribe to it" },
    DashboardUrl: {
      value:
        dashboard &&
        `${consoleOf(stack.region)}/cloudwatch/home?region=${stack.region}#dashboards/dashboard/${dashboard.dashboardName}`,
      description: "Dashboard of the service",
    },
    SecurityGroupIds: {
      value: service.securityGroups?.map(({ securityGroupId }) => securityGroupId).join(","),
      description: "Security groups of the functions in the VPC",
    },
    PolicyDigest: {
      value: service.policyDigest,
      description: "SHA-256 of the policy document, as policy_digest in the audit lines",
      parameter: "policy-digest",
    },
    Version: { value: ownVersion(), description: "Version of box-sts", parameter: "version" },
  };
}

/** The European Sovereign Cloud has a console of its own. */
const consoleOf = (region: string): string =>
  region.startsWith("eusc-")
    ? "https://console.amazonaws-eusc.eu"
    : `https://${region}.console.aws.amazon.com`;

/** Writes the outputs of the stack, and SSM parameters `/box-sts/<stack name>/<parameter>`. */
export function writeOutputs(
  stack: Stack,
  service: BoxTokenService,
  callers: readonly DeployedCaller[],
): void {
  for (const [name, { value, description, parameter }] of Object.entries(
    outputsOf(stack, service, callers),
  )) {
    if (value === undefined) continue;
    new CfnOutput(stack, name, { value, description });
    if (parameter !== undefined) writeParameter(stack, `${name}Parameter`, parameter, value, description);
  }
  // One for each app: all of them together could be longer than a parameter's 4 KB.
  const webhooks = new Construct(stack, "WebhookUrlParameters");
  for (const [app, url] of Object.entries(service.webhookUrls)) {
    writeParameter(webhooks, app, `webhook-url/${app}`, url, "Where Box sends the app's webhooks");
  }
  writeCallerPolicies(stack, service, callers);
}

function writeParameter(
  scope: Construct,
  id: string,
  name: string,
  value: string,
  description: string,
): void {
  new StringParameter(scope, id, {
    parameterName: `/box-sts/${Stack.of(scope).stackName}/${name}`,
    description: `box-sts: ${description}`,
    stringValue: value,
  });
}

/** What an administrator of another account has to give to the callers there; those with a mistake are granted nothing. */
function writeCallerPolicies(
  stack: Stack,
  service: BoxTokenService,
  callers: readonly DeployedCaller[],
): void {
  const foreign = callers.filter(({ principal }) => principal.split(":")[4] !== stack.account);
  if (foreign.some(({ url }) => url) && service.logGroupNames["token-url"] !== undefined) {
    const value = stack.toJsonString(service.urlCallerPolicy());
    new CfnOutput(stack, "UrlCallerPolicy", { value, description: "For callers of other accounts" });
  }
  // A scope of their own, because names of outputs have no dashes: these get a hash, which keeps a-b and ab apart.
  const policies = new Construct(stack, "AliasCallerPolicy");
  for (const { alias } of foreign) {
    if (alias === undefined || service.aliasArns[alias] === undefined) continue;
    const value = stack.toJsonString(service.aliasCallerPolicy(alias));
    new CfnOutput(policies, alias, { value, description: "For a caller of another account" });
  }
}
