import { newIdentity } from "../../../sandbox/aws/identities.ts";
import { startDynamoDb } from "../../../sandbox/dynamodb/server.ts";
import { deployedGrants } from "../../../sandbox/sample/grants.ts";
import { LOCAL_AWS, startDynalite } from "../../support/dynamodb.ts";
import { type Engine, engineOf, engineWith, memoryEngine } from "./table-engines.ts";
import { tokenTableTests } from "./token-table-tests.ts";

// `test/programs` has the same tests on moto.
tokenTableTests("memory", async () => memoryEngine());
tokenTableTests("dynalite", async () => engineOf(await startDynalite()));
tokenTableTests("the sandbox's DynamoDB", startSandboxEngine);

/** The engine behind a front that verifies signatures and permissions, and returns the item that refused a condition. */
async function startSandboxEngine(): Promise<Engine> {
  const credentials = newIdentity("function");
  const grants = deployedGrants(LOCAL_AWS.region, {
    callers: [],
    functionRole: credentials,
    operator: newIdentity("operator"),
    secretNames: [],
    tableName: "tokens",
  });
  const identities = [credentials];
  const server = await startDynamoDb({ region: LOCAL_AWS.region, identities, grants, tableName: "tokens" });
  return engineWith(server, credentials);
}
