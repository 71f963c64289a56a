import { spawn } from "node:child_process";
import { once } from "node:events";
import { openSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const LOG = join(import.meta.dirname, "../../../../functions/log/lines.ts");

/** Runs `code` in a process with `write`, which writes JSON lines to standard output; results go to `stderr`. */
function writer(code: string, stdout: "pipe" | number = "pipe") {
  const script = `
    import { jsonLines, standardOutput } from ${JSON.stringify(LOG)};
    const write = jsonLines(standardOutput());
    const report = (text) => process.stderr.write(text + "\\n");
    const outcomeOf = (line) => write(line).then(() => "written", ({ code }) => code);
    ${code}`;
  const child = spawn(process.execPath, ["--no-warnings", "--input-type=module", "-e", script], {
    stdio: ["ignore", stdout, "pipe"],
  });
  const { stderr } = child;
  if (stderr === null) throw new Error("there is no pipe");
  stderr.setEncoding("utf8");
  return { child, stderr };
}

async function textOf(stderr: NodeJS.ReadableStream): Promise<string> {
  let text = "";
  for await (const chunk of stderr) text += chunk;
  return text;
}

describe("standard output", () => {
  it("keeps every line whole and in order on a non-blocking pipe without a reader for a while", async () => {
    // Opening the stream makes the pipe non-blocking; a megabyte exceeds the buffer of any pipe.
    const { child, stderr } = writer(`
      process.stdout;
      const pad = "x".repeat(20_000);
      const lines = Array.from({ length: 50 }, (_, at) => outcomeOf({ at, pad }));
      setImmediate(() => report("begun"));
      const outcomes = await Promise.all(lines);
      report([...outcomes, await outcomeOf({ at: 50 })].every((outcome) => outcome === "written"));`);
    await once(stderr, "data");
    let text = "";
    child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
    expect(await textOf(stderr)).toBe("true\n");
    const lines = text.trimEnd().split("\n");
    expect(lines.map((line) => (JSON.parse(line) as { at: number }).at)).toEqual([...Array(51).keys()]);
  });

  it("reports a closed pipe for each line, and the process continues", async () => {
    const { child, stderr } = writer(`
      for (;;) {
        const outcomes = await Promise.all([outcomeOf({ at: 1 }), outcomeOf({ at: 2 })]);
        if (outcomes[0] === "written") continue;
        report(outcomes.join());
        break;
      }`);
    child.stdout?.destroy();
    expect(await textOf(stderr)).toBe("EPIPE,EPIPE\n");
  });

  it.runIf(process.platform === "linux")("reports a full disk", async () => {
    const { stderr } = writer("report(await outcomeOf({ at: 1 }));", openSync("/dev/full", "w"));
    expect(await textOf(stderr)).toBe("ENOSPC\n");
  });
});
