// must not compile: TS2322
import type { Credentials } from "../../../functions/broker/ports.ts";

const app = { app: "reports", versionId: "v1", stage: "AWSCURRENT" } as const;
const client = { clientID: "client-1", clientSecret: "secret-1" };
export const credentials: Credentials = { ...app, ...client, grant: "jwt" };
