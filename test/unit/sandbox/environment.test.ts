import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { expect, test } from "vitest";
import {
  exportBlock,
  quoted,
  removeEnvironment,
  writeEnvironment,
} from "../../../sandbox/cli/environment.ts";

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

test("the folders made for the file of --env go with it, unless something else is in them", async () => {
  const folder = mkdtempSync(join(tmpdir(), "box-sts-env-"));
  const path = join(folder, "made/for/box.env");
  await removeEnvironment(path, await writeEnvironment(path, VARIABLES));
  expect(readdirSync(folder)).toEqual([]);
  const made = await writeEnvironment(path, VARIABLES);
  writeFileSync(join(folder, "made/notes.txt"), "");
  await removeEnvironment(path, made);
  expect(readdirSync(join(folder, "made"))).toEqual(["notes.txt"]);
});

test.each(["$x", "`id`", 'a "b"', "back\\slash"])(
  "the file of --env is refused for a value with ' and %s, which Node and a shell read differently",
  async (more) => {
    const path = join(mkdtempSync(join(tmpdir(), "box-sts-env-")), "box.env");
    const value = `/it's ${more}/ca.pem`;
    expect(valuesIn(exportBlock([["BOX_API_URL", value]]).join("\n"))[0], "a shell alone reads it").toBe(
      value,
    );
    await expect(writeEnvironment(path, [["BOX_CA_FILE", value]])).rejects.toThrow(
      `--env ${path}: BOX_CA_FILE is ${value}; a value with ' and one of " $ \` \\ cannot be written so that a shell and node --env-file read the same. Start in a folder, and with a TMPDIR, without '.`,
    );
    expect(existsSync(path)).toBe(false);
  },
);
