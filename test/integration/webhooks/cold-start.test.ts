import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";

const FOLDER = join(import.meta.dirname, "../../../dist/functions/webhook");
/** Prints the URL of every module that is loaded from a file. */
const LISTED = `
  import { registerHooks } from "node:module";
  registerHooks({ load(url, context, next) { if (url.startsWith("file:")) console.log(url); return next(url, context); } });`;
const TARGETS = {
  queue: { queue: "https://sqs.eu-west-1.amazonaws.com/123456789012/box-events" },
  function: { function: "arn:aws:lambda:eu-west-1:123456789012:function:consume:live" },
  bus: { bus: "arn:aws:events:eu-west-1:123456789012:event-bus/box" },
};

const start = (script: string, env: NodeJS.ProcessEnv) =>
  promisify(execFile)(process.execPath, ["--input-type=module", "-e", script], {
    env: {
      AWS_REGION: "eu-west-1",
      AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
      AWS_SECRET_ACCESS_KEY: "example",
      // Nothing listens there: the start continues without keys.
      AWS_ENDPOINT_URL_SECRETS_MANAGER: "http://127.0.0.1:9",
      BOX_STS_APPS: '{"reports":"box/reports"}',
      ...env,
    },
  });
const ENTRY = `await import(${JSON.stringify(join(FOLDER, "index.mjs"))});`;

/** What an environment with these variables has loaded when it has started, without the hashes of chunks. */
async function partsLoaded(env: NodeJS.ProcessEnv): Promise<readonly string[]> {
  const { stdout } = await start(`${LISTED}\n${ENTRY}\nprocess.exit();`, env);
  const prefix = pathToFileURL(join(FOLDER, "/")).href;
  const names = stdout.split("\n").filter((url) => url.startsWith(prefix));
  return names.map((url) => url.slice(prefix.length).replace(/-[0-9A-Z]{8}\./, "."));
}

describe("an environment of the webhook function", () => {
  test.each(Object.entries(TARGETS))(
    "with a %s as target loads that client and no other",
    async (kind, target) => {
      const parts = await partsLoaded({ BOX_STS_WEBHOOKS: JSON.stringify({ reports: target }) });
      expect(parts.filter((part) => part.endsWith("-target.mjs"))).toEqual([`${kind}-target.mjs`]);
      expect(parts).not.toContain("token-table.mjs");
      expect(parts.filter((part) => part.startsWith("on-demand/"))).toEqual([]);
    },
  );

  test("with a table loads the client of DynamoDB too", async () => {
    const parts = await partsLoaded({
      BOX_STS_WEBHOOKS: JSON.stringify({ reports: TARGETS.bus }),
      BOX_STS_TABLE: "box-sts-tokens",
    });
    expect(parts).toContain("token-table.mjs");
  });

  test("starts where the keys cannot be read, and logs why", async () => {
    const { stdout } = await start(`${ENTRY}\nawait new Promise(setImmediate);\nprocess.exit();`, {
      BOX_STS_WEBHOOKS: JSON.stringify({ reports: TARGETS.bus }),
    });
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ kind: "log", level: "WARN", app: "reports", code: "secret_unavailable" },
      message: "the app's signature keys could not be read",
    });
  });

  test.each([
    [{ BOX_STS_WEBHOOKS: "" }, "[SettingsError]: BOX_STS_WEBHOOKS is missing"],
    [{ BOX_STS_WEBHOOKS: '{"other":{"bus":"b"}}' }, "[SettingsError]: BOX_STS_WEBHOOKS has an app that"],
  ])("does not start with %j, and names the variable", async (env, sentence) => {
    const started = start(ENTRY, env);
    await expect(started).rejects.toMatchObject({ stderr: expect.stringContaining(sentence) });
  });
});

test("the built function has a file for each kind of target", () => {
  const parts = readdirSync(FOLDER).filter((name) => name.includes("-target"));
  const kinds = parts.map((name) => name.replace(/-target-[0-9A-Z]{8}\.mjs$/, ""));
  expect(kinds.toSorted()).toEqual(Object.keys(TARGETS).toSorted());
});
