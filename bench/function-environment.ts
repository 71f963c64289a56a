import type { Sandbox } from "../sandbox/sandbox.ts";

/** The variables with which `token-invoke`, or a yardstick of it, runs against the sandbox's upstreams. */
export const functionEnvironment = ({ environment, region, apps }: Sandbox) => ({
  ...environment,
  PATH: process.env.PATH ?? "",
  AWS_REGION: region,
  BOX_STS_CALLER: "alias",
  /** What the yardsticks read. */
  SECRET_ID: apps.sandbox?.secretName ?? "",
});
