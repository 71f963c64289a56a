import { applyDocument } from "../box/seed/apply.ts";
import type { SeedIssue } from "../box/seed/document.ts";
import { readDocument } from "../box/seed/read.ts";
import { stateDocument } from "../box/seed/state-json.ts";
import type { HttpResponse } from "../http/server.ts";
import { readBoolean, readQuery } from "./fields.ts";
import type { Action, ControlCall, Resource } from "./resource.ts";
import { json, refuse } from "./responses.ts";

/** What a server of the sandbox reads. */
const LONGEST_DOCUMENT = 8 * 1_024 * 1_024;

const change = (does: string, mode: "add" | "replace"): Action => ({
  does,
  longestBody: LONGEST_DOCUMENT,
  respond: (call) => seed(call, mode),
});

/** Apps, users, items and collaborations as one document. */
export const STATE: Resource = {
  path: "/state",
  methods: {
    GET: {
      does: "returns the state; ?contents=true with the files' contents, ?secrets=true with the apps' secrets",
      respond({ request, enterprise }) {
        const query = readQuery(request, ["contents", "secrets"]);
        if (!query.ok) return refuse(400, query.error);
        const flags = (["contents", "secrets"] as const).map((name) => {
          return [name, readBoolean(query.value.get(name) ?? "false")] as const;
        });
        const wrong = flags.find(([, value]) => value === undefined);
        if (wrong !== undefined) return refuse(400, `${wrong[0]} is true or false.`);
        const [contents, secrets] = flags.map(([, value]) => value === true) as [boolean, boolean];
        return json(200, stateDocument(enterprise.state, { contents, secrets }));
      },
    },
    PUT: change("replaces it by the document", "replace"),
    POST: change("adds the document to it", "add"),
  },
};

async function seed({ request, enterprise }: ControlCall, mode: "add" | "replace"): Promise<HttpResponse> {
  const parsed = parsedJson(request.body);
  if (parsed === undefined) return refuse(400, "The body is not a JSON document.");
  const document = readDocument(parsed.value);
  const seeded = document.ok ? await applyDocument(enterprise, document.value, mode) : document;
  if (!seeded.ok) return json(400, refusalOf(seeded.error));
  const { apps, users, items } = enterprise.state;
  return json(200, { apps: apps.size, users: users.size, items: items.size, configs: seeded.value.configs });
}

function refusalOf(issues: readonly SeedIssue[]) {
  const [first, ...others] = issues;
  const more =
    others.length === 0
      ? ""
      : ` ${others.length} more ${others.length === 1 ? "problem is" : "problems are"} in issues.`;
  return {
    error: `Nothing was changed. ${first?.pointer || "The document"}: ${first?.message}${more}`,
    issues,
  };
}

function parsedJson(body: Buffer): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(body.toString()) };
  } catch {
    return undefined;
  }
}
