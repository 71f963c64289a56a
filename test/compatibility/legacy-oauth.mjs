/**
 * The legacy Box SDK, unmodified, as an OAuth client over TLS. The arguments name the package; the environment has
 * the addresses, the app's credentials and two authorization codes. Prints one JSON object with what it got.
 */

import { createRequire } from "node:module";

const [packageName] = process.argv.slice(2);
const { BOX_TLS_URL, CLIENT_ID, CLIENT_SECRET, CODE, OTHER_CODE, REDIRECT_URI } = process.env;
const found = createRequire(import.meta.url)(packageName);
const BoxSDK = found.default ?? found;

const sdk = new BoxSDK({ clientID: CLIENT_ID, clientSecret: CLIENT_SECRET });
sdk.configure({
  apiRootURL: BOX_TLS_URL,
  uploadAPIRootURL: BOX_TLS_URL,
  authorizeRootURL: BOX_TLS_URL,
  retryIntervalMS: 10,
});

/** A token store as an application writes one: it keeps the latest pair. */
function storeOf(tokens) {
  return {
    latest: tokens,
    read(callback) {
      callback(null, this.latest);
    },
    write(latest, callback) {
      this.latest = latest;
      callback();
    },
    clear(callback) {
      this.latest = undefined;
      callback();
    },
  };
}

const tokens = await sdk.getTokensAuthorizationCodeGrant(CODE);
const store = storeOf(tokens);
// As old as its access token's life: the SDK refreshes before the first call.
const aged = { ...tokens, acquiredAtMS: tokens.acquiredAtMS - tokens.accessTokenTTLMS };
const client = sdk.getPersistentClient(aged, store);
const parallel = await Promise.all(Array.from({ length: 10 }, () => client.users.get("me")));
const revoked = await sdk.getTokensAuthorizationCodeGrant(OTHER_CODE);
await sdk.getBasicClient(revoked.accessToken).revokeTokens(revoked.accessToken);
const facts = {
  authorizeUrl: sdk.getAuthorizeURL({ response_type: "code", redirect_uri: REDIRECT_URI, state: "s1" }),
  users: [...new Set(parallel.map(({ id }) => id))],
  rotated: store.latest.refreshToken !== tokens.refreshToken,
  refused: await sdk.getTokensRefreshGrant(revoked.refreshToken).then(
    () => "refreshed",
    (error) => error.message,
  ),
};
process.stdout.write(`${JSON.stringify(facts)}\n`);
