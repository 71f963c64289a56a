import { expect } from "vitest";
import { boxSts } from "../../../support/terminal.ts";

interface Probed {
  readonly target: string;
  readonly probe: string;
  readonly verdict: string;
  readonly expected: string;
  readonly seen: string;
  readonly next?: string;
}

/** Runs `box-sts probe` and reads its report; `failed` and `unproven` are names of probes, each with its target. */
export async function probe(args: readonly string[], env: NodeJS.ProcessEnv) {
  const { status, stdout, stderr } = await boxSts(["probe", ...args, "--json"], env);
  expect(stderr).toBe("");
  const report = JSON.parse(stdout) as {
    version: number;
    passed: boolean;
    requests: number;
    probes: Probed[];
  };
  expect(report.version).toBe(1);
  expect(report.passed).toBe(status === 0);
  const named = (verdict: string) =>
    report.probes.filter((one) => one.verdict === verdict).map((one) => `${one.target}: ${one.probe}`);
  return { status, ...report, failed: named("failed"), unproven: named("no proof"), stdout };
}
