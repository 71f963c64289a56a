import { request } from "node:http";
import type { Box } from "../../../../sandbox/box/server.ts";

export interface Sent {
  /** Default: `POST` with a form or a document, else `GET`. */
  readonly method?: string;
  readonly form?: string | Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly document?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ControlResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  // biome-ignore lint/suspicious/noExplicitAny: literal responses are compared property by property.
  readonly body: any;
}

export type Send = (path: string, sent?: Sent) => Promise<ControlResponse>;

/** Sends requests below `root` with the token. `fetch` does not allow a test to write `Host` and `Origin`. */
export function operatorOf({ control }: Pick<Box, "control">, root: string): Send {
  return (path, { form, document, headers = {}, method } = {}) => {
    const isForm = form !== undefined;
    const body = isForm ? new URLSearchParams(form).toString() : JSON.stringify(document);
    const type = isForm ? "application/x-www-form-urlencoded" : "application/json";
    const usual = {
      authorization: `Bearer ${control.token}`,
      ...(body === undefined ? {} : { "content-type": type }),
    };
    const init = {
      method: method ?? (body === undefined ? "GET" : "POST"),
      headers: { ...usual, ...headers },
    };
    return new Promise((resolve, reject) => {
      const sending = request(`${root}${path}`, init, async (response) => {
        let text = "";
        for await (const chunk of response.setEncoding("utf8")) text += chunk;
        const { statusCode: status = 0, headers } = response;
        resolve({ status, headers, body: text === "" ? undefined : JSON.parse(text) });
      });
      sending.once("error", reject).end(body);
    });
  };
}
