import { matches } from "../../../../sandbox/box/api/route.ts";
import { ROUTES } from "../../../../sandbox/box/api/routes.ts";
import { isObject } from "../../../../schemas/json/is-object.ts";
import { expectBoxResponse } from "../../../support/box-openapi/index.ts";
import { type ParsedResponse, parsedResponse, type Scene } from "../box-requests.ts";

interface CallInit {
  /** Sent as JSON, unless it is a form or bytes. */
  readonly body?: object | FormData | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

export type ApiCall = (method: string, path: string, init?: CallInit) => Promise<ParsedResponse>;

/** Makes API calls with a token, and holds each response against Box's published API. */
export function apiCalls({ box }: Scene, token: string): ApiCall {
  return async (method, path, { body, headers } = {}) => {
    const response = await fetch(`${box.url}/2.0${path}`, {
      method,
      headers: { Authorization: `Bearer ${token}`, ...headers },
      redirect: "manual",
      ...(body === undefined ? {} : { body: encoded(body) }),
    });
    const parsed = await parsedResponse(response);
    const [match] = matches(ROUTES, `/2.0${path.replace(/\?.*/, "")}`);
    if (match !== undefined) hold(method, match.route.path, parsed);
    return parsed;
  };
}

const encoded = (body: object): FormData | Uint8Array<ArrayBuffer> | string => {
  if (body instanceof FormData) return body;
  return Buffer.isBuffer(body) ? new Uint8Array(body) : JSON.stringify(body);
};

function hold(method: string, template: string, { status, body }: ParsedResponse): void {
  const checked = documented(body);
  if (!isObject(checked) || !Array.isArray(checked.entries)) {
    expectBoxResponse(method, template, status, checked);
    return;
  }
  // Box's document has folders in lists without the further properties that `fields` may name.
  const folders = checked.entries.filter((entry) => isObject(entry) && entry.type === "folder");
  for (const folder of folders) expectBoxResponse("GET", "/2.0/folders/{folder_id}", 200, folder);
  const entries = checked.entries.map((entry) => (folders.includes(entry) ? miniOf(entry) : entry));
  expectBoxResponse(method, template, status, { ...checked, entries });
}

const MINI = ["type", "id", "sequence_id", "etag", "name"];

const miniOf = (folder: object): object =>
  Object.fromEntries(Object.entries(folder).filter(([name]) => MINI.includes(name)));

/**
 * The body without what Box is known to send otherwise than its SDK declares: the root and the trash have the
 * `sequence_id` `null`, and an item without a classification has `null` for it.
 */
function documented(body: unknown): unknown {
  if (Array.isArray(body)) return body.map(documented);
  if (!isObject(body)) return body;
  const entries = Object.entries(body).filter(
    ([name, value]) => value !== null || !["sequence_id", "classification"].includes(name),
  );
  return Object.fromEntries(entries.map(([name, value]) => [name, documented(value)]));
}

export const namesIn = (list: {
  readonly entries: readonly { readonly name: string }[];
}): readonly string[] => list.entries.map(({ name }) => name);
