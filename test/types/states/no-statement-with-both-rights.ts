// must not compile: TS2322
import type { Statement } from "../../../schemas/policy/parse.ts";

const match = { id: "one", caller: { alias: "nightly" }, app: "reports", subjects: ["enterprise"] };
export const statement: Statement = { ...match, scopes: ["item_download"], unrestricted: true };
