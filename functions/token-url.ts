import { withCallerNames } from "./adapters/caller-names.ts";
import { functionUrlEdge } from "./adapters/function-url.ts";
import { lambdaHandler } from "./adapters/lambda.ts";
import { readSettings } from "./adapters/settings.ts";
import { tokenService } from "./token-service.ts";

/** Behind a Function URL with `AWS_IAM`; nobody may invoke it directly. */
const settings = readSettings(process.env, "function-url");

export const handler = lambdaHandler(
  withCallerNames(functionUrlEdge, settings.callerNames),
  tokenService(settings),
);
