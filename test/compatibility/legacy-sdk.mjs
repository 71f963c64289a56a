/**
 * A typical existing program: the legacy Box SDK, unmodified, over TLS. The arguments name the package; the
 * environment has the addresses. Prints one JSON object with the result of each operation.
 */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const [packageName] = process.argv.slice(2);
const { BOX_TLS_URL, CONFIG_PATH, USER_ID, FOLDER_ID, FILE_ID, OUR_TOKEN } = process.env;
const found = createRequire(import.meta.url)(packageName);
const BoxSDK = found.default ?? found;

function configured(sdk) {
  sdk.configure({
    apiRootURL: BOX_TLS_URL,
    uploadAPIRootURL: BOX_TLS_URL,
    authorizeRootURL: BOX_TLS_URL,
    retryIntervalMS: 10,
  });
  return sdk;
}

const config = JSON.parse(readFileSync(CONFIG_PATH, "utf8"));
const sdk = configured(BoxSDK.getPreconfiguredInstance(config));
const service = sdk.getAppAuthClient("enterprise", config.enterpriseID);
const user = sdk.getAppAuthClient("user", USER_ID);
const ours = sdk.getBasicClient(OUR_TOKEN);

const text = async (stream) => {
  let all = "";
  for await (const chunk of stream) all += chunk;
  return all;
};
const PASSWORD = "S3cret & 50%";
const folder = `${BOX_TLS_URL}/2.0/folders/${FOLDER_ID}`;
const narrow = await service.exchangeToken(["item_preview", "base_explorer"], folder);
const link = (await service.files.update(FILE_ID, { shared_link: { password: PASSWORD } })).shared_link;
const narrowed = sdk.getBasicClient(narrow.accessToken);
const parallel = await Promise.all(Array.from({ length: 10 }, () => service.users.get("me")));
const facts = {
  service: (await service.users.get("me")).id,
  parallel: new Set(parallel.map(({ id }) => id)).size,
  user: (await user.users.get("me")).id,
  file: await text(await service.files.getReadStream(FILE_ID)),
  shared: (await user.sharedItems.get(link.url, PASSWORD)).id,
  narrowed: (await narrowed.folders.get(FOLDER_ID)).name,
  refused: await narrowed.folders.get("0").then(
    () => 200,
    (error) => error.statusCode,
  ),
  ours: (await ours.users.get("me")).id,
  revoked: await service.revokeTokens(narrow.accessToken).then(() => true),
};
process.stdout.write(`${JSON.stringify(facts)}\n`);
