import { spawnSync } from "node:child_process";
import { join } from "node:path";

/** `npm run bench [-- --json]`: every bench, one after the other. Fails if a bar is missed. */
const missed = ["scan", "history", "pull-request", "token", "hand-written", "fleet", "sandbox-start"].filter(
  (name) => {
    console.log(`${name}:`);
    const bench = join(import.meta.dirname, `${name}.ts`);
    return spawnSync(process.execPath, [bench, ...process.argv.slice(2)], { stdio: "inherit" }).status !== 0;
  },
);
if (missed.length > 0) {
  console.log(`Bars missed or benches failed: ${missed.join(", ")}.`);
  process.exitCode = 1;
}
