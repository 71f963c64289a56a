import type { IssueTable } from "../json/issue-text.ts";

const COPY_ARN =
  "Copy it from: aws secretsmanager describe-secret --secret-id NAME --query ARN --output text.";

/** What is wrong with a deployment's config beyond its schema's keywords. */
export const DEPLOY_ISSUES = {
  deploy_secret_arn_incomplete: {
    message: "This is not the complete ARN of a secret, which ends in a dash and six characters of AWS's.",
    fix: COPY_ARN,
  },
  deploy_secret_is_name: {
    message: "This is a name; expected: the complete ARN of the secret, because IAM statements need it.",
    fix: COPY_ARN,
  },
  deploy_secret_exists: {
    message: "This is the ARN of a secret that exists; expected: the name of one to create.",
    fix: "Write the ARN as secret instead of createSecret.",
  },
  deploy_principal_is_session: {
    message: "This is the ARN of a session; expected: ARN of the role.",
    fix: "Write arn:aws:iam::ACCOUNT:role/ROLE.",
  },
} as const satisfies IssueTable;
