import { readQuery } from "./fields.ts";
import type { Resource } from "./resource.ts";
import { json, refuse } from "./responses.ts";

/** What Box has responded to. */
export const REQUESTS: Resource = {
  path: "/requests",
  methods: {
    GET: {
      does: "lists requests, latest first; ?after=N leaves out the first N",
      respond({ request, enterprise: { requests } }) {
        const query = readQuery(request, ["after"]);
        if (!query.ok) return refuse(400, query.error);
        const after = query.value.get("after") ?? "0";
        if (!/^\d{1,15}$/.test(after)) return refuse(400, "after is the number of a request.");
        const later = requests.entries.filter(({ number }) => number > Number(after));
        const last = requests.entries.at(-1)?.number ?? 0;
        return json(200, { requests: later.reverse(), last });
      },
    },
    DELETE: {
      does: "forgets them",
      respond({ enterprise: { requests } }) {
        requests.clear();
        return json(200, { requests: [], last: 0 });
      },
    },
  },
};
