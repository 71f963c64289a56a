import type { AwsCredentials, ByInvoke, ByUrl } from "../../../client/index.ts";
import type { Caller } from "../../../sandbox/sample/callers.ts";
import type { Sandbox } from "../../../sandbox/sandbox.ts";

/** Options of `boxAuth` for a sandbox's functions, by access; without a caller, those of the unrestricted one. */
export interface OptionsByAccess {
  url(caller?: Caller): ByUrl;
  invoke(caller?: Caller): ByInvoke;
}

export function optionsByAccess(sandbox: Sandbox): OptionsByAccess {
  const everything = sandbox.callers.everything as Caller;
  const common = (caller: Caller) => ({ region: sandbox.region, credentials: credentialsOf(caller) });
  return {
    url: (caller = everything) => ({ ...common(caller), url: sandbox.tokenUrl }),
    invoke: (caller = everything) => ({
      ...common(caller),
      functionName: "token-invoke",
      alias: caller.alias,
      endpoint: sandbox.invokeUrl,
    }),
  };
}

function credentialsOf({ accessKeyId, secretAccessKey }: Caller): AwsCredentials {
  return { accessKeyId, secretAccessKey };
}
