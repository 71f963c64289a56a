import { didYouMean } from "../../schemas/json/nearest.ts";
import { ok, type Result, refused } from "../../schemas/result.ts";
import type { BoxApp } from "../box/state.ts";
import { type Fields, readBoolean, readFields } from "./fields.ts";
import type { Resource } from "./resource.ts";
import { json, refuse } from "./responses.ts";

const SWITCHES = ["authorized", "enabled", "userTokens", "asUser"] as const;
const ACCESS_LEVELS = ["app", "app+enterprise"] as const;

/** Apps as the Developer Console and the Admin Console show them; no response has a secret of one. */
export const APPS: Resource = {
  path: "/apps",
  methods: {
    GET: {
      does: "lists the apps, without their secrets",
      respond: ({ enterprise }) => json(200, { apps: [...enterprise.state.apps.values()].map(appJson) }),
    },
  },
};

/** One of them. */
export const APP: Resource = {
  path: "/apps/{client_id}",
  methods: {
    POST: {
      does: `takes accessLevel=${ACCESS_LEVELS.join("|")} and, each true or false, ${SWITCHES.join(", ")}`,
      respond({ request, enterprise, name }) {
        const { apps } = enterprise.state;
        const app = apps.get(name);
        if (app === undefined) {
          const ids = [...apps.keys()];
          const list = ids.length === 0 ? "There is no app." : `There are ${ids.join(", ")}.`;
          return refuse(
            404,
            `No app has the client ID ${JSON.stringify(name)}.${didYouMean(name, ids)} ${list}`,
          );
        }
        const fields = readFields(request, [...SWITCHES, "accessLevel"]);
        const change = fields.ok ? readChange(fields.value) : fields;
        if (!change.ok) return refuse(400, change.error);
        Object.assign(app, change.value);
        return json(200, appJson(app));
      },
    },
  },
};

type Change = Partial<Pick<BoxApp, (typeof SWITCHES)[number] | "accessLevel">>;

function readChange(fields: Fields): Result<Change, string> {
  const change: Change = {};
  for (const name of SWITCHES) {
    const given = fields.get(name);
    if (given === undefined) continue;
    const value = readBoolean(given);
    if (value === undefined) return refused(`${name} is true or false.`);
    change[name] = value;
  }
  const level = fields.get("accessLevel");
  if (level !== undefined) {
    const known = ACCESS_LEVELS.find((name) => name === level);
    if (known === undefined)
      return refused(`accessLevel is ${ACCESS_LEVELS.join(" or ")} (a + is written %2B in a form).`);
    change.accessLevel = known;
  }
  return ok(change);
}

const appJson = (app: BoxApp) => {
  const { clientId, enterpriseId, authentication, serviceAccountId, accessLevel } = app;
  const { authorized, enabled, userTokens, asUser } = app;
  return {
    ...{ clientId, enterpriseId, authentication, serviceAccountId, accessLevel },
    ...{ authorized, enabled, userTokens, asUser },
    scopes: [...app.scopes],
    redirectUris: [...app.redirectUris],
    publicKeyIds: [...app.publicKeys.keys()],
    signatureKeys: Object.keys(app.signatureKeys),
  };
};
