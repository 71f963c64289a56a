// must not compile: TS2322
import type { Issue } from "../../../schemas/json/issue.ts";

export const issue: Issue = { code: "json_too_short", pointer: "" };
