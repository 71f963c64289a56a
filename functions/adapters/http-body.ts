import type { IncomingMessage } from "node:http";

/**
 * The whole body of an answer. Rejects where the connection breaks before its end, and where it is longer than
 * `limit` bytes. By events: the first asynchronous iterator of a process costs more than the answer.
 */
export function wholeBody(answer: IncomingMessage, limit = Number.POSITIVE_INFINITY): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    answer.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > limit) answer.destroy(new Error("the answer is too long"));
      chunks.push(chunk);
    });
    answer.once("error", reject);
    answer.once("end", () => resolve(Buffer.concat(chunks)));
  });
}
