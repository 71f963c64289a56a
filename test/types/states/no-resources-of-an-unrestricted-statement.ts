// must not compile: TS2322
import type { Statement } from "../../../schemas/policy/parse.ts";

const match = { id: "one", caller: { alias: "nightly" }, app: "reports", subjects: ["enterprise"] };
const resources = ["https://api.box.com/2.0/folders/987"];
export const statement: Statement = { ...match, unrestricted: true, resources };
