import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { newCertificates } from "../sandbox/http/certificates.ts";
import { builtinsWithoutLinking } from "../tools/builtins.ts";
import { takeTurns, timed } from "./processes.ts";

const BODY = "grant_type=client_credentials";
const REQUEST = `{ protocol: url.protocol, hostname: url.hostname, port: Number(url.port), method: "POST", path: "/", headers: {}, body: ${JSON.stringify(BODY)} }`;
const URL_OF = "const url = new URL(process.argv[2]);";

/** Programs that send one POST to the URL of argv[2] and read the whole response. */
const PROGRAMS = {
  nothing: "",
  sdkHandler: `import { sdkHttpHandler } from "./functions/aws/http-handler.ts"; ${URL_OF}
    await sdkHttpHandler({ connectMs: 1000, attemptMs: 5000 }).handle(${REQUEST});`,
  smithy: `import { NodeHttpHandler, streamCollector } from "@smithy/node-http-handler"; ${URL_OF}
    const { response } = await new NodeHttpHandler({ connectionTimeout: 1000, requestTimeout: 5000 }).handle(${REQUEST});
    await streamCollector(response.body);`,
  boxClient: `import { httpClient } from "./functions/box/http-client.ts";
    await httpClient(process.argv[2])({ method: "POST", path: "/", body: ${JSON.stringify(BODY)} }, 5000);`,
  client: `import { post } from "./client/http.ts"; ${URL_OF}
    await post(url, {}, ${JSON.stringify(BODY)}, 5000);`,
  fetch: `await (await fetch(process.argv[2], { method: "POST", body: ${JSON.stringify(BODY)} })).text();`,
} as const;

/** Prints the processor time in milliseconds. A kept-alive connection would keep the process. */
const END = `const { user, system } = process.cpuUsage();
process.stdout.write(String((user + system) / 1000));
process.exit(0);`;

type Program = Exclude<keyof typeof PROGRAMS, "nothing">;

/** A server in a process of its own, because this one waits for the programs. With TLS, as AWS and Box have it. */
const SERVER = `const { key, cert } = process.env;
const server = require("node:https").createServer({ key, cert }, (request, response) => {
  request.resume().on("end", () => response.end("{}"));
}).listen(0, "127.0.0.1", () => console.log("https://127.0.0.1:" + server.address().port));`;

/**
 * Medians in milliseconds of the processor time of whole processes, over that of a program that does nothing. All are
 * bundled alike. What else runs on the machine changes the processor time little, and the time that passes much.
 */
export async function firstRequests(
  root: string,
  rounds: number,
): Promise<Readonly<Record<Program, number>>> {
  const folder = mkdtempSync(join(tmpdir(), "box-sts-first-request-"));
  const { ca, key, cert } = await newCertificates();
  const trusted = join(folder, "ca.pem");
  writeFileSync(trusted, ca);
  const server = spawn(process.execPath, ["-e", SERVER], {
    env: { key, cert },
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const url = await new Promise<string>((resolve) =>
      server.stdout.once("data", (line) => resolve(`${line}`.trim())),
    );
    await Promise.all(
      Object.entries(PROGRAMS).map(([name, program]) => bundle(program, root, fileOf(folder, name))),
    );
    const run = (name: string) => () =>
      Number(
        timed({
          command: [process.execPath, fileOf(folder, name), url],
          folder,
          environment: { NODE_EXTRA_CA_CERTS: trusted },
        }).output,
      );
    const contenders = Object.fromEntries(Object.keys(PROGRAMS).map((name) => [name, run(name)]));
    const { nothing = 0, ...others } = takeTurns<string>(contenders, rounds);
    return Object.fromEntries(Object.entries(others).map(([name, time]) => [name, time - nothing])) as Record<
      Program,
      number
    >;
  } finally {
    server.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

const fileOf = (folder: string, name: string) => join(folder, `${name}.mjs`);

async function bundle(program: string, root: string, outfile: string): Promise<void> {
  await build({
    stdin: { contents: `${program}\n${END}`, resolveDir: root, loader: "ts" },
    outfile,
    bundle: true,
    minify: true,
    platform: "node",
    target: "node24",
    format: "esm",
    mainFields: ["module", "main"],
    plugins: [builtinsWithoutLinking()],
  });
}
