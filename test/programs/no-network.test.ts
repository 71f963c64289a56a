import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { deployWithCode } from "../infra/deployment.ts";
import { synthBy } from "../infra/synth.ts";
import { needs } from "./needs.ts";

/** In `npm test`, Node refuses to connect; here the system has no network for any process of the synth. */
const synth = synthBy("unshare", "-rn", process.execPath, "tools/synth.ts");

test(
  "npm run synth gives the template that is tested here in a network namespace of its own",
  needs("unshare with network namespaces"),
  () => {
    const { status, output, out } = synth("examples/deploy/deploy.json");
    expect({ status, output }).toMatchObject({ status: 0 });
    const { Resources } = JSON.parse(readFileSync(join(out, "box-sts.template.json"), "utf8"));
    expect(Object.keys(Resources)).toEqual(Object.keys(deployWithCode().resources));
  },
);
