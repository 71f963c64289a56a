import type { BoxState } from "../box/state.ts";
import { endFaults } from "./faults.ts";
import { readFields } from "./fields.ts";
import type { Resource } from "./resource.ts";
import { json, refuse } from "./responses.ts";

/** Back to the start of the enterprise. */
export const RESET: Resource = {
  path: "/reset",
  methods: {
    POST: {
      does: "goes back to the state of the start, or of the latest checkpoint",
      respond({ request, enterprise, faults }) {
        const fields = readFields(request, []);
        if (!fields.ok) return refuse(400, "A reset has no fields.");
        enterprise.reset();
        endFaults(faults);
        return json(200, sizesOf(enterprise.state));
      },
    },
  },
};

/** Makes what there is now what a reset goes back to. */
export const CHECKPOINT: Resource = {
  path: "/checkpoint",
  methods: {
    POST: {
      does: "makes the present state the one that /reset goes back to",
      respond({ request, enterprise }) {
        const fields = readFields(request, []);
        if (!fields.ok) return refuse(400, "A checkpoint has no fields.");
        enterprise.checkpoint();
        return json(200, sizesOf(enterprise.state));
      },
    },
  },
};

const sizesOf = ({ apps, users, items }: BoxState) => ({
  apps: apps.size,
  users: users.size,
  items: items.size,
});
