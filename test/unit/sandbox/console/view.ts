import type { ConsoleView, ItemView, RequestView } from "../../../../sandbox/console/view.ts";
import { faultPlaces } from "../../../../sandbox/faults/fault-text.ts";

/** A page with something of everything; every text of it may be replaced by `text`. */
export function fullView(text?: string): ConsoleView {
  const or = (usual: string): string => text ?? usual;
  const app = {
    clientId: or("abc123"),
    enterpriseId: or("1234567"),
    serviceAccountId: or("2000000001"),
    authorized: true,
    enabled: false,
    userTokens: true,
    asUser: true,
    accessLevel: "app+enterprise",
    scopes: [or("root_readwrite")],
    redirectUris: [or("https://example.com/callback")],
    keys: [{ id: or("kid12345"), kind: or("RSA 2048"), fingerprint: or("00ff00ff00ff00ff") }],
    signatureKeys: ["primary"],
  } as const;
  return {
    enterprise: text,
    enterprises: [or("worker-1")],
    baseUrl: or("http://127.0.0.1:8702"),
    clock: { now: Date.UTC(2026, 10, 22, 2, 10, 11), skewSeconds: 3_600, frozen: false },
    apps: (["jwt", "client_credentials", "oauth2", "app_token"] as const).map((authentication) => ({
      ...app,
      authentication,
    })),
    tokens: {
      total: 3,
      shown: [
        {
          start: or("1!abcdef"),
          sha256: or("0123456789abcdef"),
          clientId: or("abc123"),
          user: or("Mona"),
          scopes: [or("item_read")],
          itemId: or("4000000001"),
          downscoped: true,
          secondsLeft: 3_599,
        },
      ],
    },
    users: {
      total: 2,
      shown: [{ id: or("3"), name: or("Mona"), login: or("mona@example.com"), kind: "Managed User" }],
    },
    items: { total: 3, shown: [{ id: or("3"), name: or("Mona"), items: [folder(or)] }] },
    requests: { total: 1, shown: [{ ...aRequest, target: or("/2.0/users/me"), operation: or("api/users") }] },
    faults: {
      active: [{ written: or("slow:20"), hits: 1, times: 2, after: 1, on: or("token") }],
      places: faultPlaces(["box", "lambda"]),
    },
    callers: {
      callers: [
        { name: or("everything"), roleArn: or("arn:aws:iam::123456789012:role/everything"), gets: or("any") },
      ],
      apps: [or("sandbox"), or("drive")],
      users: [{ id: or("3"), name: or("Mona") }],
    },
  };
}

function folder(or: (usual: string) => string): ItemView {
  const file = { id: or("5"), type: "file", name: or("a.txt"), size: 12, notes: [or("shared")], items: [] };
  const inner = { ...file, type: "folder", id: or("6"), name: or("empty"), size: undefined };
  return {
    id: or("4"),
    type: "folder",
    name: or("Reports"),
    size: undefined,
    notes: [],
    items: [file, inner],
  };
}

export const aRequest: RequestView = {
  number: 7,
  at: Date.UTC(2026, 10, 22, 2, 10, 11),
  method: "GET",
  target: "/2.0/users/me",
  operation: "api/users",
  status: 200,
  durationMs: 1.25,
  faults: ["slow"],
};

export const emptyView: ConsoleView = {
  enterprise: undefined,
  enterprises: [],
  baseUrl: "http://127.0.0.1:8702",
  clock: { now: 0, skewSeconds: 0, frozen: true },
  apps: [],
  tokens: { shown: [], total: 0 },
  users: { shown: [], total: 0 },
  items: { shown: [], total: 0 },
  requests: { shown: [], total: 0 },
  faults: { active: [], places: [] },
  callers: undefined,
};
