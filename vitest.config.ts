import { defineConfig } from "vitest/config";

const setupFiles = ["test/loopback-only.ts"];
const slow = { testTimeout: 60_000, hookTimeout: 60_000 };

/** One project per kind of proof; `npx vitest run --project unit` runs one of them. */
export default defineConfig({
  test: {
    // CI reads the counts from this file.
    reporters: process.env.VITEST_JSON
      ? ["default", ["json", { outputFile: process.env.VITEST_JSON }]]
      : ["default"],
    projects: [
      { test: { name: "unit", include: ["test/unit/**/*.test.ts"], setupFiles } },
      {
        test: {
          name: "action",
          include: ["test/action/**/*.test.ts"],
          setupFiles,
          // GitHub's parser imports JSON as only bundlers do.
          server: { deps: { inline: ["@actions/workflow-parser"] } },
          ...slow,
        },
      },
      { test: { name: "contracts", include: ["test/contracts/**/*.test.ts"], setupFiles, ...slow } },
      { test: { name: "infra", include: ["test/infra/**/*.test.ts"], setupFiles, ...slow } },
      { test: { name: "integration", include: ["test/integration/**/*.test.ts"], setupFiles, ...slow } },
      { test: { name: "exhaustive", include: ["test/exhaustive/**/*.test.ts"], setupFiles, ...slow } },
      { test: { name: "types", include: ["test/types/**/*.test.ts"], setupFiles, ...slow } },
    ],
  },
});
