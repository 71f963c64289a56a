import { ok, type Result, refused } from "../../../schemas/result.ts";
import type { Enterprise } from "../enterprise.ts";
import { snapshotOf } from "../snapshot.ts";
import type { BoxState } from "../state.ts";
import { applyApps, newKeys } from "./apps.ts";
import { applyCollaborations } from "./collaborations.ts";
import type { SeedIssue, StateDocument } from "./document.ts";
import { applyItems } from "./items.ts";
import { Places } from "./places.ts";
import { applyUsers } from "./users.ts";
import { applyWebhooks } from "./webhooks.ts";

/** Where the values of a document go, and where what is wrong with them is reported. */
export interface Applying {
  readonly state: BoxState;
  /** By Box's clock, in milliseconds since 1970. */
  readonly now: number;
  readonly places: Places;
  /** That the document gives its items. */
  readonly ids: Set<string>;
  report(pointer: string, message: string): void;
}

/** Contents of files that come from elsewhere than the document, by their index in it. */
export type Contents = ReadonlyMap<number, Buffer>;

export interface Seeded {
  /** The `config.json` of each app that was created, in the order of the document. */
  readonly configs: readonly object[];
}

/**
 * Puts the document into the enterprise as a whole, or changes nothing. `replace` removes users, items and what is
 * about them first (collaborations, groups, webhooks, events), and the apps too where the document has apps.
 */
export async function applyDocument(
  { state, tokens, now }: Enterprise,
  document: StateDocument,
  mode: "add" | "replace",
  contents: Contents = new Map(),
): Promise<Result<Seeded, readonly SeedIssue[]>> {
  // What takes its time comes first: from here on no request is served in between.
  const keys = await newKeys(state, document.apps ?? []);
  const undo = snapshotOf(state);
  const issues: SeedIssue[] = [];
  const report = (pointer: string, message: string) => void issues.push({ pointer, message });
  if (mode === "replace") empty(state, document);
  const configs = applyApps(state, document.apps ?? [], keys, report);
  const applying: Applying = { state, now: now(), places: new Places(state), ids: new Set(), report };
  applyUsers(applying, document.users ?? []);
  if (issues.length === 0) applyItems(applying, document, contents);
  if (issues.length === 0) applyCollaborations(applying, document.collaborations ?? []);
  if (issues.length === 0) applyWebhooks(applying, document.webhooks ?? []);
  if (issues.length > 0) {
    undo();
    return refused(issues);
  }
  for (const { value, clientId, userId } of [...tokens.all.values()])
    if (!(state.apps.has(clientId) && state.users.has(userId))) tokens.revoke(value);
  return ok({ configs });
}

/** Removes what the document replaces. */
function empty(state: BoxState, { apps }: StateDocument): void {
  const { users, items, sharedLinks, uploadSessions, collaborations, groups, webhooks, events } = state;
  for (const part of [items, sharedLinks, uploadSessions, collaborations, groups, webhooks]) part.clear();
  events.length = 0;
  for (const { id, kind } of [...users.values()])
    if (kind !== "service-account" || apps !== undefined) users.delete(id);
  if (apps === undefined) return;
  const kept = new Set(apps.map(({ clientId }) => clientId));
  for (const id of [...state.apps.keys()]) if (!kept.has(id)) state.apps.delete(id);
}
