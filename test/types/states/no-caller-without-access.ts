// must not compile: TS2322
import type { DeployedCaller } from "../../../schemas/deploy/parse.ts";

export const caller: DeployedCaller = { principal: "arn:aws:iam::123456789012:role/reports" };
