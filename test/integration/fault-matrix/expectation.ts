import { type Cell, CROWDS, STEPS } from "./cells.ts";

/** The required result of a cell, in whatever order its events happen. */
export interface Expectation {
  /** Different requests that may end without a token: at least and at most. */
  readonly lost: readonly [number, number];
  readonly retryable: boolean;
  /** Most requests that each upstream operation may get. */
  readonly grants: number;
  readonly exchanges: number;
  readonly reads: number;
}

/** Of the six others, the first three share the main request's subject where scopes are requested. */
const SAME_SUBJECT = 3;

export function expectationOf(cell: Cell): Expectation {
  const { row, noticed } = cell;
  const plain = withoutFault(cell);
  const retryable = row.passes === "by itself";
  if (!noticed) return { ...plain, lost: [0, 0], retryable };
  return { ...plain, ...withFault(cell, plain), lost: lostBy(cell), retryable };
}

type Counts = Pick<Expectation, "grants" | "exchanges" | "reads">;

/** A token per request, a full token per subject, a secret for all. */
function withoutFault({ step, state, crowd }: Cell): Counts {
  const requests = 1 + CROWDS[crowd][1];
  const isNarrow = STEPS[step].wants === "narrow";
  const subjects = isNarrow && requests > 1 ? requests - SAME_SUBJECT : requests;
  const heldParents = step === "the exchange" && state === "a warm one that needs another token" ? 1 : 0;
  const readsAnyway =
    state === "a cold environment" || state === "a warm one whose token and secret are too old";
  const plain = {
    grants: subjects - heldParents,
    exchanges: isNarrow ? requests : 0,
    reads: readsAnyway ? 1 : 0,
  };
  // Each finds its key refused once; the new one is read for all.
  if (step === "the reading of the secret after Box refused its key") {
    return { ...plain, grants: 2 * plain.grants, reads: 1 };
  }
  return plain;
}

function withFault({ row, once, step, fault, crowd }: Cell, plain: Counts): Partial<Counts> {
  const extra = row.once === "lost" ? 0 : row.once;
  const calls = (tokens: number) => (once ? tokens + extra : tokens * row.stays);
  // Another version of the secret may replace a refused key, so the function reads the current and the previous one:
  // once for all requests that Box refuses at the same time, and again for one that reaches Box later.
  const times = step === "the grant after one that failed" ? 2 : 1;
  const reads = fault === "key-removed" ? { reads: plain.reads + 2 * times } : {};
  switch (step) {
    case "the grant":
    case "the grant of an app without a key":
    case "the grant before an exchange":
      return { grants: calls(plain.grants), ...reads };
    case "the grant after one that failed":
      // The failed request may retry while the function still uses Box's wrong clock, and Box then refuses it once too.
      return {
        grants: calls(plain.grants) + (fault === "skewed-clock" && once && crowd !== "one request" ? 2 : 1),
        ...reads,
      };
    case "the exchange":
      return { exchanges: calls(plain.exchanges) };
    default:
      return { reads: calls(1) };
  }
}

function lostBy({ row, once, step, state, crowd, place }: Cell): readonly [number, number] {
  const requests = 1 + CROWDS[crowd][1];
  const isOutage = row.passes === "by itself";
  if (once && row.once !== "lost") return [0, 0];
  if (!once && row.overcome) return [0, 0];
  if (step === "the reading of the secret after Box refused its key") return [once ? 1 : requests, requests];
  if (place === "secrets-manager") {
    // The cached secret remains in use through an outage.
    if (isOutage && state === "a warm one whose token and secret are too old") return [0, 0];
    return [requests, requests];
  }
  const sharing = step === "the grant before an exchange" ? Math.min(requests, 1 + SAME_SUBJECT) : 1;
  if (once) return [1, sharing];
  // Requests that do not report the refused token may still exchange its full token, which is cached.
  const isHeld = sharing > 1 && state === "a warm one whose token Box has refused";
  return [isHeld ? requests - SAME_SUBJECT : requests, requests];
}
