import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { BoxClient, BoxJwtAuth, JwtConfig } from "box-node-sdk";
import { BaseUrls, NetworkSession } from "box-node-sdk/networking";
import { startLocalBox } from "./local-box.mjs";

let box;
before(async () => {
  box = await startLocalBox();
});
after(() => box?.stop());

async function clientOf({ config, baseUrls }) {
  const auth = new BoxJwtAuth({ config: JwtConfig.fromConfigJsonString(JSON.stringify(config)) });
  return new BoxClient({ auth, networkSession: new NetworkSession({ baseUrls: new BaseUrls(baseUrls) }) });
}

test("lists the root folder of the Service Account", async () => {
  const client = await clientOf(await box.enterprise("list"));
  const { entries } = await client.folders.getFolderItems("0");
  assert.deepEqual(
    entries.map(({ name }) => name),
    ["Payroll", "Reports"],
  );
});

test("gets over two failures of Box", async () => {
  const enterprise = await box.enterprise("failures");
  await enterprise.control("faults", { fault: "server-error:503", on: "api/users", times: "2" });
  const client = await clientOf(enterprise);
  assert.equal((await client.users.getUserMe()).name, "Sandbox Service Account");
});
