import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { skillEvent } from "../../support/webhooks.ts";

const FOLDER = join(import.meta.dirname, "../../../dist/client");

test.each([
  ["an ES module", () => import(pathToFileURL(join(FOLDER, "index.js")).href)],
  ["CommonJS", async () => createRequire(import.meta.url)(join(FOLDER, "index.cjs"))],
])("the published client makes an auth of a Skill's tokens as %s", async (_, load) => {
  const { boxAuth, BoxStsError } = await load();
  const { read, write } = boxAuth.fromSkillEvent(skillEvent("read-token", "write-token"));
  expect(await read.retrieveAuthorizationHeader()).toBe("Bearer read-token");
  expect(write.accessToken).toBe("write-token");
  await expect(read.refreshToken()).rejects.toBeInstanceOf(BoxStsError);
});
