import type { HttpResponse } from "../../../http/server.ts";
import { type BoxCollaboration, collaborationsOn, isInvited } from "../../collaborations.ts";
import type { BoxItem } from "../../items/item.ts";
import { lineage } from "../../items/tree.ts";
import type { Call } from "../call.ts";
import { ApiRefusal, apiJson } from "../errors.ts";
import { itemFor } from "../items/access.ts";
import { markerPage } from "../marker-page.ts";
import { offsetPage, shortPageOf } from "../paging.ts";
import { fieldsOf, invalidParameter } from "../parameters.ts";
import { groupFor } from "../people/groups.ts";
import { type Ids, type Route, route } from "../route.ts";
import { collaborationJson } from "./collaboration-json.ts";
import { SEE } from "./collaborations.ts";

export const COLLABORATION_LISTS: readonly Route[] = [
  route("GET", "/2.0/collaborations", SEE, pending),
  route("GET", "/2.0/files/{file_id}/collaborations", SEE, (call, { file_id: id }) =>
    ofItem(call, id, "file"),
  ),
  route("GET", "/2.0/folders/{folder_id}/collaborations", SEE, (call, { folder_id: id }) =>
    ofItem(call, id, "folder"),
  ),
  route("GET", "/2.0/groups/{group_id}/collaborations", ["manage_groups"], ofGroup),
];

const shown = ({ state, query }: Call) => {
  const fields = fieldsOf(query);
  return (collaboration: BoxCollaboration) => collaborationJson(state, collaboration, fields);
};

/** The invitations that the user has not decided about. */
function pending(call: Call): HttpResponse {
  const { state, user, query } = call;
  if (query.get("status") !== "pending") {
    throw invalidParameter("status", "'status' must be pending: Box lists no others by user");
  }
  const found = [...state.collaborations.values()].filter(
    (collaboration) => collaboration.status === "pending" && isInvited(collaboration, user),
  );
  return apiJson(200, offsetPage(found, shortPageOf(query), shown(call)));
}

/** Those of the item and of the folders above it, which all give access to it. */
function ofItem(call: Call, id: string, type: BoxItem["type"]): HttpResponse {
  const item = itemFor(call, id, type);
  const { state, user, query } = call;
  const line = lineage(state, item);
  const isHidden = line.some(({ settings }) => !settings.canNonOwnersViewCollaborators);
  if (isHidden && item.ownerId !== user.id) throw new ApiRefusal("access_denied_insufficient_permissions");
  const found = line
    .flatMap((at) => collaborationsOn(state, at))
    .filter(({ status }) => status !== "rejected");
  return apiJson(200, markerPage(query, found, shown(call)));
}

function ofGroup(call: Call, { group_id: id }: Ids<"{group_id}">): HttpResponse {
  const group = groupFor(call, id);
  const found = [...call.state.collaborations.values()].filter(
    ({ grantee }) => grantee.type === "group" && grantee.id === group.id,
  );
  return apiJson(200, offsetPage(found, shortPageOf(call.query), shown(call)));
}
