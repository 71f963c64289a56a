import type { HttpResponse } from "../../server.ts";
import type { Call } from "./call.ts";
import { apiJson } from "./errors.ts";
import { type Route, route } from "./route.ts";

export const USERS: readonly Route[] = [route("GET", "/2.0/users/me", [], me)];

function me({ user }: Call): HttpResponse {
  const { id, name, login } = user;
  const created_at = "2026-01-01T00:00:00-00:00";
  return apiJson(200, {
    type: "user",
    id,
    name,
    login,
    created_at,
    modified_at: created_at,
    status: "active",
  });
}
