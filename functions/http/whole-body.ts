import type { IncomingMessage } from "node:http";

/**
 * The whole body of a response. Rejects where the connection breaks before its end, and where it is longer than
 * `limit` bytes. By events: the first asynchronous iterator of a process costs more than the response.
 */
export function wholeBody(response: IncomingMessage, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    response.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > limit) response.destroy(new Error("the response is too long"));
      chunks.push(chunk);
    });
    response.once("error", reject);
    response.once("end", () => resolve(Buffer.concat(chunks)));
  });
}
