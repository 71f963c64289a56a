import { spawn } from "node:child_process";
import { once } from "node:events";
import { openSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const LOG = join(import.meta.dirname, "../../../../functions/lambda/log.ts");

/** A process that runs `code` with `write`, JSON lines on its standard output; what it has to say goes to `stderr`. */
function writer(code: string, stdout: "pipe" | number = "pipe") {
  const script = `
    import { jsonLines, standardOutput } from ${JSON.stringify(LOG)};
    const write = jsonLines(standardOutput());
    const say = (text) => process.stderr.write(text + "\\n");
    const told = (line) => write(line).then(() => "written", ({ code }) => code);
    ${code}`;
  const child = spawn(process.execPath, ["--no-warnings", "--input-type=module", "-e", script], {
    stdio: ["ignore", stdout, "pipe"],
  });
  const { stderr } = child;
  if (stderr === null) throw new Error("there is no pipe");
  stderr.setEncoding("utf8");
  return { child, stderr };
}

async function said(stderr: NodeJS.ReadableStream): Promise<string> {
  let text = "";
  for await (const chunk of stderr) text += chunk;
  return text;
}

describe("standard output", () => {
  it("keeps every line whole and in order on a pipe that does not block and that nobody reads for a while", async () => {
    // Opening the stream makes the pipe one that does not block; a megabyte is more than any pipe holds.
    const { child, stderr } = writer(`
      process.stdout;
      const pad = "x".repeat(20_000);
      const lines = Array.from({ length: 50 }, (_, at) => told({ at, pad }));
      setImmediate(() => say("begun"));
      const outcomes = await Promise.all(lines);
      say([...outcomes, await told({ at: 50 })].every((outcome) => outcome === "written"));`);
    await once(stderr, "data");
    let text = "";
    child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
    expect(await said(stderr)).toBe("true\n");
    const lines = text.trimEnd().split("\n");
    expect(lines.map((line) => (JSON.parse(line) as { at: number }).at)).toEqual([...Array(51).keys()]);
  });

  it("tells that a pipe is closed, for each line, and the process goes on", async () => {
    const { child, stderr } = writer(`
      for (;;) {
        const outcomes = await Promise.all([told({ at: 1 }), told({ at: 2 })]);
        if (outcomes[0] === "written") continue;
        say(outcomes.join());
        break;
      }`);
    child.stdout?.destroy();
    expect(await said(stderr)).toBe("EPIPE,EPIPE\n");
  });

  it.runIf(process.platform === "linux")("tells that a disk is full", async () => {
    const { stderr } = writer("say(await told({ at: 1 }));", openSync("/dev/full", "w"));
    expect(await said(stderr)).toBe("ENOSPC\n");
  });
});
