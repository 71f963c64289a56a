import { BoxClient, BoxDeveloperTokenAuth } from "box-node-sdk";
import { BoxApiError } from "box-node-sdk/box";
import { BaseUrls, BoxNetworkClient, type NetworkClient, NetworkSession } from "box-node-sdk/networking";
import { matches } from "../../sandbox/box/api/route.ts";
import { ROUTES } from "../../sandbox/box/api/routes.ts";
import { expectBoxResponse } from "./box-openapi/index.ts";

/**
 * The official SDK with a token, over a real socket. Every response that it gets, refusals included, is validated against
 * Box's published API.
 * @param url of the sandbox's Box
 */
export function boxClient(
  url: string,
  token: string,
  { asUser }: { readonly asUser?: string } = {},
): BoxClient {
  const networkSession = new NetworkSession({
    baseUrls: new BaseUrls({ baseUrl: url, uploadUrl: url, oauth2Url: `${url}/oauth2` }),
    networkClient: checked(url, new BoxNetworkClient({})),
  });
  const client = new BoxClient({ auth: new BoxDeveloperTokenAuth({ token }), networkSession });
  return asUser === undefined ? client : client.withAsUserHeader(asUser);
}

function checked(baseUrl: string, inner: NetworkClient): NetworkClient {
  return {
    async fetch(options) {
      const check = (status: number, body: unknown): void => {
        const path = new URL(options.url).pathname.slice(new URL(baseUrl).pathname.replace(/\/$/, "").length);
        const template = matches(ROUTES, path)[0]?.route.path;
        if (template === undefined) throw new Error(`The sandbox has no ${path}.`);
        // Where Box has it on servers of its own, its address is no part of the API.
        if (template === "/2.0/events/realtime") return;
        expectBoxResponse(options.method ?? "GET", template, status, body);
      };
      // The SDK reads no body, not even a refusal's, where it expects none.
      const { responseFormat } = options;
      const read =
        responseFormat === "no_content" ? { ...options, responseFormat: "json" as const } : options;
      try {
        const response = await inner.fetch(read);
        if (responseFormat !== "binary") check(response.status, response.data);
        return response;
      } catch (error) {
        if (error instanceof BoxApiError) check(error.responseInfo.statusCode, bodyOf(error));
        throw error;
      }
    },
  };
}

/** The status, code and context of the refusal that a call ends with. @throws Error if the call succeeds */
export async function refusal(call: Promise<unknown>) {
  const error = await call.then(
    () => new Error("The call was expected to be refused."),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof BoxApiError)) throw error;
  const { code, context_info } = Object(bodyOf(error));
  const errors: readonly { readonly name: string }[] = context_info?.errors ?? [];
  return { status: error.responseInfo.statusCode, code, parameters: errors.map(({ name }) => name) };
}

/** As sent: the SDK's own `code` has quotation marks in it. */
function bodyOf({ responseInfo: { rawBody } }: BoxApiError): unknown {
  return rawBody === undefined || rawBody === "" ? undefined : JSON.parse(rawBody);
}
