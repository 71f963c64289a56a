import { type KeyObject, sign } from "node:crypto";
import { type BoxConfig, type JwtAppConfig, parseBoxConfig } from "../../schemas/box-config.ts";
import { formatIssue, formatIssues } from "../../schemas/issue.ts";
import { openPrivateKey } from "../../schemas/keys/private-key.ts";
import { Failure } from "../../schemas/problems.ts";
import type { ReadCredentials } from "../broker/credential-cache.ts";
import type { AssertionSigner, Credentials } from "../broker/ports.ts";
import { logWarning, type WriteLine } from "./log.ts";
import type { ReadSecret } from "./secrets-manager.ts";

/**
 * Opens the Box config that an app's secret holds. What stays in memory is the opened key object, never its PEM
 * or passphrase. What is wrong with a secret is said in the log, by pointer and without values.
 * @param secretIds app name → secret name or ARN
 */
export function credentialReader(
  secretIds: ReadonlyMap<string, string>,
  readSecret: ReadSecret,
  write: WriteLine,
): ReadCredentials {
  return async (app, stage, context) => {
    const secretId = secretIds.get(app);
    if (secretId === undefined) throw new Failure("secret_not_found", "no secret is configured for the app");
    const { versionId, text } = await readSecret(secretId, stage, context);
    const parsed = parseBoxConfig(text);
    if (!parsed.ok) throw new Failure("secret_invalid", formatIssues(parsed.error));
    const { config, warnings } = parsed.value;
    if (warnings.length > 0) {
      logWarning(write, "the app's secret should be mended", { app, issues: warnings.map(formatIssue) });
    }
    return credentialsOf(app, { versionId, stage }, config);
  };
}

/**
 * The credentials of a config that was found valid.
 * @throws {Failure} `secret_invalid` if its key does not open
 */
export function credentialsOf(
  app: string,
  { versionId, stage }: Pick<Credentials, "versionId" | "stage">,
  config: BoxConfig,
): Credentials {
  const { clientID, clientSecret, enterpriseID } = config;
  return {
    app,
    versionId,
    stage,
    clientID,
    clientSecret,
    ...(enterpriseID !== undefined && { enterpriseID }),
    ...(config.grant === "jwt" && { signer: signerOf(config) }),
  };
}

function signerOf({ publicKeyID, privateKey, passphrase, algorithm }: JwtAppConfig): AssertionSigner {
  const opened = openPrivateKey(privateKey, passphrase);
  if (!opened.ok) {
    const { message, fix } = opened.error;
    throw new Failure("secret_invalid", `/boxAppSettings/appAuth/privateKey: ${message} ${fix}`);
  }
  return { publicKeyID, sign: jwsSigner(opened.value.key, algorithm, publicKeyID) };
}

/** Names of the hashes of RFC 7518 §3.3, as OpenSSL has them. */
const HASHES = { RS256: "sha256", RS384: "sha384", RS512: "sha512" } as const;

/**
 * JWS Compact Serialization (RFC 7515 §7.1) of claims. With `kid` always: with two keys registered, as in every
 * rotation, Box cannot choose without it. By `node:crypto` itself: loading WebCrypto takes longer than all else here.
 */
function jwsSigner(key: KeyObject, alg: JwtAppConfig["algorithm"], kid: string): AssertionSigner["sign"] {
  const header = base64url({ alg, typ: "JWT", kid });
  return async (claims) => {
    const content = `${header}.${base64url(claims)}`;
    return `${content}.${sign(HASHES[alg], Buffer.from(content), key).toString("base64url")}`;
  };
}

const base64url = (part: object) => Buffer.from(JSON.stringify(part)).toString("base64url");
