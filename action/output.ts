/**
 * Keeps a reader that goes away, as `head` does, and a disk that is full from ending the program with a stack trace.
 * @param name of the program, for the sentence about output that is lost
 * @returns the exit status of the run: 2 where output is lost, because the report is not complete
 */
export function watchOutput(name: string): (status: number) => number {
  let isLost = false;
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", ({ code = "unknown error" }: NodeJS.ErrnoException) => {
      if (code === "EPIPE" || isLost) return;
      isLost = true;
      // The last write can fail after the run.
      process.exitCode = OUTPUT_LOST;
      if (stream === process.stdout)
        process.stderr.write(
          `${name}: The output could not be written (${code}); what is there is not complete.\n`,
        );
    });
  }
  return (status) => (isLost ? OUTPUT_LOST : status);
}

const OUTPUT_LOST = 2;
