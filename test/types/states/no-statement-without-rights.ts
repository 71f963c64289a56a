// must not compile: TS2322
import type { Statement } from "../../../schemas/policy/parse.ts";

export const statement: Statement = {
  id: "one",
  caller: { alias: "nightly" },
  app: "reports",
  subjects: ["enterprise"],
};
