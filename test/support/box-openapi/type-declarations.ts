/** A type as a declaration file writes it, as far as generated declarations go. */
export type TypeNode =
  | { readonly kind: "literal"; readonly value: string }
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "list"; readonly of: TypeNode }
  | { readonly kind: "union" | "intersection"; readonly of: readonly TypeNode[] }
  | { readonly kind: "object"; readonly members: ReadonlyMap<string, Member>; readonly isOpen: boolean };

export interface Member {
  readonly isOptional: boolean;
  readonly type: TypeNode;
}

export interface Declaration {
  /** The class or interface that it extends. */
  readonly base: string | undefined;
  readonly type: TypeNode;
}

export interface Declarations {
  readonly types: ReadonlyMap<string, Declaration>;
  /** Names by the file that they come from, as the import writes it. */
  readonly imports: ReadonlyMap<string, string>;
}

const TOKEN = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'[^']*'|"[^"]*"|[A-Za-z_$][\w$]*|\s+|./g;

/** Reads the types and imports of a `.d.ts` file. @throws Error where it has a form that generated files have not */
export function typeDeclarations(text: string): Declarations {
  const tokens = (text.match(TOKEN) ?? []).filter((token) => !/^(?:\s|\/\*|\/\/)/.test(token));
  const reader = tokenReader(tokens);
  const types = new Map<string, Declaration>();
  const imports = new Map<string, string>();
  while (!reader.isAtEnd()) {
    if (reader.takeIf("import")) readImport(reader, imports);
    else readStatement(reader, types);
  }
  return { types, imports };
}

type Reader = ReturnType<typeof tokenReader>;

function tokenReader(tokens: readonly string[]) {
  let at = 0;
  const take = (): string => tokens[at++] ?? "";
  const takeIf = (token: string): boolean => {
    if (tokens[at] !== token) return false;
    at += 1;
    return true;
  };
  const expect = (token: string): void => {
    if (!takeIf(token)) {
      const near = tokens.slice(Math.max(0, at - 5), at + 3).join(" ");
      throw new Error(`Expected ${JSON.stringify(token)} near: ${near}`);
    }
  };
  /** Skips to the semicolon that ends the statement or member. */
  const skip = (): void => {
    for (let depth = 0; at < tokens.length; ) {
      const token = take();
      if ("([{".includes(token)) depth += 1;
      if (")]}".includes(token)) depth -= 1;
      if (token === ";" && depth === 0) return;
    }
  };
  return { take, takeIf, expect, skip, isAtEnd: () => at >= tokens.length, next: () => tokens[at] };
}

function readImport(reader: Reader, imports: Map<string, string>): void {
  const names: string[] = [];
  reader.expect("{");
  while (!reader.takeIf("}")) {
    names.push(reader.take());
    reader.takeIf(",");
  }
  reader.expect("from");
  const file = unquoted(reader.take());
  for (const name of names) imports.set(name, file);
  reader.skip();
}

function readStatement(reader: Reader, types: Map<string, Declaration>): void {
  reader.takeIf("export");
  reader.takeIf("declare");
  const keyword = reader.take();
  if (keyword === "type") {
    const name = reader.take();
    reader.expect("=");
    types.set(name, { base: undefined, type: readType(reader) });
    reader.expect(";");
  } else if (keyword === "class" || keyword === "interface") {
    const name = reader.take();
    const base = reader.takeIf("extends") ? reader.take() : undefined;
    types.set(name, { base, type: readType(reader) });
  } else reader.skip();
}

function readType(reader: Reader): TypeNode {
  return readSeveral(reader, "|", "union", () =>
    readSeveral(reader, "&", "intersection", () => readList(reader)),
  );
}

function readSeveral(
  reader: Reader,
  separator: string,
  kind: "union" | "intersection",
  readOne: () => TypeNode,
): TypeNode {
  reader.takeIf(separator);
  const first = readOne();
  const of = [first];
  while (reader.takeIf(separator)) of.push(readOne());
  return of.length === 1 ? first : { kind, of };
}

function readList(reader: Reader): TypeNode {
  reader.takeIf("readonly");
  let type = readOne(reader);
  while (reader.takeIf("[")) {
    reader.expect("]");
    type = { kind: "list", of: type };
  }
  return type;
}

function readOne(reader: Reader): TypeNode {
  if (reader.takeIf("{")) return readObject(reader);
  if (reader.takeIf("(")) {
    const type = readType(reader);
    reader.expect(")");
    return type;
  }
  const token = reader.take();
  if (/^['"]/.test(token)) return { kind: "literal", value: unquoted(token) };
  if (!/^[A-Za-z_$]/.test(token)) throw new Error(`Expected a type, found ${JSON.stringify(token)}`);
  return { kind: "name", name: token };
}

function readObject(reader: Reader): TypeNode {
  const members = new Map<string, Member>();
  let isOpen = false;
  while (!reader.takeIf("}")) {
    reader.takeIf("readonly");
    if (reader.next() === "constructor" || reader.next() === "[") {
      isOpen ||= reader.next() === "[";
      reader.skip();
      continue;
    }
    const name = unquoted(reader.take());
    const isOptional = reader.takeIf("?");
    reader.expect(":");
    members.set(name, { isOptional, type: readType(reader) });
    reader.expect(";");
  }
  return { kind: "object", members, isOpen };
}

const unquoted = (token: string): string => token.replace(/^['"]|['"]$/g, "");
