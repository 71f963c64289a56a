import { defineConfig } from "vitest/config";

/** The tests of one unit of `units.ts`; `run.ts` names them, and Stryker sets the root. */
export default defineConfig({
  test: {
    include: JSON.parse(process.env.MUTATION_TESTS ?? "[]"),
    setupFiles: ["test/loopback-only.ts"],
    isolate: false,
    // Stryker ends a mutant that runs far longer than the tests without it.
    testTimeout: 300_000,
  },
});
