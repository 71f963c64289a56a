import type { IssueTable } from "../json/issue-text.ts";

/** What is wrong with a policy, or valid and probably not meant, beyond its schema's keywords. */
export const POLICY_ISSUES = {
  policy_statement_id_repeated: {
    message: "An earlier statement has the same id.",
    fix: "Give each statement its own id.",
  },
  policy_caller_name_is_arn: {
    message: "This is an ARN; expected: the name that the deployment gives the caller.",
    fix: "Write the ARN as iam, or the caller's name of deploy.json or grantInvokeUrl as name.",
  },
  policy_caller_name_pattern: {
    message: "A caller's name is compared exactly; expected: one name, without *.",
    fix: "Write a statement for each name, or give these callers one name in the deployment.",
  },
  policy_session_arn: {
    message: "This is the ARN of an assumed-role session, which the caller names; expected: ARN of the role.",
    fix: "Write arn:aws:iam::ACCOUNT:role/ROLE with the account and the role name of this ARN, without the session name.",
  },
  policy_account_as_caller: {
    message: "A whole account is no caller; expected: ARN of one IAM role or user.",
    fix: "Write arn:aws:iam::ACCOUNT:role/ROLE.",
  },
  policy_role_path_and_pattern: {
    message: "A role's ARN has a path or a *, not both, because a session does not report its role's path.",
    fix: "Name each role with its path, or leave the path out of the pattern.",
  },
  policy_function_arn: {
    message: "This is the ARN of a function; expected: ARN of the IAM role that it runs as.",
    fix: "Write arn:aws:iam::ACCOUNT:role/ROLE with the function's execution role.",
  },
  policy_alias_is_version: {
    message: "A version is no caller; expected: name of a Lambda alias, which is not digits alone.",
    fix: "Make an alias for the caller and write its name.",
  },
  policy_subject_without_kind: {
    message: "A subject is a kind and an id; expected: enterprise, or user: and the digits of a Box user id.",
    fix: "Write user: before the digits, or enterprise for the app's Service Account.",
  },
  policy_enterprise_with_id: {
    message: "The enterprise is the app's own and has no id here; expected: enterprise.",
    fix: 'Write "enterprise".',
  },
  policy_resource_is_web_page: {
    message: "This is the address of a web page; expected: URL of the file or folder in Box's API.",
    fix: "Write https://api.box.com/2.0/files/ or https://api.box.com/2.0/folders/ and the digits of its id.",
  },
  policy_every_identity: {
    message: "This pattern means every role or user of the account.",
    fix: "Name those that are meant, or begin the pattern with what their names have in common.",
  },
  policy_scope_not_listed: {
    message: "Box's guide does not list this scope for downscoping, so that Box may refuse a token of it.",
    fix: "Request one such token from Box, or use a scope that the guide lists.",
  },
  policy_scope_not_bound: {
    message: "Box binds this scope to no file or folder, so that the resources do not restrict it.",
    fix: "Give it in a statement of its own, without resources.",
  },
  policy_scope_needs_resource: {
    message: "This scope is of use only in a token that is bound to a file or folder.",
    fix: "List resources, or have callers name a resource in each request.",
  },
} as const satisfies IssueTable;
