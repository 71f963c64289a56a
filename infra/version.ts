import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Above this file in the repository, above `dist/infra` in the published package. */
const PLACES = ["../package.json", "../../package.json"].map((place) =>
  fileURLToPath(new URL(place, import.meta.url)),
);

/** Version of box-sts that is deployed. */
export function ownVersion(): string {
  const path = PLACES.find(existsSync);
  if (path === undefined) throw new Error(`There is no package.json of box-sts at ${PLACES.join(" or ")}.`);
  const { version } = JSON.parse(readFileSync(path, "utf8")) as { readonly version: string };
  return version;
}
