import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { expect, test } from "vitest";
import type { consoleResponse as respond } from "../../../../sandbox/console/serve.ts";

const CONSOLE = join(import.meta.dirname, "../../../../sandbox/console");

test("a bundle in another folder serves every file of the console, byte for byte", async () => {
  const folder = mkdtempSync(join(tmpdir(), "box-sts-console-"));
  const outfile = join(folder, "serve.mjs");
  await build({
    entryPoints: [join(CONSOLE, "serve.ts")],
    outfile,
    bundle: true,
    minify: true,
    platform: "node",
    format: "esm",
    logLevel: "error",
  });
  const { consoleResponse } = (await import(pathToFileURL(outfile).href)) as {
    consoleResponse: typeof respond;
  };
  const names = readdirSync(join(CONSOLE, "browser")).filter((name) => name !== "tsconfig.json");
  expect(names).toEqual(["console.css", "console.js", "icon.svg", "morph.js"]);
  for (const name of names) {
    const path = `/_console/${name}`;
    const headers = { host: "127.0.0.1" };
    const request = { method: "GET", path, query: "", headers, body: Buffer.alloc(0), tooLarge: false };
    const { status, body } = consoleResponse(request, path, undefined as never, {
      baseUrl: "",
      controlToken: "",
    });
    expect([status, body]).toEqual([200, readFileSync(join(CONSOLE, "browser", name), "utf8")]);
  }
  rmSync(folder, { recursive: true });
});
