import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { expect, test } from "vitest";
import { exportBlock, quoted, writeEnvironment } from "../../../sandbox/cli/environment.ts";

const VARIABLES = [
  ["BOX_API_URL", "http://127.0.0.1:8702"],
  ["EMPTY", ""],
  ["BOX_CONFIG_FILE", "/home/jörg/näh café/box sts/1_a_config.json"],
  ["DOLLAR", "/a $HOME `id` \\ folder"],
] as const;
const valuesIn = (script: string) =>
  execFileSync("sh", ["-c", `${script}\nprintf '%s\\n' "$BOX_API_URL" "$EMPTY" "$BOX_CONFIG_FILE" "$DOLLAR"`])
    .toString()
    .split("\n")
    .slice(0, -1);
const expected = VARIABLES.map(([, value]) => value);

test("the block to paste and the file of --env give a shell each value as it is, also a path with spaces", async () => {
  expect(valuesIn(exportBlock(VARIABLES, 40).join("\n"))).toEqual(expected);
  const path = join(mkdtempSync(join(tmpdir(), "it's a folder-")), "box.env");
  await writeEnvironment(path, VARIABLES);
  expect(valuesIn(`. ${quoted(path)}`)).toEqual(expected);
  expect(parseEnv(readFileSync(path, "utf8"))).toMatchObject(Object.fromEntries(VARIABLES));
});
