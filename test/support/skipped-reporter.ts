import { stdout } from "node:process";
import type { Reporter, TestCase, TestModule } from "vitest/node";

/** Prints, after a run, for want of which programs it skipped how many tests. `.ci/run` repeats these lines. */
export default class SkippedReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const skipped = modules.flatMap((module) => [...module.children.allTests("skipped")]);
    for (const line of skippedLines(skipped)) stdout.write(`${line}\n`);
  }
}

/** One line for each set of programs that `needs()` found absent; none for tests that are skipped for another reason. */
export function skippedLines(skipped: readonly Pick<TestCase, "meta">[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const test of skipped) {
    const absent = test.meta().absentPrograms?.join(" and ");
    if (absent !== undefined) counts.set(absent, (counts.get(absent) ?? 0) + 1);
  }
  return [...counts]
    .map(([absent, count]) => `Skipped: ${count} ${count === 1 ? "test" : "tests"}, for want of ${absent}.`)
    .sort();
}
