import { Stack } from "aws-cdk-lib";
import { Policy, type Role } from "aws-cdk-lib/aws-iam";
import { estimated, isIntrinsic } from "./environment-size.ts";

/** IAM's limit for all inline policies of one role, in characters without whitespace. */
const MAX_CHARACTERS = 10_240;

/** The sentence about policies that IAM would not take; nothing if it takes them. */
export function policiesTooLong(name: string, role: Role, secretAccess: Policy): readonly string[] {
  const stack = Stack.of(role);
  const own = role.node.tryFindChild("DefaultPolicy");
  const documents = [secretAccess, ...(own instanceof Policy ? [own] : [])].map(({ document }) =>
    JSON.stringify(asDeployed(stack.resolve(document.toJSON()), stack)),
  );
  const characters = documents.reduce((sum, { length }) => sum + length, 0);
  if (characters <= MAX_CHARACTERS) return [];
  return [
    `The policies of the role of ${name} would have about ${characters} characters, and IAM allows ${MAX_CHARACTERS}; share keys between the apps (encryptionKey, signingKeys), shorten the names of secrets, or deploy a second service for some of the apps.`,
  ];
}

/** With a text of the right length instead of what only the deployment knows. */
function asDeployed(value: unknown, stack: Stack): unknown {
  if (Array.isArray(value)) return value.map((one) => asDeployed(one, stack));
  if (typeof value !== "object" || value === null) return value;
  if (isIntrinsic(value)) return estimated(value, stack);
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, asDeployed(one, stack)]));
}
