import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Running, startMain } from "../integration/sandbox/command-line.ts";
import { commandsIn, pasteAfter, README_POLICY } from "../integration/sandbox/start-up-text.ts";
import { needs } from "./needs.ts";

/** The commands that `npm start` prints, pasted. */
let running: Running | undefined;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "box-sts-main-"));
});
afterEach(async () => {
  running?.child.kill("SIGKILL");
  await running?.ended;
  running = undefined;
});
afterAll(() => rm(folder, { recursive: true }));

async function start(...args: readonly string[]) {
  const started = startMain(["--port", "0", ...args]);
  running = started;
  await started.line(/Ctrl-C ends it/);
  const text = started.stdout.join("\n");
  const commands = commandsIn(text);
  return { started, text, commands, paste: pasteAfter(commands[0] ?? "", folder) };
}

describe("the start-up text", () => {
  test(
    "has commands for curl that work when pasted after its block of variables",
    needs("curl 7.75"),
    async () => {
      const { started, commands, paste } = await start();
      const [, curl = "", , , folderOnly = "", refused = "", health = "", fault = "", faulty = ""] = commands;
      expect(JSON.parse(await paste(curl))).toMatchObject({ token_type: "bearer" });
      expect(JSON.parse(await paste(folderOnly)).restricted_to).toHaveLength(3);
      expect(JSON.parse(await paste(refused))).toMatchObject({ error: "unauthorized_client" });
      expect(JSON.parse(await paste(health))).toMatchObject({ healthy: true });
      await started.line(/^✓ .* health +sandbox {2}healthy/);
      expect(JSON.parse(await paste(fault)).faults).toEqual([{ fault: "reset", hits: 0, times: 2 }]);
      expect(JSON.parse(await paste(faulty))).toMatchObject({ scope: "item_preview" });
      const left = await paste('curl -sS -H "Authorization: Bearer $CONTROL_TOKEN" "$CONTROL_URL"');
      expect(JSON.parse(left).faults).toEqual([]);
    },
  );

  test(
    "has a command for the AWS CLI that works when pasted after its block of variables",
    needs("the AWS CLI 2.13 or 1.29"),
    async () => {
      const { commands, paste } = await start();
      expect(await paste(commands[2] ?? "")).toContain('"access_token"');
    },
  );
});

describe("--policy", () => {
  test(
    "serves the callers and apps of its statements: each printed command is granted by its statement",
    needs("curl 7.75"),
    async () => {
      const path = join(folder, "readme-policy.json");
      await writeFile(path, README_POLICY);
      const { started, text, paste } = await start("--policy", path);
      const blocks = text.split("\n\n");
      for (const [index, id] of ["reports-read-finance", "nightly-sync"].entries()) {
        const command = blocks[blocks.indexOf(`By the statement ${id}:`) + 1] ?? "";
        expect(JSON.parse(await paste(command))).toMatchObject({ token_type: "bearer" });
        const by = [/ reports {2}issued by reports-read-finance/, / nightly-sync {2}issued by nightly-sync/];
        await started.line(by[index] as RegExp);
      }
      await started.line(/^ {4}reports enterprise:\d+, scope base_preview item_download, folders\/987$/);
    },
  );
});
