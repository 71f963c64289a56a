import { createHash } from "node:crypto";

/** SHA-256 of a policy document's text, in hex: what an audit line has as `policy_digest`, and a deployment as output. */
export const policyDigest = (text: string): string => createHash("sha256").update(text).digest("hex");
