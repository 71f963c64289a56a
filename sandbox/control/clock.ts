import { ok, type Result, refused } from "../../schemas/result.ts";
import type { Clock } from "../box/clock.ts";
import { type Fields, readBoolean, readFields } from "./fields.ts";
import type { Resource } from "./resource.ts";
import { json, refuse } from "./responses.ts";

/** Box's clock of the enterprise. */
export const CLOCK: Resource = {
  path: "/clock",
  methods: {
    GET: { does: "returns Box's time", respond: ({ enterprise: { clock } }) => json(200, clockJson(clock)) },
    POST: {
      does: "takes set=TIME, advance=SECONDS and frozen=true|false",
      respond({ request, enterprise: { clock } }) {
        const fields = readFields(request, ["set", "advance", "frozen"]);
        const change = fields.ok ? readChange(fields.value) : fields;
        if (!change.ok) return refuse(400, change.error);
        const moved = apply(clock, change.value);
        return moved.ok ? json(200, clockJson(clock)) : refuse(400, moved.error);
      },
    },
  },
};

const clockJson = (clock: Clock) => {
  const milliseconds = clock.now();
  const { frozen, skewSeconds } = clock;
  return { now: new Date(milliseconds).toISOString(), milliseconds, skewSeconds, frozen };
};

interface Change {
  readonly setTo: number | undefined;
  readonly advanceMs: number;
  readonly frozen: boolean | undefined;
}

const ISO = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d))?$/;
/** Milliseconds since 1970 before 1973 are most likely seconds of this century. */
const FEWEST_MILLISECONDS = 1e11;

function readChange(fields: Fields): Result<Change, string> {
  if (fields.size === 0)
    return refused("Send at least one field: set=TIME, advance=SECONDS, frozen=true|false.");
  const setTo = readTime(fields.get("set"));
  if (!setTo.ok) return setTo;
  const advance = fields.get("advance") ?? "0";
  if (!/^-?\d{1,12}(?:\.\d{1,3})?$/.test(advance))
    return refused("advance is a number of seconds, such as 3600 or -0.5.");
  const given = fields.get("frozen");
  const frozen = given === undefined ? undefined : readBoolean(given);
  if (given !== undefined && frozen === undefined) return refused("frozen is true or false.");
  return ok({ setTo: setTo.value, advanceMs: Math.round(Number(advance) * 1_000), frozen });
}

function readTime(text: string | undefined): Result<number | undefined, string> {
  if (text === undefined) return ok(undefined);
  if (/^\d{1,15}$/.test(text)) {
    const milliseconds = Number(text);
    if (milliseconds >= FEWEST_MILLISECONDS) return ok(milliseconds);
    return refused(`set is in milliseconds since 1970: ${text} is in the year 1970 or soon after.`);
  }
  const time = ISO.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isFinite(time)) return ok(time);
  return refused(
    "set is a time such as 2026-11-01T12:00:00Z (a + is written %2B), or milliseconds since 1970.",
  );
}

/** Freezes first, so that a time that is set together with it does not run on. */
function apply(clock: Clock, { setTo, advanceMs, frozen }: Change): Result<void, string> {
  const target = setTo === undefined ? undefined : setTo + advanceMs;
  try {
    if (target !== undefined) clock.set(target);
    else if (advanceMs !== 0) clock.advance(advanceMs);
  } catch (error) {
    if (error instanceof RangeError) return refused(error.message);
    throw error;
  }
  if (frozen === false) clock.resume();
  if (frozen === true) {
    clock.freeze();
    if (target !== undefined) clock.set(target);
  }
  return ok(undefined);
}
