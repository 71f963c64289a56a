import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { execForm, parseDockerfile } from "../../support/dockerfile.ts";
import { loopbackServer } from "../../support/loopback-server.ts";
import { installPackedPackage } from "../../support/packed-package.ts";

/**
 * The image of the local Box, without Docker: what its last stage copies, from the packed package, and its own command
 * lines as processes. `.github/workflows/image.yml` builds and runs the image itself.
 */
const ROOT = join(import.meta.dirname, "../../..");
const stages = parseDockerfile(readFileSync(join(ROOT, "Dockerfile"), "utf8"));
const [build, image] = stages as [(typeof stages)[0], (typeof stages)[0]];
const all = (name: string) => image.instructions.filter((instruction) => instruction.name === name);
const only = (name: string) => {
  expect(all(name)).toHaveLength(1);
  return all(name)[0]?.text ?? "";
};
const MB = 1024 * 1024;
const TOKEN = "a-control-token-of-the-test";
/** Whoever runs the tests, or another one where that is root: the image's user may write nothing of the image. */
const USER = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

let root: string;
let workdir: string;
let temporary: string;
const processes: ChildProcess[] = [];

beforeAll(async () => {
  // The folder of the test run is not for other users, as the image's is here.
  root = mkdtempSync(join("uid" in USER ? "/tmp" : tmpdir(), "box-sts-image-"));
  const installed = join(root, "build");
  mkdirSync(installed);
  await installPackedPackage(installed);
  workdir = join(root, only("WORKDIR"));
  mkdirSync(workdir, { recursive: true });
  for (const { flags, text } of all("COPY")) {
    expect(flags.from).toBe(build.name);
    const paths = text.split(/\s+/);
    const target = join(workdir, paths.pop() as string);
    for (const path of paths) {
      const source = join(installed, "node_modules/box-sts", path.replace(/^\/src\//, ""));
      const isFolder = statSync(source).isDirectory();
      cpSync(source, isFolder ? target : join(target, basename(path)), { recursive: true });
    }
  }
  temporary = join(root, "tmp");
  mkdirSync(temporary);
  chmodSync(root, 0o755);
  chmodSync(temporary, 0o1777);
  spawnSync("chmod", ["-R", "a-w", workdir]);
});
afterEach(async () => {
  for (const child of processes.splice(0)) {
    child.kill("SIGKILL");
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  }
});
afterAll(() => {
  spawnSync("chmod", ["-R", "u+w", workdir]);
  rmSync(root, { recursive: true, force: true });
});

/** A command line of the Dockerfile, as its user, in its folder, with nothing but `/tmp` to write to. */
function start(commandLine: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
  const [command = "", ...args] = commandLine;
  expect(command).toBe("node");
  const child = spawn(process.execPath, args, {
    ...USER,
    cwd: workdir,
    env: { NODE_ENV: "production", HOME: "/nonexistent", TMPDIR: temporary, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  processes.push(child);
  return child;
}

interface Ready {
  readonly box: string;
  readonly boxTls: string;
}
const ENTRYPOINT = execForm(only("ENTRYPOINT")) ?? [];
const HEALTH = execForm(only("HEALTHCHECK")) ?? [];

async function startImage(): Promise<{ readonly child: ChildProcess; readonly ready: Ready }> {
  // What follows the image's name in docker run.
  const child = start([...ENTRYPOINT, "--port", "0", "--json"], { BOX_STS_CONTROL_TOKEN: TOKEN });
  const errors: Buffer[] = [];
  child.stderr?.on("data", (chunk) => errors.push(chunk));
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream }))
    if (line.startsWith('{"box"')) return { child, ready: JSON.parse(line) };
  throw new Error(Buffer.concat(errors).toString());
}

async function health(port: string): Promise<number | null> {
  const [status] = await once(start(HEALTH, { BOX_PORT: port }), "exit");
  return status;
}

describe("the Dockerfile", () => {
  test("has two stages, of Node's images of the version that the package is built with", () => {
    expect(stages.map(({ base }) => base)).toEqual(["node:24-slim", "node:24-alpine"]);
    const { engines } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
    expect(24).toBeGreaterThanOrEqual(Number(/\d+/.exec(engines.node)?.[0]));
    expect(process.version).toMatch(/^v24\./);
  });

  test("has no user of the name root, and runs nothing as one in the image", () => {
    expect(only("USER")).toBe("node");
    expect(all("RUN")).toEqual([]);
    const after = image.instructions.slice(image.instructions.findIndex(({ name }) => name === "USER"));
    expect(after.map(({ name }) => name)).not.toContain("COPY");
  });

  test("starts no shell: each command line of the image is in JSON form", () => {
    for (const name of ["ENTRYPOINT", "HEALTHCHECK"]) expect(execForm(only(name))).toBeDefined();
    expect(all("CMD")).toEqual([]);
  });

  test("downloads nothing by itself, and has no secret in a layer", () => {
    const instructions = stages.flatMap((stage) => stage.instructions);
    expect(instructions.filter(({ name }) => name === "ADD")).toEqual([]);
    const settings = instructions.filter(({ name }) => name === "ENV" || name === "ARG");
    expect(settings.map(({ text }) => text)).toEqual(["NODE_ENV=production"]);
  });

  test("copies into the build what .dockerignore leaves, and nothing private or built", () => {
    const ignored = readFileSync(join(ROOT, ".dockerignore"), "utf8").split("\n");
    for (const line of [
      "**/node_modules",
      "**/.git",
      "dist",
      "action/dist",
      ".sandbox",
      "*.env",
      "**/*_config.json",
    ])
      expect(ignored).toContain(line);
    const copied = build.instructions.filter(({ name }) => name === "COPY").map(({ text }) => text);
    expect(copied).toEqual(["package.json package-lock.json .npmrc ./", "tools/node tools/node", ". ."]);
  });

  test("builds with commands that the repository has", () => {
    const commands = build.instructions.filter(({ name }) => name === "RUN").map(({ text }) => text);
    expect(commands).toEqual(["npm ci", "node_modules/.bin/node tools/build-cli.ts"]);
    expect(statSync(join(ROOT, "tools/build-cli.ts")).isFile()).toBe(true);
  });
});

describe("the image", () => {
  test("adds less than 4 MB to Node's, of 70 MB that it may", () => {
    const files = readdirSync(workdir, { recursive: true, encoding: "utf8" }).map((name) =>
      statSync(join(workdir, name)),
    );
    const bytes = files.reduce((sum, file) => sum + (file.isFile() ? file.size : 0), 0);
    expect(bytes).toBeGreaterThan(MB);
    expect(bytes).toBeLessThan(4 * MB);
  });

  test("serves Box at the ports that it exposes, to other machines", () => {
    expect(only("EXPOSE").split(" ")).toEqual(["8702", "8704"]);
    expect(ENTRYPOINT.slice(-2)).toEqual(["--host", "0.0.0.0"]);
    const help = spawnSync(process.execPath, [...ENTRYPOINT.slice(1), "--help"], {
      cwd: workdir,
      encoding: "utf8",
    });
    expect(help.stdout).toMatch(/Box at N\+2/);
    expect(help.stdout).toMatch(/Box over TLS at N\+4/);
    expect(help.stdout).toMatch(/default 8700/);
  });

  test("runs without root and without a folder of its own that it could write to, is healthy, and ends on SIGTERM", async () => {
    const { child, ready } = await startImage();
    const { port } = new URL(ready.box);
    expect(await health(port)).toBe(0);
    const headers = { Authorization: `Bearer ${TOKEN}` };
    const body = new URLSearchParams({ name: "worker-1" });
    const opened = await fetch(`${ready.box}/_sandbox/enterprises`, { method: "POST", headers, body });
    expect(opened.status).toBe(201);
    expect(await opened.json()).toMatchObject({ url: `${ready.box}/t/worker-1` });
    const ended = once(child, "exit");
    child.kill("SIGTERM");
    expect(await ended).toEqual([0, null]);
    expect(readdirSync(temporary)).toEqual([]);
  });

  test("is not healthy where something else responds, or nothing", async () => {
    const other = await loopbackServer(({ response }) => response.writeHead(200).end());
    expect(await health(new URL(other.url).port)).toBe(1);
    expect(await health("9")).toBe(1);
  });

  test("leaves no trace of the health check in the requests of a test, and is not affected by faults", async () => {
    const { ready } = await startImage();
    const headers = { Authorization: `Bearer ${TOKEN}` };
    const fault = new URLSearchParams({ fault: "server-error", times: "1" });
    await fetch(`${ready.box}/_sandbox/faults`, { method: "POST", headers, body: fault });
    expect(await health(new URL(ready.box).port)).toBe(0);
    const { requests } = (await (await fetch(`${ready.box}/_sandbox/requests`, { headers })).json()) as {
      requests: unknown[];
    };
    expect(requests).toEqual([]);
    expect((await fetch(`${ready.box}/2.0/users/me`)).status).toBe(503);
  });

  test("ends with a sentence where the control token is too short to be one", async () => {
    const child = start(ENTRYPOINT, { BOX_STS_CONTROL_TOKEN: "short" });
    const text = await new Promise<string>((resolve) => {
      let all = "";
      child.stderr?.on("data", (chunk) => {
        all += chunk;
      });
      child.once("close", () => resolve(all));
    });
    expect(text).toMatch(/BOX_STS_CONTROL_TOKEN/);
    expect(text).not.toMatch(/ {4}at /);
    expect(child.exitCode).toBeGreaterThan(0);
  });
});
