import { existsSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";

/**
 * A folder that all workers of the run share: the first that needs `name` fills it with `make`, the others wait
 * until it is complete. It goes with the run's temporary folder.
 */
export async function oncePerRun(
  name: string,
  make: (folder: string) => void | Promise<void>,
): Promise<string> {
  const run = process.env.BOX_STS_TEST_FOLDER as string;
  const folder = join(run, name);
  while (!existsSync(folder)) {
    const release = await lockOrWait(join(run, `${name}.lock`));
    if (release === undefined) continue;
    try {
      if (existsSync(folder)) break;
      const partial = mkdtempSync(`${folder}.`);
      try {
        await make(partial);
        // Complete from the first moment, for a worker that reads it at the same time.
        renameSync(partial, folder);
      } finally {
        rmSync(partial, { recursive: true, force: true });
      }
    } finally {
      release();
    }
  }
  return folder;
}

/** What ends the lock; or, after somebody else has ended it, nothing. The system ends the lock of a process that dies. */
function lockOrWait(path: string): Promise<(() => void) | undefined> {
  const waiting = new Set<Socket>();
  const server: Server = createServer((socket) => waiting.add(socket.on("error", () => {})));
  return new Promise((resolve) => {
    server.once("error", () => resolve(wait(path)));
    server.listen(path, () =>
      resolve(() => {
        server.close();
        for (const socket of waiting) socket.destroy();
      }),
    );
  });
}

function wait(path: string): Promise<undefined> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    socket.on("error", ({ code }: NodeJS.ErrnoException) => {
      if (code === "ECONNREFUSED") rmSync(path, { force: true });
    });
    socket.on("close", () => resolve(undefined));
    socket.resume();
  });
}
