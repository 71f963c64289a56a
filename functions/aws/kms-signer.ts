import type { SignCommandInput, SignCommandOutput } from "@aws-sdk/client-kms";
import { Failure } from "../../schemas/protocol/problems.ts";
import type { Clock, KmsSigner } from "../broker/ports.ts";
import { printableAws } from "../log/printable.ts";
import { errorName, isRefusal } from "./error-name.ts";
import { sdkHttpHandler } from "./http-handler.ts";
import { sdkCall } from "./sdk-call.ts";
import { isThrottling } from "./throttling.ts";

type SdkOptions = { readonly abortSignal: AbortSignal };

/** KMS's names for the algorithms of JSON Web Signature (RFC 7518 §3.3). */
const ALGORITHMS = {
  RS256: "RSASSA_PKCS1_V1_5_SHA_256",
  RS384: "RSASSA_PKCS1_V1_5_SHA_384",
  RS512: "RSASSA_PKCS1_V1_5_SHA_512",
} as const;

/** One attempt's share of a request's time, so that one that hangs leaves room for another. */
const ATTEMPT_MS = 3_000;

/**
 * Signs assertions as JWS Compact Serialization (RFC 7515 §7.1) by `Sign` of KMS, because jose has no key to sign with. The
 * AWS SDK's client is loaded with the first assertion: few apps need it. The SDK retries what is worth retrying; region,
 * credentials and `AWS_ENDPOINT_URL_KMS` come from its own chain.
 */
export function kmsSigner(clock: Clock): KmsSigner {
  let kms: ReturnType<typeof connectToKms> | undefined;
  return ({ kmsKeyId, algorithm: alg, publicKeyID: kid }) => ({
    publicKeyID: kid,
    async sign(claims, context) {
      kms ??= connectToKms();
      const sign = await kms;
      const input = `${encoded({ alg, typ: "JWT", kid })}.${encoded(claims)}`;
      const request = {
        KeyId: kmsKeyId,
        Message: Buffer.from(input),
        MessageType: "RAW",
        SigningAlgorithm: ALGORITHMS[alg],
      } as const;
      const send = async (options: SdkOptions) => signatureOf(await sign(request, options));
      const signature = await sdkCall({ step: "kms.sign", clock }, context, send, failureOf);
      return `${input}.${Buffer.from(signature).toString("base64url")}`;
    },
  });
}

async function connectToKms() {
  const { KMSClient, SignCommand } = await import("@aws-sdk/client-kms");
  const requestHandler = sdkHttpHandler({ connectMs: 1_000, attemptMs: ATTEMPT_MS });
  const client = new KMSClient({ maxAttempts: 3, requestHandler });
  return (input: SignCommandInput, options: SdkOptions) => client.send(new SignCommand(input), options);
}

/** An empty response is a success to the SDK. */
function signatureOf({ Signature }: SignCommandOutput): Uint8Array {
  if (Signature !== undefined && Signature.length > 0) return Signature;
  throw new Failure("signing_key_unavailable", "KMS: the response has no signature");
}

const encoded = (part: object) => Buffer.from(JSON.stringify(part)).toString("base64url");

/** Errors with a 4xx status that are temporary, besides throttling. */
const PASSING: ReadonlySet<string> = new Set(["RequestTimeout", "RequestTimeoutException"]);

function failureOf(error: unknown, timedOut: boolean): Failure {
  if (error instanceof Failure) return error;
  if (timedOut) return new Failure("deadline_exceeded", "the request's time ran out while KMS was to sign");
  const detail = `KMS: ${errorName(error)}`;
  const { name, message } = error instanceof Error ? error : { name: "", message: "" };
  const isPassing = isThrottling(name) || PASSING.has(name);
  const isRefused = isRefusal(error) || name === "CredentialsProviderError";
  if (isPassing || !isRefused) return new Failure("signing_key_unavailable", detail);
  // AWS's own words name the role and the key: what the operator needs.
  return new Failure("signing_key_refused", `${detail}: ${printableAws(message)}`);
}
