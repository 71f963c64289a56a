import { afterAll, beforeAll } from "vitest";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { listFolderTests } from "../integration/list-folder-tests.ts";
import { needs } from "./needs.ts";

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox();
});
afterAll(() => sandbox?.close());

listFolderTests("python", "python3", "python/list_folder.py", () => sandbox, needs("boto3"));
