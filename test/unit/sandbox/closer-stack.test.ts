import { describe, expect, test } from "vitest";
import { closerStack } from "../../../sandbox/process/closer-stack.ts";

describe("the closer stack", () => {
  test("closes the parts in the reverse order, each once, also where it is closed twice", async () => {
    const closed: string[] = [];
    const closers = closerStack();
    for (const name of ["folder", "server", "process"]) closers.push(async () => void closed.push(name));
    await Promise.all([closers.close(), closers.close()]);
    await closers.close();
    expect(closed).toEqual(["process", "server", "folder"]);
  });

  test("closes what was pushed after it was closed, when it is closed again", async () => {
    const closed: string[] = [];
    const closers = closerStack();
    await closers.close();
    closers.push(async () => void closed.push("server"));
    await closers.close();
    expect(closed).toEqual(["server"]);
  });

  test("closes every part where some fail, and throws the first error", async () => {
    const closed: string[] = [];
    const closers = closerStack();
    closers.push(async () => void closed.push("folder"));
    closers.push(() => Promise.reject(new Error("the server")));
    closers.push(() => {
      throw new Error("the process");
    });
    await expect(closers.close()).rejects.toThrow("the process");
    expect(closed).toEqual(["folder"]);
  });

  test("resolves a second call only when the first one has closed everything", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    let isClosed = false;
    const closers = closerStack();
    closers.push(async () => {
      await promise;
      isClosed = true;
    });
    const first = closers.close();
    const second = closers.close().then(() => isClosed);
    resolve();
    expect(await second).toBe(true);
    await first;
  });
});
