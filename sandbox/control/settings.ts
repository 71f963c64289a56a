import { ok, type Result, refused } from "../../schemas/result.ts";
import type { Enterprise } from "../box/enterprise.ts";
import { type Fields, readFields } from "./fields.ts";
import type { Resource } from "./resource.ts";
import { json, refuse } from "./responses.ts";

type Settings = Pick<Enterprise, "refreshRotation" | "expiresIn">;

const ROTATIONS = ["strict", "commit-on-use"] as const;
const LONGEST_LIFE_SECONDS = 365 * 24 * 3_600;
/** `expiresIn` as it is by default: Box's tokens live for 3600 to 4200 seconds. */
const VARIES = "varies";

/** Where Box's behaviour is known to vary. */
export const SETTINGS: Resource = {
  path: "/settings",
  methods: {
    GET: { does: "returns the settings", respond: ({ enterprise }) => json(200, settingsJson(enterprise)) },
    POST: {
      does: "takes refreshRotation=strict|commit-on-use and expiresIn=SECONDS|varies",
      respond({ request, enterprise }) {
        const fields = readFields(request, ["refreshRotation", "expiresIn"]);
        const change = fields.ok ? readSettings(fields.value) : fields;
        if (!change.ok) return refuse(400, change.error);
        Object.assign(enterprise, change.value);
        return json(200, settingsJson(enterprise));
      },
    },
  },
};

const settingsJson = ({ refreshRotation, expiresIn }: Settings) => ({
  refreshRotation,
  expiresIn: expiresIn ?? VARIES,
});

function readSettings(fields: Fields): Result<Partial<Settings>, string> {
  const settings: Partial<Settings> = {};
  const rotation = fields.get("refreshRotation");
  if (rotation !== undefined) {
    const known = ROTATIONS.find((name) => name === rotation);
    if (known === undefined) return refused(`refreshRotation is ${ROTATIONS.join(" or ")}.`);
    settings.refreshRotation = known;
  }
  const life = fields.get("expiresIn");
  if (life === VARIES) Object.assign(settings, { expiresIn: undefined });
  else if (life !== undefined) {
    const seconds = /^[1-9]\d{0,8}$/.test(life) ? Number(life) : Number.NaN;
    if (!(seconds <= LONGEST_LIFE_SECONDS))
      return refused(`expiresIn is a number of seconds from 1 to ${LONGEST_LIFE_SECONDS}, or ${VARIES}.`);
    settings.expiresIn = seconds;
  }
  return ok(settings);
}
