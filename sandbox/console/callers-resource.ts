import { readFields } from "../control/fields.ts";
import type { Resource } from "../control/resource.ts";
import { json, refuse } from "../control/responses.ts";
import { unknownName } from "../faults/fault-text.ts";
import type { CallerConsole } from "./try-it.ts";

/** The callers of the token function, as a person at the console calls it. */
export const callersResource = ({ callers, call }: CallerConsole): Resource => ({
  path: "/callers",
  methods: {
    GET: {
      does: "lists the callers of the token function",
      respond: () => json(200, { callers }),
    },
    POST: {
      does: "calls the token function; takes caller=NAME, app=NAME, subject=USER_ID and scope=SCOPES",
      async respond({ request }) {
        const read = readFields(request, ["caller", "app", "subject", "scope"]);
        if (!read.ok) return refuse(400, read.error);
        const names = callers.map(({ name }) => name);
        const name = read.value.get("caller") ?? "";
        if (!names.includes(name)) return refuse(400, unknownName("caller", name, names));
        const [app, subject, scope] = ["app", "subject", "scope"].map(
          (field) => read.value.get(field) || undefined,
        );
        try {
          return json(200, await call(name, { app, subject, scope }));
        } catch {
          return refuse(502, "The token function broke the connection.");
        }
      },
    },
  },
});
