import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Document, isAlias, type ParsedNode, parseDocument, visit } from "yaml";
import type { TemplateResource } from "../deployment.ts";
import { ROOT } from "../synth.ts";
import { NIGHTLY, REPORTS, SECRET } from "./cdk-permissions.ts";

export const SAM_TEMPLATE = join(ROOT, "examples/sam/template.yaml");

/** CloudFormation's short forms, each as the long one. */
const SHORT_FORMS = ["Ref", "GetAtt", "Sub", "If", "Not", "Equals"];
const customTags = SHORT_FORMS.flatMap((name) => {
  const key = name === "Ref" ? name : `Fn::${name}`;
  const argument = (text: string) => (name === "GetAtt" ? text.split(".") : text);
  return [
    { tag: `!${name}`, resolve: (text: string) => ({ [key]: argument(text) }) },
    {
      tag: `!${name}`,
      collection: "seq" as const,
      resolve: (items: { toJSON(): unknown }) => ({ [key]: items.toJSON() }),
    },
  ];
});

interface SamTemplate {
  readonly Globals: { readonly Function: Readonly<Record<string, unknown>> };
  readonly Conditions: Readonly<Record<string, unknown>>;
  readonly Resources: Readonly<Record<string, TemplateResource>>;
  readonly Outputs: Readonly<Record<string, { readonly Value: unknown }>>;
}

const document: Document<ParsedNode> = parseDocument(readFileSync(SAM_TEMPLATE, "utf8"), { customTags });

/** CloudFormation accepts YAML without aliases. */
export function countAliases(): number {
  let count = 0;
  visit(document, (_, node) => {
    if (isAlias(node)) count++;
  });
  return count;
}

export const SAM = document.toJSON() as SamTemplate;

/** What a reference of the template means: parameters, pseudo parameters, and resources by logical id. */
export type Meaning = (reference: string) => string;

const NOTHING = Symbol("AWS::NoValue");

/** The value with every function of CloudFormation evaluated. */
function evaluate(value: unknown, meaning: Meaning): unknown {
  if (Array.isArray(value))
    return value.map((one) => evaluate(one, meaning)).filter((one) => one !== NOTHING);
  if (typeof value !== "object" || value === null) return value;
  const [[name = "", argument] = []] = Object.entries(value);
  if (name === "Ref") return argument === "AWS::NoValue" ? NOTHING : meaning(String(argument));
  if (name === "Fn::GetAtt") return meaning((argument as string[]).join("."));
  if (name === "Fn::Sub")
    return String(argument).replaceAll(/\$\{([^}]+)\}/g, (_, reference) => meaning(reference));
  if (name === "Fn::If") {
    const [condition, yes, no] = argument as [string, unknown, unknown];
    return evaluate(isTrue(SAM.Conditions[condition], meaning) ? yes : no, meaning);
  }
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, evaluate(one, meaning)]));
}

function isTrue(condition: unknown, meaning: Meaning): boolean {
  const [[name = "", argument] = []] = Object.entries(condition as object);
  if (name === "Fn::Not") return !isTrue((argument as unknown[])[0], meaning);
  if (name !== "Fn::Equals") throw new Error(`${name} is not evaluated here.`);
  const [left, right] = evaluate(argument, meaning) as [unknown, unknown];
  return left === right;
}

/** The resources with the functions of SAM in CloudFormation's type, `Globals` in each, and nothing left to evaluate. */
export function samResources(meaning: Meaning): Readonly<Record<string, TemplateResource>> {
  const { Environment: common, ...globals } = SAM.Globals.Function;
  const resources = Object.entries(SAM.Resources).map(([id, resource]) => {
    if (resource.Type !== "AWS::Serverless::Function") return [id, resource];
    const { Environment, ...own } = resource.Properties;
    const Variables = {
      ...(common as { Variables: object }).Variables,
      ...(Environment as { Variables: object }).Variables,
    };
    const Properties = { ...globals, ...own, Environment: { Variables } };
    return [id, { ...resource, Type: "AWS::Lambda::Function", Properties }];
  });
  return evaluate(Object.fromEntries(resources), meaning) as Readonly<Record<string, TemplateResource>>;
}

/** What a deployment is given, and what CloudFormation knows by itself. */
export const PARAMETERS = {
  SecretArn: SECRET,
  SecretKeyArn: "",
  ReportsRoleArn: REPORTS,
  NightlyRoleArn: NIGHTLY,
  ReservedConcurrency: "50",
  "AWS::AccountId": "123456789012",
  "AWS::Region": "eu-central-1",
  "AWS::StackName": "tokens",
};
