import { createHash } from "node:crypto";
import type { Enterprise } from "../box/enterprise.ts";
import type { AccessToken } from "../box/tokens.ts";
import type { Resource } from "./resource.ts";
import { json, refuse } from "./responses.ts";

/** Characters of a token that are shown; what is left has at least 140 bits. */
const SHOWN_START = 8;

export const tokenSha256 = (value: string): string => createHash("sha256").update(value).digest("hex");

/** Living access tokens, by their hash: no response has one. */
export const TOKENS: Resource = {
  path: "/tokens",
  methods: {
    GET: {
      does: "lists the living access tokens, without their values",
      respond: ({ enterprise }) => json(200, { tokens: living(enterprise).map(tokenJson) }),
    },
    DELETE: {
      does: "revokes all",
      respond({ enterprise }) {
        const ended = living(enterprise);
        for (const token of ended) revoke(enterprise, token);
        return json(200, { revoked: ended.length });
      },
    },
  },
};

/** One of them. */
export const TOKEN: Resource = {
  path: "/tokens/{sha256}",
  methods: {
    DELETE: {
      does: "revokes it, and the refresh token of its pair",
      respond({ enterprise, name }) {
        const token = living(enterprise).find(({ value }) => tokenSha256(value) === name.toLowerCase());
        if (token === undefined)
          return refuse(
            404,
            `No living token has the SHA-256 ${JSON.stringify(name)}; GET /tokens lists them.`,
          );
        revoke(enterprise, token);
        return json(200, { revoked: 1 });
      },
    },
  },
};

const living = ({ tokens, now }: Enterprise): readonly AccessToken[] =>
  [...tokens.all.values()].filter(({ expiresAt }) => expiresAt > now());

function revoke({ tokens, connections }: Enterprise, { value, clientId }: AccessToken): void {
  if (!connections.revoke(value, clientId)) tokens.revoke(value);
}

const tokenJson = ({ value, clientId, userId, scopes, itemId, downscoped, expiresAt }: AccessToken) => ({
  sha256: tokenSha256(value),
  start: value.slice(0, SHOWN_START),
  ...{ app: clientId, user: userId, scopes: [...scopes], item: itemId, downscoped },
  expiresAt: Number.isFinite(expiresAt) ? new Date(expiresAt).toISOString() : null,
});
