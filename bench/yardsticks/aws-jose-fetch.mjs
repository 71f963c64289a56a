import { createPrivateKey, randomUUID } from "node:crypto";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { SignJWT } from "jose";

/** What a careful user writes: the AWS SDK, jose and `fetch`, bundled; no policy, no cache, no audit. */
const client = new SecretsManagerClient({});

export const handler = async () => {
  const { SecretString } = await client.send(
    new GetSecretValueCommand({ SecretId: process.env.SECRET_ID, VersionStage: "AWSCURRENT" }),
  );
  const { boxAppSettings, enterpriseID } = JSON.parse(SecretString);
  const { clientID, clientSecret, appAuth } = boxAppSettings;
  const key = createPrivateKey({ key: appAuth.privateKey, passphrase: appAuth.passphrase });
  const assertion = await new SignJWT({ box_sub_type: "enterprise" })
    .setProtectedHeader({ alg: "RS256", kid: appAuth.publicKeyID })
    .setIssuer(clientID)
    .setSubject(enterpriseID)
    .setAudience("https://api.box.com/oauth2/token")
    .setJti(randomUUID())
    .setExpirationTime("30s")
    .sign(key);
  const response = await fetch(`${process.env.BOX_API_URL}/oauth2/token`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
      client_id: clientID,
      client_secret: clientSecret,
      assertion,
    }),
  });
  return response.json();
};
