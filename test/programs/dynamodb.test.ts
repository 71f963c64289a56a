import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { scanTests } from "../integration/shared-cache/scan-tests.ts";
import { engineOf } from "../integration/shared-cache/table-engines.ts";
import { tokenTableTests } from "../integration/shared-cache/token-table-tests.ts";
import type { LocalDynamoDb } from "../support/dynamodb.ts";
import { needs } from "./needs.ts";

/** An independent implementation of DynamoDB. */
const MOTO = `
import sys
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
sys.stdin.read()
server.stop()
`;

async function startMoto(): Promise<LocalDynamoDb> {
  const python = spawn("python3", ["-c", MOTO], {
    stdio: ["pipe", "pipe", "ignore"],
    env: { PATH: process.env.PATH, HOME: "/nonexistent", PYTHONDONTWRITEBYTECODE: "1" },
  });
  const [port] = await once(createInterface(python.stdout), "line");
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      python.stdin.end();
      await once(python, "exit");
    },
  };
}

const start = async () => engineOf(await startMoto());
scanTests("moto", start, needs("moto's server"));
tokenTableTests("moto", start, needs("moto's server"));
