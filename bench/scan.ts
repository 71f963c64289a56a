import { spawnSync } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Command, measured, takeTurns, timed } from "./processes.ts";
import { plantTree } from "./tree.ts";

/**
 * `node bench/scan.ts [--json]`: the committed bundle, with all rules, over a tree of at least 200 MB, against `cat`
 * of every file, secretlint's recommended preset, and the scanners that this machine has. Times are of whole
 * processes, medians of runs that take turns; peers take much longer and run once.
 */
const BARS = { ratioToCat: 2.5, timesFasterThanSecretlint: 8, megabytes: 200 } as const;
const SIZE = 230 * 1024 * 1024;
const ROUNDS = 7;

const ROOT = join(import.meta.dirname, "..");
const CLI = join(ROOT, "action/dist/cli.mjs");
const SECRETLINT = join(import.meta.dirname, "node_modules/.bin/secretlint");
const PRESET = JSON.stringify({ rules: [{ id: "@secretlint/secretlint-rule-preset-recommend" }] });

const shell = (line: string, folder: string): Command => ({ command: ["sh", "-c", line], folder });

/** Peers report findings by their exit code, which makes no difference here. */
const PEERS: Readonly<Record<string, { readonly needs: string; readonly line: string }>> = {
  secretlint: {
    needs: SECRETLINT,
    line: `'${SECRETLINT}' --no-gitignore --secretlintrcJSON '${PRESET}' '**/*'; test $? -lt 2`,
  },
  gitleaks: { needs: "gitleaks", line: "gitleaks dir --no-banner --exit-code 0 ." },
  ripgrep: { needs: "rg", line: "rg -uuu -a -c -F 'PRIVATE KEY' .; test $? -lt 2" },
};

const has = (program: string) => spawnSync("sh", ["-c", `command -v '${program}'`]).status === 0;

const folder = mkdtempSync(join(tmpdir(), "box-sts-scan-"));
try {
  const tree = plantTree(folder, realpathSync(join(ROOT, "node_modules")), SIZE);
  const ours = { command: [process.execPath, CLI, "."], folder };
  const seconds: Record<string, number> = takeTurns(
    {
      cat: () =>
        timed(shell("find . -type f -print0 | xargs -0 cat > /dev/null", folder)).milliseconds / 1000,
      "box-config-lint": () => timed(ours).milliseconds / 1000,
    },
    ROUNDS,
  );
  for (const [name, { needs, line }] of Object.entries(PEERS))
    if (has(needs)) seconds[name] = timed(shell(`${line} > /dev/null 2>&1`, folder)).milliseconds / 1000;
  const { cat = Number.NaN, "box-config-lint": own = Number.NaN, secretlint = Number.NaN } = seconds;
  const report = {
    tree,
    seconds,
    ratioToCat: own / cat,
    timesFasterThanSecretlint: secretlint / own,
    peakMegabytes: timed(measured(ours)).megabytes,
    bars: BARS,
  };
  const passed =
    report.ratioToCat <= BARS.ratioToCat &&
    report.timesFasterThanSecretlint >= BARS.timesFasterThanSecretlint &&
    report.peakMegabytes <= BARS.megabytes;
  if (!passed) process.exitCode = 1;
  console.log(
    process.argv.includes("--json")
      ? JSON.stringify(report)
      : [
          `${tree.files} files, ${Math.round(tree.bytes / 1e6)} MB`,
          ...Object.entries(seconds).map(
            ([name, time]) =>
              `${name.padEnd(16)} ${time.toFixed(2).padStart(8)} s ${(time / cat).toFixed(2).padStart(8)} × cat`,
          ),
          `whole tree, all rules: ${report.ratioToCat.toFixed(2)} × cat (bar: ${BARS.ratioToCat})`,
          `${report.timesFasterThanSecretlint.toFixed(1)} times faster than secretlint (bar: ${BARS.timesFasterThanSecretlint})`,
          `peak memory: ${report.peakMegabytes.toFixed(0)} MB (bar: ${BARS.megabytes})`,
        ].join("\n"),
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
