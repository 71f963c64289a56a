import { startSandbox } from "../sandbox/sandbox.ts";
import { concurrent } from "./concurrent.ts";
import { type Figure, print } from "./figures.ts";
import { firstToken } from "./first-token.ts";
import { sharedCacheStart } from "./shared-cache-start.ts";
import { warm } from "./warm.ts";

/** `npm run bench:token [-- --json]`: the built token function against fake upstreams on loopback, beside others. */
const sandbox = await startSandbox();
const figures: Figure[] = [];
for (const measure of [firstToken, sharedCacheStart, warm, concurrent])
  figures.push(...(await measure(sandbox)));
await sandbox.close();
print(figures);
if (figures.some(({ passed }) => !passed)) process.exitCode = 1;
