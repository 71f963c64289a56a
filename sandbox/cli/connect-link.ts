import type { Sandbox } from "../sandbox.ts";

/** The address at which a Box user connects to an OAuth app, as the operator gets it from the connections function. */
export async function connectLink({ functions }: Pick<Sandbox, "functions">, app: string): Promise<string> {
  const outcome = await functions.connections?.invoke({ action: "link", app });
  if (outcome?.ok) return (JSON.parse(outcome.payload) as { readonly url: string }).url;
  throw new Error(`No connect link: ${outcome?.error.errorMessage ?? "there is no OAuth app or no table"}`);
}
