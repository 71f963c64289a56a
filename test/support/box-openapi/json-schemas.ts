import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  type Declaration,
  type Declarations,
  type Member,
  type TypeNode,
  typeDeclarations,
} from "./type-declarations.ts";

export type JsonSchema = Readonly<Record<string, unknown>>;

/** The properties of an object, its bases' included. */
interface Shape {
  readonly properties: Map<string, Member & { readonly file: string }>;
  readonly isOpen: boolean;
}

/** Codes of errors: Box sends more of them than its document lists. */
const OPEN_ENUMERATIONS = new Set(["ClientErrorCodeField"]);

/** Properties that Box's reference lets be `null` although the SDK's types do not show it. */
const NULLABLE = new Set(["sequence_id", "shared_link"]);

const PRIMITIVES: Readonly<Record<string, JsonSchema>> = {
  ...{ string: { type: "string" }, number: { type: "number" }, boolean: { type: "boolean" } },
  ...{ any: {}, object: { type: "object" }, SerializedData: {}, undefined: {}, null: { type: "null" } },
  ...{ DateTime: { type: "string", format: "date-time" }, Date: { type: "string", format: "date" } },
};

/**
 * JSON Schemas of the SDK's types, with the names of the wire. An object with a property that the type has not is
 * invalid. An enumeration is closed, although the SDK would read any text.
 * @param sdk folder of the package
 */
