import { BoxClient, BoxOAuth, OAuthConfig } from "box-node-sdk";
import { AuthorizationManager } from "box-node-sdk/managers";
import { BaseUrls, BoxRetryStrategy, NetworkSession } from "box-node-sdk/networking";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { RefreshRotation } from "../../../sandbox/box/oauth/connections.ts";
import {
  CALLBACK,
  codeOf,
  type OAuthScene,
  oauthScene,
  openPage,
  redirectOf,
  submit,
} from "../sandbox/oauth/oauth-requests.ts";

/** The official SDK, as published, as an OAuth client of the sandbox's Box. */
let at: OAuthScene;
let session: NetworkSession;

beforeAll(async () => {
  at = await oauthScene();
  const { url } = at.box;
  session = new NetworkSession({
    baseUrls: new BaseUrls({ baseUrl: url, uploadUrl: url, oauth2Url: `${url}/api/oauth2` }),
    // Without its pauses, which are seconds long.
    retryStrategy: new BoxRetryStrategy({ retryBaseInterval: 0 }),
  });
});
afterAll(() => at.box.close());
beforeEach(() => {
  at.box.faults.clear();
  at.box.requests.clear();
  at.box.refreshRotation = "strict";
});

function oauth() {
  const { clientId, clientSecret } = at.app;
  return new BoxOAuth({ config: new OAuthConfig({ clientId, clientSecret }) });
}
const me = async (auth: BoxOAuth) =>
  (await new BoxClient({ auth, networkSession: session }).users.getUserMe()).id;

async function connected() {
  const auth = oauth();
  await auth.getTokensAuthorizationCodeGrant(codeOf(at), session);
  return auth;
}

describe("box-node-sdk 10", () => {
  test("leads to the consent page, and exchanges the code that comes back", async () => {
    const auth = oauth();
    // The SDK hard-codes account.box.com; its path and query are what the sandbox serves.
    const { pathname, search } = new URL(auth.getAuthorizeUrl({ redirectUri: CALLBACK, state: "s1" }));
    const page = await openPage(`${at.box.url}${pathname}${search}`);
    const granted = await submit(page, { user_id: at.sample.managedUser.id, consent: "grant" });
    const { to, parameters } = redirectOf(granted);
    expect(to).toBe(CALLBACK);
    expect(parameters.state).toBe("s1");
    const token = await auth.getTokensAuthorizationCodeGrant(parameters.code!, session);
    expect(token).toMatchObject({ tokenType: "bearer", restrictedTo: [] });
    expect(await me(auth)).toBe(at.sample.managedUser.id);
  });

  test("fetches the authorize page by its own operation", async () => {
    const manager = new AuthorizationManager({ networkSession: session });
    await manager.authorizeUser({
      responseType: "code",
      clientId: at.app.clientId,
      redirectUri: CALLBACK,
      state: "s1",
    });
    expect(at.box.requests.entries).toMatchObject([{ operation: "authorize/page", status: 200 }]);
  });

  test.each<RefreshRotation>(["strict", "commit-on-use"])(
    "refreshes under %s rotation when Box refuses the access token, and again",
    async (rotation) => {
      at.box.refreshRotation = rotation;
      const auth = await connected();
      for (let count = 1; count <= 3; count++) {
        const before = await auth.retrieveToken(session);
        at.box.tokens.expire(before.accessToken);
        expect(await me(auth)).toBe(at.sample.managedUser.id);
        expect((await auth.retrieveToken(session)).refreshToken).not.toBe(before.refreshToken);
        expect(at.box.requests.count("token/refresh_token")).toBe(count);
      }
    },
  );

  test("narrows the user's token to a folder", async () => {
    const auth = await connected();
    const { privateFolder } = at.sample;
    const resource = `https://api.box.com/2.0/folders/${privateFolder.id}`;
    const token = await auth.downscopeToken(["item_preview"], resource, undefined, session);
    expect(token.restrictedTo).toMatchObject([{ scope: "item_preview", object: { id: privateFolder.id } }]);
  });

  test("revokes by the access token, after which the refresh token is refused in Box's words", async () => {
    const auth = await connected();
    await auth.revokeToken(session);
    await expect(auth.refreshToken(session)).rejects.toMatchObject({
      responseInfo: {
        statusCode: 400,
        body: { error: "invalid_grant", error_description: "Invalid refresh token" },
      },
    });
  });

  test("reports a code that is used again", async () => {
    const code = codeOf(at);
    await oauth().getTokensAuthorizationCodeGrant(code, session);
    await expect(oauth().getTokensAuthorizationCodeGrant(code, session)).rejects.toMatchObject({
      responseInfo: { body: { error_description: "Auth code doesn't exist or is invalid for the client" } },
    });
  });
});
