import { createRequire } from "node:module";
import { join } from "node:path";
import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
import { documentFaults } from "./document.ts";
import { type JsonSchema, sdkSchemas } from "./json-schemas.ts";
import { sdkOperations } from "./operations.ts";

// Box generates its SDK from its OpenAPI document: the SDK's types have the document's contracts. The package is among
// the development dependencies, so that nothing of the document is copied here and an update of it updates the check.
const SDK = join(createRequire(import.meta.url).resolve("box-node-sdk"), "../..");
const operations = sdkOperations(SDK);
const schemaFor = sdkSchemas(SDK);
const validators = new Map<string, ValidateFunction>();
const ajv = new Ajv({
  allErrors: true,
  strict: false,
  formats: {
    "date-time": /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/,
    date: /^\d{4}-\d\d-\d\d$/,
  },
});

/** Statuses whose responses have no JSON: a redirect, "not modified", an unauthorized call of Box's. */
const WITHOUT_BODY = [204, 302, 304];

/**
 * Throws unless Box's published API lets the call respond so.
 *
 * A success must have the call's status and be of its type: every required property, no property that the type has not,
 * closed enumerations, dates, `null` only where Box allows it. A refusal must be a `Client Error` that repeats its
 * status. Not checked, because the SDK's types do not have it: whether a number is whole, and which refusals a call has.
 * @param pathTemplate as Box's reference writes it: `/2.0/folders/{folder_id}/items`
 * @param body the parsed JSON; `undefined` for an empty body
 * @throws Error with the JSON pointer of each fault
 */
export function expectBoxResponse(method: string, pathTemplate: string, status: number, body: unknown): void {
  const call = `${method} ${pathTemplate}`;
  const faults = [
    ...faultsOf(call, status, body),
    ...documentFaults({ method, path: pathTemplate }, status, body),
  ];
  if (faults.length > 0) {
    throw new Error(`${call} responded ${status} as Box does not:\n  ${faults.join("\n  ")}`);
  }
}

function faultsOf(call: string, status: number, body: unknown): readonly string[] {
  const operation = operations.get(call);
  if (operation === undefined) return [`there is no such call${nearest(call)}`];
  if (status >= 400) return refusalFaults(status, body);
  if (status === 304) return emptyFaults(body);
  if (!operation.statuses.includes(status)) return [`the status is ${operation.statuses.join(" or ")}`];
  if (WITHOUT_BODY.includes(status)) return emptyFaults(body);
  if (operation.responses.length === 0) return [];
  const type = typeOf(body);
  const named = operation.responses.find(({ file }) => isNamed(file, type));
  const response = operation.responses.length > 1 ? named : operation.responses[0];
  if (response === undefined) return [`/type is ${JSON.stringify(type)}`];
  return schemaFaults(response.name, response.file, body);
}

function refusalFaults(status: number, body: unknown): readonly string[] {
  // Box sends a refused token and a failed precondition without a body at some of its endpoints.
  if (body === undefined && [401, 412].includes(status)) return [];
  const faults = [...schemaFaults("ClientError", "clientError", body)];
  const inBody = typeof body === "object" && body !== null && "status" in body ? body.status : undefined;
  if (inBody !== status) faults.push(`/status is ${JSON.stringify(inBody)}`);
  return faults;
}

const emptyFaults = (body: unknown): readonly string[] =>
  body === undefined ? [] : ["the response has no body"];

function schemaFaults(name: string, file: string, body: unknown): readonly string[] {
  const validate = validators.get(name) ?? ajv.compile<JsonSchema>(schemaFor(name, file));
  validators.set(name, validate);
  if (validate(body)) return [];
  // What an `if` did not accept is reported by what it then requires.
  return (validate.errors ?? [])
    .filter(({ keyword }) => keyword !== "if")
    .map((error) => textOf(error, body));
}

function textOf({ instancePath, keyword, params, message }: ErrorObject, body: unknown): string {
  if (keyword === "additionalProperties")
    return `${instancePath}/${params.additionalProperty} is no property that Box has there`;
  if (keyword === "required") return `${instancePath}/${params.missingProperty} is missing`;
  const allowed = params.allowedValues ?? params.allowedValue;
  const found = JSON.stringify(at(body, instancePath))?.slice(0, 80);
  return `${instancePath || "/"} ${message}${allowed === undefined ? "" : ` (${JSON.stringify(allowed)})`}, is ${found}`;
}

function at(body: unknown, pointer: string): unknown {
  return pointer
    .split("/")
    .slice(1)
    .map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"))
    .reduce<unknown>((value, token) => Object(value)[token], body);
}

const typeOf = (body: unknown): unknown => Object(body).type;

/** Whether a file such as `fileFull` declares the type `file`. */
const isNamed = (file: string, type: unknown): boolean =>
  typeof type === "string" && file.toLowerCase().startsWith(type.replaceAll("_", ""));

function nearest(call: string): string {
  const [, path = ""] = call.split(" ");
  const resource = path.split("/").slice(0, 3).join("/");
  const near = [...operations.keys()].filter((known) => known.includes(` ${resource}`));
  return near.length === 0 ? "" : `; those of ${resource} are ${near.join(", ")}`;
}
