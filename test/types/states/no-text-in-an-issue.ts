// must not compile: TS2339
import type { Issue } from "../../../schemas/json/issue.ts";

export const text = (issue: Issue) => issue.message;
