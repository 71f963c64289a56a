import { boxStylePem, PASSPHRASE, pkcs1Pem, pkcs8Pem, pkcs12PbePem, rsaKeyPair } from "../keys.ts";

export type OtherClient = "box-cli" | "box-node-sdk-10" | "box-node-sdk-4" | "rclone";

/** A config that box-sts accepts, and the other clients that refuse it. */
export interface ConfigVariant {
  readonly name: string;
  readonly text: string;
  readonly refusedBy: readonly OtherClient[];
}

const CREDENTIALS = {
  clientID: "abcdefghijklmnopqrstuvwxyz012345",
  clientSecret: "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345",
};

/** Configs of every kind and with every difference that matters to another client; keys are made at run time. */
export function configVariants(): readonly ConfigVariant[] {
  const { privateKey: key } = rsaKeyPair(2048);
  const appAuth = { publicKeyID: "abcd1234", privateKey: boxStylePem(key), passphrase: PASSPHRASE };
  const jwt = { boxAppSettings: { ...CREDENTIALS, appAuth }, enterpriseID: "123456" };
  const withAuth = (changed: object) =>
    JSON.stringify({ ...jwt, boxAppSettings: { ...CREDENTIALS, appAuth: { ...appAuth, ...changed } } });
  const { passphrase: _, ...withoutPassphrase } = appAuth;
  const { enterpriseID: __, ...withoutEnterprise } = jwt;
  const plain = pkcs8Pem(key);
  const ccg = { boxAppSettings: CREDENTIALS, enterpriseID: "123456" };
  return [
    { name: "the Developer Console's own", text: JSON.stringify(jwt), refusedBy: [] },
    {
      name: "base64 of it",
      text: Buffer.from(JSON.stringify(jwt)).toString("base64"),
      refusedBy: ["box-cli", "box-node-sdk-10", "box-node-sdk-4", "rclone"],
    },
    {
      name: "with an enterpriseID that is a number",
      text: JSON.stringify({ ...jwt, enterpriseID: 123456 }),
      refusedBy: ["box-cli", "box-node-sdk-10", "box-node-sdk-4", "rclone"],
    },
    {
      name: "with a userID instead of enterpriseID",
      text: JSON.stringify({ ...withoutEnterprise, userID: "42" }),
      refusedBy: ["box-cli", "rclone"],
    },
    {
      name: "with a userID that is a number",
      text: JSON.stringify({ ...jwt, userID: 42 }),
      refusedBy: ["box-node-sdk-10"],
    },
    {
      name: "with a plain key and no passphrase",
      text: JSON.stringify({
        ...jwt,
        boxAppSettings: { ...CREDENTIALS, appAuth: { ...withoutPassphrase, privateKey: plain } },
      }),
      refusedBy: ["box-cli", "box-node-sdk-10", "box-node-sdk-4"],
    },
    {
      name: "with a plain key and an empty passphrase",
      text: withAuth({ privateKey: plain, passphrase: "" }),
      refusedBy: ["box-cli", "box-node-sdk-4"],
    },
    {
      name: "with a plain key and a passphrase that it does not need",
      text: withAuth({ privateKey: plain }),
      refusedBy: ["rclone"],
    },
    {
      name: "with backslash escapes for the key's line breaks",
      text: withAuth({ privateKey: appAuth.privateKey.replaceAll("\n", "\\n") }),
      refusedBy: ["box-cli", "box-node-sdk-10", "box-node-sdk-4", "rclone"],
    },
    {
      name: "with a PKCS#1 key",
      text: withAuth({ privateKey: pkcs1Pem(key), passphrase: "unused" }),
      refusedBy: ["rclone"],
    },
    {
      name: "with PKCS#12 encryption of the key",
      text: withAuth({ privateKey: pkcs12PbePem(key) }),
      refusedBy: ["rclone"],
    },
    {
      name: "with an empty line after the key",
      text: withAuth({ privateKey: `${appAuth.privateKey.trimEnd()}\n\n` }),
      refusedBy: ["rclone"],
    },
    {
      name: "with a key in AWS KMS",
      text: JSON.stringify({
        ...jwt,
        boxAppSettings: { ...CREDENTIALS, appAuth: { publicKeyID: "abcd1234", kmsKeyId: "alias/box" } },
      }),
      refusedBy: ["box-cli", "box-node-sdk-10", "box-node-sdk-4", "rclone"],
    },
    {
      name: "of a Client Credentials app",
      text: JSON.stringify(ccg),
      refusedBy: ["box-node-sdk-10", "rclone"],
    },
    {
      name: "of an OAuth 2.0 app",
      text: JSON.stringify({ ...ccg, oauth2: {} }),
      refusedBy: ["box-cli", "box-node-sdk-10", "rclone"],
    },
  ];
}
