import type { Deployment, TemplateResource } from "./deployment.ts";

/** One permission: no wildcard in it matches more than one of anything, except where AWS leaves no choice. */
export interface Permission {
  readonly effect: "Allow" | "Deny";
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
  readonly condition: string;
  /** The resource that the policy is attached to; absent: an identity's policy. */
  readonly attachedTo?: string;
}

interface Statement {
  readonly Effect: "Allow" | "Deny";
  readonly Principal?: unknown;
  readonly Action: string | readonly string[];
  readonly Resource?: unknown;
  readonly Condition?: unknown;
}

type Document = { readonly Statement: readonly Statement[] };
type Read = (id: string, properties: Readonly<Record<string, unknown>>, text: Text) => readonly Permission[];
type Text = (value: unknown) => string;

/** Every kind of resource that the template may have, and what each permits. A kind without a row fails. */
const KINDS: Readonly<Record<string, Read>> = {
  "AWS::CloudWatch::Alarm": nothing,
  "AWS::CloudWatch::Dashboard": nothing,
  "AWS::DynamoDB::Table": (id, { ResourcePolicy }, text) =>
    attached((ResourcePolicy as { PolicyDocument?: Document } | undefined)?.PolicyDocument, id, text),
  "AWS::EC2::SecurityGroup": nothing,
  "AWS::Events::Rule": nothing,
  "AWS::IAM::Policy": (_, { PolicyDocument, Roles }, text) =>
    [Roles]
      .flat()
      .flat()
      .flatMap((role) => permissions(PolicyDocument as Document, text, text(role))),
  "AWS::IAM::Role": (id, { AssumeRolePolicyDocument, ManagedPolicyArns, Policies }, text) => {
    if (ManagedPolicyArns !== undefined || Policies !== undefined)
      throw new Error(`${id} has other policies`);
    return permissions(AssumeRolePolicyDocument as Document, text, undefined, text({ Ref: id }));
  },
  "AWS::KMS::Key": (id, { KeyPolicy }, text) => attached(KeyPolicy as Document, id, text),
  "AWS::Lambda::Alias": nothing,
  "AWS::Lambda::EventInvokeConfig": nothing,
  "AWS::Lambda::Function": nothing,
  "AWS::Lambda::Permission": (_, { Action, Principal, FunctionName, SourceArn }, text) => [
    {
      effect: "Allow",
      principal: text(Principal),
      action: text(Action),
      resource: text(FunctionName),
      condition: SourceArn === undefined ? "always" : `ArnLike aws:SourceArn ${text(SourceArn)}`,
    },
  ],
  "AWS::Lambda::ResourcePolicy": (_, { PolicyDocument, ResourceArn }, text) =>
    permissions(PolicyDocument as Document, text).map((one) => ({ ...one, attachedTo: text(ResourceArn) })),
  "AWS::Lambda::Url": nothing,
  "AWS::Lambda::Version": nothing,
  "AWS::Logs::LogGroup": nothing,
  "AWS::Logs::QueryDefinition": nothing,
  "AWS::SNS::Subscription": nothing,
  "AWS::SNS::Topic": nothing,
  "AWS::SNS::TopicPolicy": (_, { PolicyDocument }, text) => permissions(PolicyDocument as Document, text),
  "AWS::SSM::Parameter": nothing,
  "AWS::SecretsManager::Secret": nothing,
};

function nothing(): readonly Permission[] {
  return [];
}

/** Of a policy that is part of its resource: `*` in it is the resource itself, and it can be about no other. */
function attached(document: Document | undefined, id: string, text: Text): readonly Permission[] {
  if (document === undefined) throw new Error(`${id} has no policy of its own`);
  const self = text({ Ref: id });
  return permissions(document, text).map((one) => {
    if (one.resource !== "*") throw new Error(`${id} has a policy about ${one.resource}`);
    return { ...one, resource: self, attachedTo: self };
  });
}

/**
 * The set of all (principal, action, resource, condition) that the template permits or denies.
 * @param text how a value of the template is written: references resolved or named
 */
export function permissionsOf(
  { resources }: Pick<Deployment, "resources">,
  text: Text = named,
): readonly Permission[] {
  return Object.entries(resources).flatMap(([id, { Type, Properties }]: [string, TemplateResource]) => {
    const read = KINDS[Type];
    if (read === undefined) throw new Error(`${Type} has no row: what does it permit?`);
    return read(id, Properties ?? {}, text);
  });
}

/** A line for the reviewed list. */
export const lineOf = ({ effect, principal, action, resource, condition }: Permission): string =>
  [effect.toUpperCase(), principal, action, resource, condition].join(" | ");

function permissions(
  { Statement }: Document,
  text: Text,
  principal?: string,
  resource?: string,
): readonly Permission[] {
  return Statement.flatMap((statement) => {
    if ("NotAction" in statement || "NotResource" in statement || "NotPrincipal" in statement) {
      throw new Error("A statement by exclusion permits what no reviewer has seen.");
    }
    const principals = principal === undefined ? principalsOf(statement.Principal, text) : [principal];
    const resources = resource === undefined ? [statement.Resource].flat().map(text) : [resource];
    const condition = statement.Condition === undefined ? "always" : conditionText(statement.Condition, text);
    return principals.flatMap((who) =>
      [statement.Action].flat().flatMap((action) =>
        resources.map((what) => ({
          effect: statement.Effect,
          principal: who,
          action,
          resource: what,
          condition,
        })),
      ),
    );
  });
}

function principalsOf(principal: unknown, text: Text): readonly string[] {
  if (typeof principal === "string") return [principal];
  return Object.values(principal as object)
    .flat()
    .map(text);
}

function conditionText(condition: unknown, text: Text): string {
  return Object.entries(condition as Record<string, Record<string, unknown>>)
    .flatMap(([operator, keys]) =>
      Object.entries(keys).map(([key, value]) => `${operator} ${key} ${[value].flat().map(text).join(",")}`),
    )
    .join(" and ");
}

/** References by logical id without CDK's hash, so that the list can be read. */
function named(value: unknown): string {
  if (typeof value === "string") return value;
  const [[name, argument]] = Object.entries(value as object) as [[string, unknown]];
  if (name === "Fn::Join") return ((argument as [string, unknown[]])[1] ?? []).map(named).join("");
  const id = String([argument].flat()[0])
    .replace(/[0-9A-F]{8}$/, "")
    .replace(/^Service(?=[A-Z])/, "");
  return `<${id}>`;
}
