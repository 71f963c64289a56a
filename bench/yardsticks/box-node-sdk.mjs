import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { BoxJwtAuth, JwtConfig } from "box-node-sdk";
import { BaseUrls, NetworkSession } from "box-node-sdk/networking";

/** What the documentation suggests: the official SDK with the config from Secrets Manager, as npm installs it. */
const client = new SecretsManagerClient({});
let auth;

export const handler = async () => {
  if (auth === undefined) {
    const { SecretString } = await client.send(
      new GetSecretValueCommand({ SecretId: process.env.SECRET_ID, VersionStage: "AWSCURRENT" }),
    );
    auth = new BoxJwtAuth({ config: JwtConfig.fromConfigJsonString(SecretString) });
  }
  const baseUrl = process.env.BOX_API_URL;
  const session = new NetworkSession({ baseUrls: new BaseUrls({ baseUrl }) });
  const { accessToken, expiresIn } = await auth.retrieveToken(session);
  return { access_token: accessToken, expires_in: expiresIn };
};
