import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** Testcontainers without Docker: the image's command is the process of `FAKE_CONTAINER_COMMAND`, one argument a line. */
export const Wait = { forHealthCheck: () => "health" };

export class GenericContainer {
  #environment = {};
  #ports = [];
  #waits = false;

  constructor(image) {
    if (!/^[\w.-]+\/[\w-]+\/box-sts-box:\d/.test(image)) throw new Error(`There is no image ${image}.`);
  }
  withEnvironment(environment) {
    this.#environment = environment;
    return this;
  }
  withExposedPorts(...ports) {
    this.#ports = ports;
    return this;
  }
  withWaitStrategy(strategy) {
    this.#waits = strategy === "health";
    return this;
  }
  async start() {
    if (!this.#waits) throw new Error("Nothing waits until the container is ready.");
    const [command, ...args] = process.env.FAKE_CONTAINER_COMMAND.split("\n");
    const stdio = ["ignore", "pipe", "ignore"];
    const child = spawn(command, args, { env: { TMPDIR: process.env.TMPDIR, ...this.#environment }, stdio });
    for await (const line of createInterface({ input: child.stdout })) {
      if (!line.startsWith('{"box"')) continue;
      const { port } = new URL(JSON.parse(line).box);
      return {
        getHost: () => "localhost",
        getMappedPort: (exposed) => {
          if (!this.#ports.includes(exposed)) throw new Error(`Port ${exposed} is not exposed.`);
          return Number(port);
        },
        async stop() {
          const ended = once(child, "exit");
          child.kill("SIGTERM");
          await ended;
        },
      };
    }
    throw new Error("The container ended.");
  }
}
