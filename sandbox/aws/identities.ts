import { randomBytes, randomInt } from "node:crypto";

/** A principal that the sandbox's AWS knows, with its credentials. */
export interface Identity {
  readonly name: string;
  readonly account: string;
  /** With its path, as `aws:PrincipalArn` has it. */
  readonly roleArn: string;
  /** What AWS calls a session of the role, without the path; the session name is always `sandbox`. */
  readonly sessionArn: string;
  /** `<id of the role>:<session name>`. */
  readonly userId: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Must then come with every request, as for a function's own role. */
  readonly sessionToken?: string;
}

export const ACCOUNT = "123456789012";
const SESSION_NAME = "sandbox";
const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/**
 * A role of the sandbox's account with new credentials.
 * @param temporary adds a session token; a person's lines to paste are shorter without one.
 * @param path of the role, with a slash at its end; default none.
 */
export function newIdentity(name: string, { temporary = false, path = "" } = {}): Identity {
  return {
    name,
    account: ACCOUNT,
    roleArn: `arn:aws:iam::${ACCOUNT}:role/${path}${name}`,
    sessionArn: `arn:aws:sts::${ACCOUNT}:assumed-role/${name}/${SESSION_NAME}`,
    userId: `AROA${letters(17)}:${SESSION_NAME}`,
    accessKeyId: `${temporary ? "ASIA" : "AKIA"}${letters(16)}`,
    // Neither + nor / : a pasted shell line needs no quotes around it.
    secretAccessKey: randomBytes(30).toString("base64url").replaceAll(/[-_]/g, "x"),
    ...(temporary ? { sessionToken: randomBytes(96).toString("base64") } : {}),
  };
}

function letters(count: number): string {
  return Array.from({ length: count }, () => BASE32[randomInt(BASE32.length)]).join("");
}
