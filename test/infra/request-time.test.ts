import { expect, test } from "vitest";
import { parseOptions } from "../../client/options.ts";
import { REQUEST_SECONDS } from "../../schemas/protocol/request-time.ts";
import { deploy } from "./deployment.ts";

test("the client waits longer than a deployed token function may work", () => {
  const timeouts = Object.entries(deploy().resources)
    .filter(([id, { Type }]) => Type === "AWS::Lambda::Function" && /Token(?:Url|Invoke)/.test(id))
    .map(([, { Properties }]) => Properties.Timeout);
  expect(timeouts).toEqual([REQUEST_SECONDS, REQUEST_SECONDS]);
  const { timeoutMs } = parseOptions(
    { functionName: "token-invoke", alias: "mine", region: "us-east-1" },
    {},
  );
  expect(timeoutMs).toBeGreaterThan(REQUEST_SECONDS * 1_000);
});
