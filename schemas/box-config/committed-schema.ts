import { pointerSteps } from "../json/pointer.ts";
import { PLACEHOLDER_PATTERN } from "./placeholders.ts";

/** Pointers of the secret properties, and the name of each. */
export const SECRET_PROPERTIES = {
  "/boxAppSettings/clientSecret": "client secret",
  "/boxAppSettings/appAuth/privateKey": "private key",
  "/boxAppSettings/appAuth/passphrase": "passphrase",
  "/appTokens/primary/token": "primary App Token",
  "/appTokens/secondary/token": "secondary App Token",
  "/webhooks/primaryKey": "primary webhook key",
  "/webhooks/secondaryKey": "secondary webhook key",
} as const satisfies Record<string, string>;

/** JSON pointer of a property that is secret in a Box config. */
export type SecretProperty = keyof typeof SECRET_PROPERTIES;

/** Not secret, but often filled in at deployment like the secrets. */
const IDS = ["/boxAppSettings/clientID", "/boxAppSettings/appAuth/publicKeyID", "/enterpriseID", "/userID"];

const VARIABLE = `$${"{VAR}"}`;

type Schema = Record<string, unknown>;

/**
 * The schema of a Box config that may be committed, made of the schema of one that may be stored: each secret
 * absent, empty or a placeholder, each id itself or a placeholder, the rest unchanged.
 */
export function committedSchema(stored: object): object {
  const schema: Schema = structuredClone(stored) as Schema;
  schema.$id = "urn:box-sts:schema:box-config-committed";
  schema.title = "Box app config without its secrets";
  const settings = at(schema, "/boxAppSettings");
  settings.required = ["clientID"];
  const auth = at(schema, "/boxAppSettings/appAuth");
  const { then: signedByKms } = auth.else as { readonly then: Schema };
  auth.if = { properties: { privateKey: { const: "" }, kmsKeyId: false } };
  auth.else = {
    required: ["publicKeyID"],
    properties: { publicKeyID: { type: "string", minLength: 1 } },
    if: { required: ["kmsKeyId"] },
    // biome-ignore lint/suspicious/noThenProperty: it is the keyword of JSON Schema.
    then: { properties: signedByKms.properties },
  };
  for (const [pointer, name] of Object.entries(SECRET_PROPERTIES)) {
    const property = at(schema, pointer);
    for (const keyword of Object.keys(property)) delete property[keyword];
    property.description = `Reference to the place where the ${name} is kept, or a placeholder; empty or absent.`;
    property.type = "string";
    property.pattern = `^(?:${PLACEHOLDER_PATTERN})?$`;
    property.examples = [VARIABLE];
  }
  // Not secret either, and of many forms: any name and any placeholder.
  at(schema, "/boxAppSettings/appAuth/kmsKeyId").pattern = "^.+$";
  for (const pointer of IDS) {
    const property = at(schema, pointer);
    const own = String(property.pattern ?? "^[!-~]*$").replace(/^\^|\$$/g, "");
    property.pattern = `^(?:${own}|${PLACEHOLDER_PATTERN})$`;
  }
  schema.properties = {
    $schema: { description: "Where editors find this schema; Box ignores it.", type: "string" },
    ...(schema.properties as Schema),
  };
  return schema;
}

function at(schema: Schema, pointer: string): Schema {
  return pointerSteps(pointer).reduce(
    (node, name) => (node.properties as Record<string, Schema>)[name] as Schema,
    schema,
  );
}
