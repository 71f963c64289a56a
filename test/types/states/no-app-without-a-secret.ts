// must not compile: TS2322
import type { DeployedApp } from "../../../schemas/deploy/parse.ts";

export const app: DeployedApp = { name: "reports" };
