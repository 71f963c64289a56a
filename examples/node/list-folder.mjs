/**
 * node examples/node/list-folder.mjs FOLDER_ID
 * Lists a Box folder with a token of the Function URL in BOX_STS_URL, signed with the AWS credentials of the
 * environment. Uses no SDK: `auth` supplies the header, and learns when Box refuses it.
 */
import { BoxStsError, boxAuth } from "box-sts/client";

const { BOX_STS_URL = "", BOX_URL = "https://api.box.com" } = process.env;
const [folder = "0"] = process.argv.slice(2);

try {
  const auth = boxAuth({ url: BOX_STS_URL });
  let response = await list(await auth.retrieveAuthorizationHeader());
  if (response.status === 401) {
    await auth.refreshToken();
    response = await list(await auth.retrieveAuthorizationHeader());
  }
  if (!response.ok) throw new Error(`Box responded with ${response.status}.`);
  const { entries } = await response.json();
  for (const { type, id, name } of entries) console.log(`${type}\t${id}\t${name}`);
} catch (error) {
  if (!(error instanceof BoxStsError)) throw error;
  console.error(`${error.code}: ${error.message}${error.requestId ? ` (request ${error.requestId})` : ""}`);
  process.exitCode = error.retryable ? 75 : 1;
}

function list(authorization) {
  return fetch(`${BOX_URL}/2.0/folders/${folder}/items`, { headers: { authorization } });
}
