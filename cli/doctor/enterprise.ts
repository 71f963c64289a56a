import { httpClient } from "../../functions/box/http-client.ts";
import { isObject } from "../../schemas/json/is-object.ts";
import { Failure } from "../../schemas/protocol/problems.ts";

const TIMEOUT_MS = 8_000;

export interface Enterprise {
  readonly id: string;
  readonly name: string;
}

/** The enterprise of the token's user; undefined where Box does not report it: a narrow token may not read it. */
export async function enterpriseOf(boxUrl: string, token: string): Promise<Enterprise | undefined> {
  try {
    const headers = { authorization: `Bearer ${token}` };
    const path = "/2.0/users/me?fields=enterprise";
    const { status, body } = await httpClient(boxUrl)({ method: "GET", path, headers }, TIMEOUT_MS);
    return status === 200 ? enterpriseIn(JSON.parse(body)) : undefined;
  } catch (error) {
    if (error instanceof Failure || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function enterpriseIn(user: unknown): Enterprise | undefined {
  const enterprise = isObject(user) ? user.enterprise : undefined;
  if (!isObject(enterprise) || typeof enterprise.id !== "string") return undefined;
  return {
    id: enterprise.id,
    name: typeof enterprise.name === "string" ? enterprise.name : "without a name",
  };
}
