import { generateKeyPairSync, type KeyObject, randomUUID, sign } from "node:crypto";
import { ACCOUNT } from "../aws/identities.ts";
import {
  type Json,
  type OneOperation,
  type OneOperationOptions,
  ServiceError,
  startOneOperation,
} from "../aws/one-operation.ts";

/** The key specs of AWS that the sandbox makes, as Node generates them; the last one signs nothing. */
const KEY_SPECS = {
  RSA_2048: () => generateKeyPairSync("rsa", { modulusLength: 2048 }),
  RSA_3072: () => generateKeyPairSync("rsa", { modulusLength: 3072 }),
  RSA_4096: () => generateKeyPairSync("rsa", { modulusLength: 4096 }),
  ECC_NIST_P256: () => generateKeyPairSync("ec", { namedCurve: "prime256v1" }),
} as const;

type KeySpec = keyof typeof KEY_SPECS;

export interface KmsKey {
  readonly id: string;
  readonly arn: string;
  readonly spec: KeySpec;
  readonly usage: "SIGN_VERIFY" | "ENCRYPT_DECRYPT";
  /** What `GetPublicKey` gives at AWS. */
  readonly publicKey: KeyObject;
  state: "Enabled" | "Disabled" | "PendingDeletion";
}

export interface Kms extends OneOperation<"kms"> {
  /**
   * Makes a key as an operator would, whose policy leaves the decision to the account's IAM.
   * @param settings `alias` with its prefix, as in `alias/box`
   */
  createKey(settings?: {
    readonly spec?: KeySpec;
    readonly usage?: KmsKey["usage"];
    readonly alias?: string;
    readonly multiRegion?: boolean;
  }): KmsKey;
}

/** Hash functions by AWS's names for the algorithms of RSASSA-PKCS1-v1_5. */
const HASHES: ReadonlyMap<unknown, string> = new Map([
  ["RSASSA_PKCS1_V1_5_SHA_256", "sha256"],
  ["RSASSA_PKCS1_V1_5_SHA_384", "sha384"],
  ["RSASSA_PKCS1_V1_5_SHA_512", "sha512"],
]);

const MAX_MESSAGE_BYTES = 4_096;

interface Held extends KmsKey {
  readonly privateKey: KeyObject;
}

interface Sign {
  readonly key: Held;
  readonly algorithm: string;
  readonly hash: string;
  readonly message: Buffer;
}

/** A KMS with `Sign` of a whole message (`RAW`) by RSASSA-PKCS1-v1_5 and nothing else, over AWS JSON 1.1. */
export async function startKms(options: OneOperationOptions): Promise<Kms> {
  const prefix = `arn:aws:kms:${options.region}:${ACCOUNT}:`;
  /** By id and by `alias/NAME`. */
  const keys = new Map<string, Held>();

  function keyNamed(name: string): Held {
    const region = /^arn:[a-z-]+:kms:([a-z0-9-]+):/.exec(name)?.[1] ?? options.region;
    if (region !== options.region) throw new ServiceError("NotFoundException", `Invalid arn ${region}`);
    const key = keys.get(name.replace(prefix, "").replace(/^key\//, ""));
    if (key !== undefined) return key;
    const arn = name.startsWith("arn:")
      ? name
      : `${prefix}${name.startsWith("alias/") ? name : `key/${name}`}`;
    throw new ServiceError(
      "NotFoundException",
      name.includes("alias/") ? `Alias ${arn} is not found.` : `Key '${arn}' does not exist`,
    );
  }

  const parse = ({ KeyId, Message, MessageType = "RAW", SigningAlgorithm }: Json): Sign => {
    const key = keyNamed(String(KeyId));
    const hash = HASHES.get(SigningAlgorithm);
    const message = Buffer.from(String(Message), "base64");
    if (hash === undefined || MessageType !== "RAW" || message.length === 0)
      throw new ServiceError("ValidationException", "The sandbox signs RAW messages by RSASSA_PKCS1_V1_5.");
    if (message.length > MAX_MESSAGE_BYTES) {
      const limit = "Member must have length less than or equal to 4096";
      throw new ServiceError(
        "ValidationException",
        `Value at 'message' failed to satisfy constraint: ${limit}`,
      );
    }
    return { key, algorithm: String(SigningAlgorithm), hash, message };
  };

  const run = ({ key, algorithm, hash, message }: Sign): Json => {
    const { arn, spec, state, usage, privateKey } = key;
    if (state === "Disabled") throw new ServiceError("DisabledException", `${arn} is disabled.`);
    if (state === "PendingDeletion")
      throw new ServiceError("KMSInvalidStateException", `${arn} is pending deletion.`);
    if (usage !== "SIGN_VERIFY")
      throw new ServiceError(
        "InvalidKeyUsageException",
        `${arn} key usage is ${usage} which is not valid for Sign.`,
      );
    if (!spec.startsWith("RSA_"))
      throw new ServiceError(
        "InvalidKeyUsageException",
        `Algorithm ${algorithm} is incompatible with key spec ${spec}.`,
      );
    const signature = sign(hash, message, privateKey).toString("base64");
    return { KeyId: arn, Signature: signature, SigningAlgorithm: algorithm };
  };

  const service = await startOneOperation(
    {
      ...{ place: "kms", service: "kms", action: "kms:Sign", target: "TrentService.Sign" },
      ...{ contentType: "application/x-amz-json-1.1", throttled: "ThrottlingException" },
      ...{ parse, run, resourceOf: ({ key }) => key.arn, errorHeaders: () => ({}) },
    },
    options,
  );
  return {
    ...service,
    createKey({ spec = "RSA_2048", usage = "SIGN_VERIFY", alias, multiRegion = false } = {}) {
      const id = multiRegion ? `mrk-${randomUUID().replaceAll("-", "")}` : randomUUID();
      const key: Held = {
        ...{ id, arn: `${prefix}key/${id}`, spec, usage, state: "Enabled" },
        ...KEY_SPECS[spec](),
      };
      keys.set(id, key);
      if (alias !== undefined) keys.set(alias, key);
      return key;
    },
  };
}
