import { randomUUID } from "node:crypto";
import { noKmsSigner } from "../../functions/aws/no-kms-signer.ts";
import { boxTokenEndpoint } from "../../functions/box/client.ts";
import { credentialReader } from "../../functions/box/credentials.ts";
import { tokenIssuer } from "../../functions/broker/issue-token.ts";
import type { PolicySource, ReadSecret } from "../../functions/broker/ports.ts";
import { systemClock, systemRandomness } from "../../functions/lambda/system.ts";
import { cachedCredentials, tokenObtainer } from "../../functions/lambda/token-wiring.ts";
import { openPrivateKey } from "../../keys/open.ts";
import { type BoxConfig, parseBoxConfig } from "../../schemas/box-config/parse.ts";
import { formatIssues } from "../../schemas/json/issue.ts";
import { policyDigest } from "../../schemas/policy/digest.ts";
import type { Policy } from "../../schemas/policy/parse.ts";
import {
  Failure,
  PROBLEMS,
  type ProblemCode,
  type ProblemResponse,
} from "../../schemas/protocol/problems.ts";
import { REQUEST_SECONDS } from "../../schemas/protocol/request-time.ts";
import { parseTokenRequest } from "../../schemas/protocol/token-request.ts";
import { ok, type Result, refused } from "../../schemas/result.ts";
import { adviceText, scopesAdvice, userAdvice } from "../doctor/advice.ts";
import { readDocument } from "../documents.ts";
import { withWrittenOptions } from "../refusal.ts";
import { boxUrlOf } from "./box-url.ts";
import type { NoToken, PrintedToken, TokenParameters } from "./tokens.ts";

const APP = "local";
/** The person who has the file has the whole app. */
const POLICY: Policy = {
  version: 1,
  statements: [
    {
      id: "local",
      caller: { alias: APP },
      app: APP,
      subjects: ["enterprise", "user:*"],
      unrestricted: true,
    },
  ],
};
const POLICY_SOURCE: PolicySource = {
  available: true,
  policy: POLICY,
  digest: policyDigest(JSON.stringify(POLICY)),
};

/** A token of Box for a config file of this machine, by the code of the token function. Nothing of it is kept. */
export async function tokenOfConfig(
  path: string,
  parameters: TokenParameters,
  env: NodeJS.ProcessEnv,
): Promise<Result<PrintedToken, NoToken>> {
  const document = await readDocument(path);
  if (!document.ok) return misuse(document.error);
  const config = parseBoxConfig(document.value);
  if (!config.ok) return misuse(`${path} is no usable Box config. ${formatIssues(config.error)}`);
  const keyProblem = keyProblemOf(config.value.config);
  if (keyProblem !== undefined) return misuse(`${path} is no usable Box config. ${keyProblem}`);
  const boxUrl = boxUrlOf(env);
  if (!boxUrl.ok) return misuse(boxUrl.error);
  const request = parseTokenRequest(parameters);
  if (!request.ok) return misuse(withWrittenOptions(request.error.description));
  const issueToken = localIssuer(document.value, boxUrl.value);
  let reason: string | null = null;
  const context = {
    requestId: randomUUID(),
    deadline: systemClock.monotonic() + REQUEST_SECONDS * 1_000,
    trace: { steps: [] },
  };
  const outcome = await issueToken((why) => {
    reason = why;
  })({ caller: { alias: APP }, request }, context);
  if (outcome.issued) {
    const { access_token, token_type, expires_in, restricted_to } = outcome.response;
    return ok({ access_token, token_type, expires_in, ...(restricted_to && { restricted_to }) });
  }
  const { code, retryable } = outcome.problem;
  const text = textOf(outcome.problem, parameters);
  // What only operators read in the log: here the person is the operator.
  const message = reason === null ? text : `${text} (${reason})`;
  return refused({ code, message, retryable, isMisuse: false });
}

const IN_KMS =
  "/boxAppSettings/appAuth/kmsKeyId: AWS KMS has the private key, and signs for the deployed functions alone; get a token from the token function with --function or --url.";

/** Why the key of a JWT app cannot be used, as the token function reports it of a secret. */
function keyProblemOf(config: BoxConfig): string | undefined {
  if (config.grant !== "jwt") return undefined;
  if (config.kmsKeyId !== undefined) return IN_KMS;
  const opened = openPrivateKey(config.privateKey, config.passphrase);
  if (opened.ok) return undefined;
  return `/boxAppSettings/appAuth/privateKey: ${opened.error.message} ${opened.error.fix}`;
}

/** The problem, with what a person does about it who has the file: the table's advice is for callers of a service. */
function textOf({ code, error_description }: ProblemResponse, parameters: TokenParameters): string {
  const { title, remedy } = PROBLEMS[code];
  // It says more of the request than the table.
  if (error_description !== `${title} ${remedy}`) return withWrittenOptions(error_description);
  return withWrittenOptions(`${title} ${adviceOf(code, parameters)}`);
}

function adviceOf(code: ProblemCode, { scope, box_subject_id: user }: TokenParameters): string {
  if (code === "box_scope_refused" && scope !== undefined) return scopesAdvice(scope.split(" "));
  if (code === "box_subject_refused" && user !== undefined) return userAdvice(code, user);
  return adviceText(code);
}

/** The use case with the file instead of Secrets Manager. */
function localIssuer(secret: string, boxUrl: string) {
  const clock = systemClock;
  const random = systemRandomness;
  const readSecret: ReadSecret = async (_, stage) => {
    if (stage === "AWSCURRENT") return { versionId: "file", text: secret };
    throw new Failure("secret_not_found", "a file has no previous version");
  };
  const write = async () => {};
  const box = boxTokenEndpoint(boxUrl, clock, write);
  const credentials = cachedCredentials(
    credentialReader(new Map([[APP, APP]]), readSecret, noKmsSigner, write),
    clock,
  );
  const obtainToken = tokenObtainer({ box, credentials, clock, random });
  return (onReason: (reason: string | null) => void) =>
    tokenIssuer({
      ...{ apps: [APP], policy: POLICY_SOURCE, credentials, obtainToken, clock },
      audit: { write: async ({ reason }) => onReason(reason) },
    });
}

const misuse = (message: string): Result<never, NoToken> =>
  refused({ code: "invalid_request", message, retryable: false, isMisuse: true });
