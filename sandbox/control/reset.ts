import { endFaults } from "./faults.ts";
import { readFields } from "./fields.ts";
import type { Resource } from "./resource.ts";
import { json, refuse } from "./responses.ts";

/** Back to the start of the enterprise. */
export const RESET: Resource = {
  path: "/reset",
  methods: {
    POST: {
      does: "goes back to the state of the start",
      respond({ request, enterprise, faults }) {
        const fields = readFields(request, []);
        if (!fields.ok) return refuse(400, "A reset has no fields.");
        enterprise.reset();
        endFaults(faults);
        const { apps, users, items } = enterprise.state;
        return json(200, { apps: apps.size, users: users.size, items: items.size });
      },
    },
  },
};
