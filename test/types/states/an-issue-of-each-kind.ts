import type { ScanProblem } from "../../../action/scan/problem.ts";
import type { Issue } from "../../../schemas/json/issue.ts";

export const issues: readonly Issue[] = [
  { code: "json_empty", pointer: "", position: { line: 1, column: 1 } },
  { code: "json_too_deep", facts: { levels: 64 }, pointer: "/a" },
  { code: "property_misspelt", pointer: "/clientId", suggestion: "clientID" },
  { code: "wrong_type", facts: { allowed: ["string"], expected: "An id." }, pointer: "/enterpriseID" },
];

export const problems: readonly ScanProblem[] = [
  { code: "clone_shallow" },
  { code: "object_missing", object: "12ab" },
];
