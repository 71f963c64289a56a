import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** One call of Box's API, as the SDK makes it. */
export interface Operation {
  readonly method: string;
  /** `/2.0/folders/{folder_id}/items` */
  readonly pathTemplate: string;
  /** Types of the response; none where it has no JSON, several where the item's type decides. */
  readonly responses: readonly ResponseType[];
  /** Statuses of success. */
  readonly statuses: readonly number[];
}

interface ResponseType {
  readonly name: string;
  /** File that declares it, below the SDK's `schemas`: `items`. */
  readonly file: string;
}

/**
 * Statuses that differ from what the method promises (GET, PUT and OPTIONS 200, POST 201, no content 204), from Box's
 * reference of its API: the SDK does not have them.
 */
const STATUSES: Readonly<Record<string, readonly number[]>> = {
  "GET /2.0/files/{file_id}/content": [302, 200, 202],
  // The reference has 200; Box sends 201 for a new version.
  "POST /2.0/files/{file_id}/content": [201, 200],
  "POST /2.0/files/upload_sessions/{upload_session_id}/commit": [201, 202],
  // Without a response where the collaborator has become the owner.
  "PUT /2.0/collaborations/{collaboration_id}": [200, 204],
  "POST /2.0/folder_locks": [200],
  "POST /2.0/web_links": [200, 201],
  "POST /2.0/invites": [200],
  "POST /2.0/zip_downloads": [202],
  "POST /2.0/users/terminate_sessions": [202],
  "POST /2.0/groups/terminate_sessions": [202],
};

/** Every call that the SDK's managers make, by `METHOD /path/{template}`. @param sdk folder of the package */
export function sdkOperations(sdk: string): ReadonlyMap<string, Operation> {
  const operations = new Map<string, Operation>();
  const folder = join(sdk, "src/managers");
  for (const name of readdirSync(folder)) {
    if (!name.endsWith(".ts")) continue;
    const text = readFileSync(join(folder, name), "utf8");
    for (const operation of operationsOf(text)) {
      const key = `${operation.method} ${operation.pathTemplate}`;
      const known = operations.get(key)?.responses ?? [];
      const isKnown = ({ name }: ResponseType) => known.some((other) => other.name === name);
      const responses = [...known, ...operation.responses.filter((response) => !isKnown(response))];
      operations.set(key, { ...operation, responses });
    }
  }
  return operations;
}

function* operationsOf(text: string): Generator<Operation> {
  const files = new Map(
    Array.from(text.matchAll(/^import \{ (\w+) \} from '([^']+)'/gm), ([, name = "", file = ""]) => [
      name,
      file,
    ]),
  );
  for (const call of text.split(/\n {2}async /).slice(1)) {
    const url = /url: ''\.concat\(([\s\S]*?)\) as string,\s*method: '([A-Z]+)'/.exec(call);
    const returned = /\): Promise<([^>]+)> \{/.exec(call)?.[1];
    if (url === null || returned === undefined) continue;
    const [, parts = "", method = ""] = url;
    const pathTemplate = templateOf(parts);
    const usual = /responseFormat: 'no_content'/.test(call) ? 204 : method === "POST" ? 201 : 200;
    const statuses = STATUSES[`${method} ${pathTemplate}`] ?? [usual];
    const response = returned.replace(/undefined \| /, "").trim();
    const file = /^\.\.\/schemas\/(.+)$/.exec(files.get(response) ?? "")?.[1];
    const responses = file === undefined ? [] : [{ name: response, file }];
    yield { method, pathTemplate, responses, statuses };
  }
}

/**
 * From the arguments of the call that joins the URL: literal pieces, and path parameters such as `toString(folderId)`. A
 * fragment, by which the SDK distinguishes two uses of one call, is no part of it.
 */
function templateOf(parts: string): string {
  return Array.from(parts.matchAll(/'([^']*)'|toString\((\w+)\)/g), ([, literal, parameter]) =>
    literal === undefined ? `{${snakeCase(parameter ?? "")}}` : literal,
  )
    .join("")
    .replace(/#.*$/, "");
}

const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
