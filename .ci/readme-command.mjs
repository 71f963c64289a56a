import { readFileSync } from "node:fs";

/** Prints the README's command `npm ci && npm <verb>`, so that CI runs exactly what the README shows. */
const [verb] = process.argv.slice(2);
const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const command = readme.split("\n").find((line) => line.startsWith(`npm ci && npm ${verb}`));
if (command === undefined) throw new Error(`The README has no line that begins with: npm ci && npm ${verb}`);
process.stdout.write(command.replace(/\s+#.*$/, ""));
