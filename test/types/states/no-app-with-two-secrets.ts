// must not compile: TS2322
import type { DeployedApp } from "../../../schemas/deploy/parse.ts";

const secret = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:box/reports-AbCdEf";
export const app: DeployedApp = { name: "reports", secret, createSecret: "box/reports" };
