import type { Credentials, JwtCredentials } from "../../../functions/broker/ports.ts";

const app = { app: "reports", versionId: "v1", stage: "AWSCURRENT" } as const;
const client = { clientID: "client-1", clientSecret: "secret-1" };
const signer = { publicKeyID: "abcd1234", sign: async () => "a.b.c" };
export const jwt: JwtCredentials = { ...app, ...client, grant: "jwt", signer };
export const ccg: Credentials = { ...app, ...client, grant: "client_credentials" };
export const keyIdOf = (credentials: Credentials): string =>
  credentials.grant === "jwt" ? credentials.signer.publicKeyID : "";
