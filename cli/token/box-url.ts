import { parseBoxUrl } from "../../functions/lambda/settings.ts";
import { SettingsError } from "../../functions/lambda/settings-error.ts";
import { ok, type Result, refused } from "../../schemas/result.ts";

/** Where Box is for this shell: `BOX_API_URL`, or Box's own address. The error is a sentence that names the variable. */
export function boxUrlOf(environment: NodeJS.ProcessEnv): Result<string, string> {
  try {
    return ok(parseBoxUrl(environment));
  } catch (error) {
    if (error instanceof SettingsError) return refused(error.message);
    throw error;
  }
}
