/** Errors of Secrets Manager and of DynamoDB that are about the KMS key alone. */
const OF_KEY = /^(?:KMS|Kms)[A-Z]|^(?:Decryption|Encryption)Failure$|EncryptionCredentials/;
/** KMS, or one of its actions, in AWS's sentence; not in the name of a resource. */
const SAYS_KEY = /\bKMS\b|\bkms:[A-Z]/;

/**
 * Whether AWS refuses because of the KMS key that encrypts a secret or a table. Both services have one error for their own
 * refusals and for those of KMS, so that only AWS's sentence distinguishes them.
 */
export function isAboutKey(name: string, message: string): boolean {
  return OF_KEY.test(name) || SAYS_KEY.test(message.replace(/\barn:\S+/g, ""));
}
