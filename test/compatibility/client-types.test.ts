import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { diagnostics, RESOLUTIONS } from "../types/diagnostics.ts";

/** Compiles the client's types together with those of Box's older SDK. */
const FOLDER = join(import.meta.dirname, "types");

describe.each(RESOLUTIONS)("under module resolution %s", (_, options) => {
  test("fits-generated-sdk.ts", async () => {
    expect([...(await diagnostics(FOLDER, ...options))]).toEqual([]);
  });
});
