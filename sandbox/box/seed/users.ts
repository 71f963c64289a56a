import type { BoxState } from "../state.ts";
import type { Applying } from "./apply.ts";
import type { UserEntry } from "./document.ts";

/** Adds the users. */
export function applyUsers({ state, report }: Applying, entries: readonly UserEntry[]): void {
  const { users } = state;
  const [firstApp] = state.apps.values();
  const logins = new Set([...users.values()].map(({ login }) => login.toLowerCase()));
  const given = new Set(entries.map(({ id }) => id));
  for (const [index, { id, name, login, kind = "managed", enterpriseId }] of entries.entries()) {
    const pointer = `/users/${index}`;
    const enterprise = enterpriseId ?? firstApp?.enterpriseId;
    if (enterprise === undefined) {
      report(pointer, "There is no app whose enterprise the user could be of; name an enterpriseId.");
    } else if (id !== undefined && users.has(id)) {
      report(`${pointer}/id`, `There is a user with the id ${id} already.`);
    } else if (logins.has(login.toLowerCase())) {
      report(`${pointer}/login`, "There is a user with this login already.");
    } else {
      const own = id ?? freeUserId(users, given);
      users.set(own, { id: own, name, login, kind, enterpriseId: enterprise });
      logins.add(login.toLowerCase());
    }
  }
}

/** An id that neither a user nor the document has. */
function freeUserId(users: BoxState["users"], given: ReadonlySet<string | undefined>): string {
  for (let number = users.size + 1; ; number++) {
    const id = `3${String(number).padStart(9, "0")}`;
    if (!users.has(id) && !given.has(id)) return id;
  }
}
