import type { ScopedStatement, Statement } from "../../../schemas/policy/parse.ts";

const match = { id: "one", caller: { alias: "nightly" }, app: "reports", subjects: ["enterprise"] };
export const scoped: ScopedStatement = { ...match, scopes: ["item_download"], resources: [] };
export const unrestricted: Statement = { ...match, unrestricted: true };
export const kindOf = (statement: Statement) =>
  statement.unrestricted ? "unrestricted" : statement.scopes.join();
