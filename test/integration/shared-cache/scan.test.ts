import { newIdentity } from "../../../sandbox/aws/identities.ts";
import { startDynamoDb } from "../../../sandbox/dynamodb/server.ts";
import { LOCAL_AWS, startDynalite } from "../../support/dynamodb.ts";
import { scanTests } from "./scan-tests.ts";
import { type Engine, engineOf, engineWith, memoryEngine } from "./table-engines.ts";

// `test/programs` scans moto's tables too.
scanTests("memory", async () => memoryEngine());
scanTests("dynalite", async () => engineOf(await startDynalite()));
scanTests("the sandbox's DynamoDB", startSandboxEngine);

/** The engine behind a front that verifies signatures and permissions. */
async function startSandboxEngine(): Promise<Engine> {
  const operator = newIdentity("connections");
  const grants = [
    { effect: "allow", principal: operator.roleArn, action: "dynamodb:*", resource: "*" },
  ] as const;
  const options = { region: LOCAL_AWS.region, identities: [operator], grants, tableName: "tokens" };
  return engineWith(await startDynamoDb(options), operator);
}
