import { tokenMisuse } from "../control/access.ts";
import { CannotStart } from "./documents.ts";

/** The operator's own control token, if the environment has one. @throws CannotStart where it cannot be used */
export function controlTokenOf({ BOX_STS_CONTROL_TOKEN: token }: NodeJS.ProcessEnv): string | undefined {
  if (token === undefined || token === "") return undefined;
  const misuse = tokenMisuse(token);
  if (misuse !== undefined) throw new CannotStart(misuse);
  return token;
}
