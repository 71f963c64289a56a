import { functionUrlEdge } from "./adapters/function-url.ts";
import { lambdaHandler } from "./adapters/lambda.ts";
import { readSettings } from "./adapters/settings.ts";
import { tokenService } from "./token-service.ts";

/** Behind a Function URL with `AWS_IAM`; nobody may invoke it directly. */
export const handler = lambdaHandler(
  functionUrlEdge,
  tokenService(readSettings(process.env, "function-url")),
);
