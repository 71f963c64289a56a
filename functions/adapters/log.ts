/** Writes one JSON line; rejects if it cannot be written. */
export type WriteLine = (line: object) => Promise<void>;

/** JSON lines on a stream, which Lambda hands to CloudWatch Logs. JSON encodes whatever could forge a line. */
export function jsonLines(stream: NodeJS.WritableStream): WriteLine {
  // A closed pipe reports to the write's callback; without a listener it would end the process as well.
  stream.on("error", () => {});
  return (line) =>
    new Promise((resolve, reject) => {
      stream.write(`${JSON.stringify(line)}\n`, (error) => (error ? reject(error) : resolve()));
    });
}

/** A diagnostic that nobody waits for and whose loss changes nothing. */
export function logWarning(write: WriteLine, message: string, facts: object = {}): void {
  write({ kind: "log", level: "WARN", time: new Date().toISOString(), message, ...facts }).catch(() => {});
}
