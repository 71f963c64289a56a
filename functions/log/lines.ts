import { writeSync } from "node:fs";

/** Writes one JSON line; rejects if it cannot be written. */
export type WriteLine = (line: object) => Promise<void>;

/** Where text goes: a stream, or less than one. */
export interface Output {
  write(text: string | Uint8Array, done: (error?: Error | null) => void): unknown;
  on?(event: "error", listener: () => void): unknown;
}

/**
 * JSON lines, which Lambda hands to CloudWatch Logs. JSON encodes whatever could forge a line. The lines of requests
 * that are in flight together are written together: if that fails, none of them counts as written.
 */
export function jsonLines(output: Output): WriteLine {
  // A closed pipe reports to the write's callback; without a listener it would end the process as well.
  output.on?.("error", () => {});
  let waiting: { readonly text: string; readonly done: (error?: Error | null) => void }[] = [];
  const flush = () => {
    const lines = waiting;
    waiting = [];
    output.write(lines.map(({ text }) => text).join(""), (error) => {
      for (const { done } of lines) done(error);
    });
  };
  return (line) =>
    new Promise((resolve, reject) => {
      const text = `${JSON.stringify(line)}\n`;
      const done = (error?: Error | null) => (error ? reject(error) : resolve());
      if (waiting.push({ text, done }) === 1) process.nextTick(flush);
    });
}

const STDOUT = 1;

/**
 * Standard output by its descriptor: `process.stdout` takes 3 ms to open, which a cold start need not pay. It is
 * opened where the other side of a pipe that does not block is behind, and writes all that follows.
 */
export function standardOutput(): Output {
  let stream: NodeJS.WriteStream | undefined;
  return {
    write(text, done) {
      if (stream !== undefined) return stream.write(text, done);
      const bytes = Buffer.from(text);
      let written = 0;
      try {
        while (written < bytes.length) written += writeSync(STDOUT, bytes, written);
        return done();
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EAGAIN") return done(error as Error);
      }
      stream = process.stdout;
      stream.on("error", () => {});
      return stream.write(bytes.subarray(written), done);
    },
  };
}

/** A diagnostic that no caller waits for and whose loss changes nothing. */
export function logWarning(write: WriteLine, message: string, facts: object = {}): void {
  write({ kind: "log", level: "WARN", time: new Date().toISOString(), message, ...facts }).catch(() => {});
}
