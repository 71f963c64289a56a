import { directInvokeAdapter } from "./lambda/direct-invoke.ts";
import { lambdaHandler } from "./lambda/handler.ts";
import { readSettings } from "./lambda/settings.ts";
import { tokenService } from "./lambda/token-service.ts";

/** Invoked directly, one alias per caller; has no URL. */
export const handler = lambdaHandler(
  directInvokeAdapter,
  await tokenService(readSettings(process.env, "alias")),
);
