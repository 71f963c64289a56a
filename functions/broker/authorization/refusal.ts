import { Failure } from "../../../schemas/protocol/problems.ts";
import type { Subject } from "../ports.ts";

/**
 * Whether Box refuses the app itself. With Client Credentials Grant the same words can mean the client secret, or a user
 * who is not allowed: they count for the enterprise alone.
 */
export function refusesApp(failure: unknown, subject: Subject): failure is Failure {
  if (!(failure instanceof Failure)) return false;
  const isAmbiguous = failure.code === "box_grant_refused" && subject.type === "enterprise";
  return failure.code === "box_app_not_authorized" || isAmbiguous;
}