export function sdkSchemas(sdk: string): (name: string, file: string) => JsonSchema {
  const files = new Map<string, Declarations & { readonly code: string }>();
  const read = (file: string) => {
    const path = join(sdk, "lib/schemas", file);
    const known = files.get(file) ?? {
      ...typeDeclarations(readFileSync(`${path}.d.ts`, "utf8")),
      code: readFileSync(`${path}.js`, "utf8"),
    };
    files.set(file, known);
    return known;
  };

  /** The declaration of a name that `file` uses, and the file that has it. */
  const find = (name: string, file: string): Declaration & { readonly file: string } => {
    const { types, imports } = read(file);
    const declaration = types.get(name);
    if (declaration !== undefined) return { ...declaration, file };
    const from = imports.get(name);
    if (from === undefined) throw new Error(`${file}: ${name} is neither declared nor imported.`);
    const declared = join(file, "..", from).replace(/\.js$/, "");
    return find(name, declared);
  };

  /** Names on the wire by the SDK's names, from the function that writes the object. */
  const wireNames = (name: string, file: string): ReadonlyMap<string, string> => {
    const { code } = read(file);
    const start = code.indexOf(`function serialize${name}(`);
    const body = start < 0 ? "" : code.slice(start, code.indexOf("\n}\n", start));
    return new Map(
      Array.from(body.matchAll(/\['([^']+)'\]:[^[\]]*?\bval\.(\w+)/g), ([, wire = "", own = ""]) => [
        own,
        wire,
      ]),
    );
  };

  const shapeOf = (name: string, file: string): Shape => {
    const { base, type, file: declared } = find(name, file);
    const above = base === undefined ? emptyShape() : shapeOf(base, declared);
    return merge(above, shapeOfNode(type, declared, name));
  };

  const shapeOfNode = (type: TypeNode, file: string, owner: string): Shape => {
    if (type.kind === "name") return shapeOf(type.name, file);
    if (type.kind === "intersection")
      return type.of.map((part) => shapeOfNode(part, file, owner)).reduce(merge, emptyShape());
    if (type.kind !== "object") throw new Error(`${owner} is no object.`);
    const names = wireNames(owner, file);
    const shape = { ...emptyShape(), isOpen: type.isOpen || type.members.has("extraData") };
    for (const [own, member] of type.members) {
      if (own === "rawData" || own === "extraData") continue;
      const wire = names.get(own);
      if (wire === undefined) throw new Error(`${owner}: no name on the wire for ${own}.`);
      shape.properties.set(wire, { ...member, file });
    }
    return shape;
  };

  return (name, file) => {
    const definitions: Record<string, JsonSchema> = {};
    const reference = (used: string, from: string): JsonSchema => {
      if (!(used in definitions)) {
        definitions[used] = {};
        definitions[used] = declared(used, from);
      }
      return { $ref: `#/definitions/${used}` };
    };
    const declared = (used: string, from: string): JsonSchema => {
      const { base, type, file: at } = find(used, from);
      const isObject = base !== undefined || type.kind === "object" || type.kind === "intersection";
      return isObject ? objectSchema(shapeOf(used, from)) : schemaOf(type, at, used);
    };
    const objectSchema = ({ properties, isOpen }: Shape): JsonSchema => ({
      type: "object",
      properties: Object.fromEntries(
        [...properties].map(([wire, { type, file: at }]) => [
          wire,
          propertySchema(wire, schemaOf(type, at, wire)),
        ]),
      ),
      required: [...properties].filter(([, { isOptional }]) => !isOptional).map(([wire]) => wire),
      additionalProperties: isOpen,
    });
    const schemaOf = (type: TypeNode, from: string, owner: string): JsonSchema => {
      if (type.kind === "literal") return { const: type.value };
      if (type.kind === "list") return { type: "array", items: schemaOf(type.of, from, owner) };
      if (type.kind === "name") return primitive(type.name, from) ?? reference(type.name, from);
      if (type.kind === "union") return unionOf(type.of, from, owner);
      if (type.kind === "object" && type.isOpen) return { type: "object" };
      return objectSchema(shapeOfNode(type, from, owner));
    };
    const primitive = (used: string, from: string): JsonSchema | undefined =>
      read(from).types.has(used) ? undefined : PRIMITIVES[used];
    const unionOf = (of: readonly TypeNode[], from: string, owner: string): JsonSchema => {
      const literals = of.filter((part) => part.kind === "literal").map(({ value }) => value);
      const others = of.filter((part) => part.kind !== "literal");
      const names = others.filter((part) => part.kind === "name").map((part) => part.name);
      if (literals.length > 0) {
        if (OPEN_ENUMERATIONS.has(owner)) return { type: "string" };
        return { enum: names.includes("null") ? [...literals, null] : literals };
      }
      const present = others.filter((part) => part.kind !== "name" || part.name !== "null");
      const first = present[0];
      if (first !== undefined && present.length === 1) return orNull(schemaOf(first, from, owner));
      return byType(of, from) ?? { anyOf: others.map((part) => schemaOf(part, from, owner)) };
    };
    /** Objects that differ by their `type`: a fault is then reported against the right one. */
    const byType = (of: readonly TypeNode[], from: string): JsonSchema | undefined => {
      const rows = of.map((part) => {
        if (part.kind !== "name" || primitive(part.name, from) !== undefined) return undefined;
        const value = constantOf(part.name, from);
        return value === undefined ? undefined : ([value, reference(part.name, from)] as const);
      });
      const known = rows.filter((row) => row !== undefined);
      const values = known.map(([value]) => value);
      if (known.length !== of.length || new Set(values).size !== of.length) return undefined;
      return {
        type: "object",
        required: ["type"],
        properties: { type: { enum: values } },
        allOf: known.map(([value, then]) => ({ if: { properties: { type: { const: value } } }, then })),
      };
    };
    const constantOf = (used: string, from: string): string | undefined => {
      const { base, type: node } = find(used, from);
      if (base === undefined && node.kind !== "object" && node.kind !== "intersection") return undefined;
      const member = shapeOf(used, from).properties.get("type");
      if (member?.type.kind !== "name") return undefined;
      const type = find(member.type.name, member.file).type;
      return type.kind === "literal" ? type.value : undefined;
    };
    return { ...reference(name, file), definitions };
  };
}

const propertySchema = (name: string, schema: JsonSchema): JsonSchema =>
  NULLABLE.has(name) ? orNull(schema) : schema;

/** A condition and no `anyOf`, so that a fault in an object is reported and not that it is no `null`. */
const orNull = (schema: JsonSchema): JsonSchema => ({ if: { type: "null" }, else: schema });

const emptyShape = (): Shape => ({ properties: new Map(), isOpen: false });

const merge = (first: Shape, second: Shape): Shape => ({
  properties: new Map([...first.properties, ...second.properties]),
  isOpen: first.isOpen || second.isOpen,
});
