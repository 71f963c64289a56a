// must not compile: TS2322
import type { DeployedCaller } from "../../../schemas/deploy/parse.ts";

const principal = "arn:aws:iam::123456789012:role/reports";
export const caller: DeployedCaller = { principal, alias: "nightly", name: "reports" };
