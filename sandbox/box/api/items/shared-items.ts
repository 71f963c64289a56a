import type { HttpResponse } from "../../../http/server.ts";
import { REQUIRED_SCOPES } from "../../scopes.ts";
import type { Call } from "../call.ts";
import { apiJson, notFound } from "../errors.ts";
import { fieldsOf, missingParameter } from "../parameters.ts";
import { notModified } from "../preconditions.ts";
import { type Route, route } from "../route.ts";
import { requireWithinToken } from "./access.ts";
import { givenLink, linkedItem } from "./link-access.ts";
import { represent } from "./representation.ts";

export const SHARED_ITEMS: readonly Route[] = [
  route("GET", "/2.0/shared_items", REQUIRED_SCOPES.file, sharedItem),
];

/** The file or folder of the shared link in the header `BoxApi`. */
function sharedItem(call: Call): HttpResponse {
  const given = givenLink(call);
  if (given === undefined) throw missingParameter("boxapi");
  const item = linkedItem(call, given);
  if (item === undefined) throw notFound("shared_item", given.url);
  requireWithinToken(call, item);
  return notModified(call, item) ?? apiJson(200, represent(call, item, fieldsOf(call.query)));
}
