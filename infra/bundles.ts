import { cpSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { AssetHashType, DockerImage } from "aws-cdk-lib";
import { Code } from "aws-cdk-lib/aws-lambda";
import { SynthError } from "./synth-error.ts";

/** The functions, by the names of their entry files `functions/<name>.ts`. */
export type FunctionName = "token-url" | "token-invoke" | "health" | "authorize" | "connections" | "webhook";

/** Where the built functions lie: beside this file in the published package, under `dist` in the repository. */
const PLACES = ["../functions/", "../dist/functions/"].map((place) =>
  fileURLToPath(new URL(place, import.meta.url)),
);

/** The built function, with the policy document beside it if there is one. Nothing is compiled at synth. */
export function bundle(name: FunctionName, policy?: string): Code {
  const folder = PLACES.map((place) => join(place, name)).find((path) => existsSync(join(path, "index.mjs")));
  if (folder === undefined) {
    throw new SynthError(
      `The built function ${name} is missing in ${PLACES.join(" and ")}. Run npm run build.`,
    );
  }
  if (policy === undefined) return Code.fromAsset(folder);
  return Code.fromAsset(folder, {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      // Never pulled: `tryBundle` always does the work.
      image: DockerImage.fromRegistry("scratch"),
      local: {
        tryBundle(target) {
          cpSync(folder, target, { recursive: true });
          writeFileSync(join(target, "policy.json"), policy);
          return true;
        },
      },
    },
  });
}
