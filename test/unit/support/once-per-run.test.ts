import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { appendFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { oncePerRun } from "../../support/once-per-run.ts";

const RUN = process.env.BOX_STS_TEST_FOLDER as string;
const MODULE = join(import.meta.dirname, "../../support/once-per-run.ts");
const newName = () => `once-${randomUUID()}`;
const leftovers = (name: string) => readdirSync(RUN).filter((entry) => entry.startsWith(name));

test("four processes that need it at the same time share one folder, made once, and leave no lock", async () => {
  const name = newName();
  const log = join(RUN, `log-${name}`);
  const program = `
    import { appendFileSync, writeFileSync } from "node:fs";
    import { setImmediate as turn } from "node:timers/promises";
    import { oncePerRun } from ${JSON.stringify(MODULE)};
    const folder = await oncePerRun(${JSON.stringify(name)}, async (folder) => {
      appendFileSync(${JSON.stringify(log)}, "made\\n");
      await turn();
      writeFileSync(folder + "/file", "complete");
    });
    process.stdout.write(folder);`;
  const run = () =>
    promisify(execFile)(process.execPath, ["--input-type=module-typescript", "-e", program], { cwd: RUN });
  const folders = (await Promise.all([run(), run(), run(), run()])).map(({ stdout }) => stdout);
  expect(new Set(folders)).toEqual(new Set([join(RUN, name)]));
  expect(readFileSync(log, "utf8")).toBe("made\n");
  expect(readFileSync(join(RUN, name, "file"), "utf8")).toBe("complete");
  expect(leftovers(name)).toEqual([name]);
});

test("one that fails is the failure of its caller, and the next caller makes the folder again", async () => {
  const name = newName();
  const failing = oncePerRun(name, () => {
    throw new Error("no space left");
  });
  await expect(failing).rejects.toThrow("no space left");
  expect(leftovers(name)).toEqual([]);
  const folder = await oncePerRun(name, (partial) => writeFileSync(join(partial, "file"), "complete"));
  expect(readdirSync(folder)).toEqual(["file"]);
});

test("a lock that a killed process left behind keeps nobody waiting", async () => {
  const name = newName();
  const program = `
    import { oncePerRun } from ${JSON.stringify(MODULE)};
    await oncePerRun(${JSON.stringify(name)}, () => process.kill(process.pid, "SIGKILL"));`;
  const killed = promisify(execFile)(process.execPath, ["--input-type=module-typescript", "-e", program]);
  await expect(killed).rejects.toMatchObject({ signal: "SIGKILL" });
  expect(leftovers(name)).toContain(`${name}.lock`);
  const folder = await oncePerRun(name, (partial) => appendFileSync(join(partial, "file"), "complete"));
  expect(readdirSync(folder)).toEqual(["file"]);
});
