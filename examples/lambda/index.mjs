/**
 * A Lambda that lists a Box folder. It calls `token-invoke` through its own alias, so its role needs
 * lambda:InvokeFunction on that alias and nothing else; the token stays in this process.
 */
import { BoxClient } from "box-node-sdk";
import { BoxStsError, boxAuth } from "box-sts/client";

// Outside the handler: a warm environment keeps its token and requests another shortly before it ends.
const auth = boxAuth({
  functionName: process.env.BOX_STS_FUNCTION,
  alias: process.env.BOX_STS_ALIAS,
  scope: ["base_explorer", "item_preview"],
});
const real = new BoxClient({ auth });
const client = process.env.BOX_URL ? real.withCustomBaseUrls({ baseUrl: process.env.BOX_URL }) : real;

/** @param {{ folder: string }} event */
export async function handler({ folder }) {
  try {
    const { entries = [] } = await client.folders.getFolderItems(folder);
    return entries.map(({ type, id, name }) => ({ type, id, name }));
  } catch (error) {
    // Step Functions compares `Retry` and `Catch` with the name of what is thrown.
    if (error instanceof BoxStsError) throw Object.assign(new Error(error.message), { name: error.code });
    throw error;
  }
}
