import { withCallerNames } from "./lambda/caller-names.ts";
import { functionUrlAdapter } from "./lambda/function-url.ts";
import { lambdaHandler } from "./lambda/handler.ts";
import { readSettings } from "./lambda/settings.ts";
import { tokenService } from "./lambda/token-service.ts";

/** Behind a Function URL with `AWS_IAM`; no principal may invoke it directly. */
const settings = readSettings(process.env, "function-url");

export const handler = lambdaHandler(
  withCallerNames(functionUrlAdapter, settings.callerNames),
  await tokenService(settings),
);
