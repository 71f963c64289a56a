import { directInvokeEdge } from "./adapters/direct-invoke.ts";
import { lambdaHandler } from "./adapters/lambda.ts";
import { readSettings } from "./adapters/settings.ts";
import { tokenService } from "./token-service.ts";

/** Invoked directly, one alias per caller; has no URL. */
export const handler = lambdaHandler(directInvokeEdge, tokenService(readSettings(process.env, "alias")));
