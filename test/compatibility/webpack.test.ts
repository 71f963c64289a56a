import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import webpack from "webpack";
import { installPackedPackage } from "../support/packed-package.ts";

/** Programs that webpack bundles with the client of the packed package. */
const PROGRAM = `
  // As Node before 20.16, which lacks it.
  if (process.env.WITHOUT_BUILTINS) delete process.getBuiltinModule;
  boxAuth({ url: process.env.BOX_STS_URL, region: "us-east-1" }).retrieveToken().then(
    ({ accessToken }) => console.log(accessToken),
    (error) => console.log(error instanceof BoxStsError, error.message),
  );
`;
const FORMATS = {
  mjs: `import { BoxStsError, boxAuth } from "box-sts/client"; ${PROGRAM}`,
  cjs: `const { BoxStsError, boxAuth } = require("box-sts/client"); ${PROGRAM}`,
};
const KEYS = { AWS_ACCESS_KEY_ID: "AKIDEXAMPLE", AWS_SECRET_ACCESS_KEY: "example" };
/** The package of the AWS SDK, as far as the client uses it. */
const PROVIDERS = `exports.fromNodeProviderChain = () => async () =>
  ({ accessKeyId: "AKIDPROFILE", secretAccessKey: process.env.AWS_PROFILE });`;

let folder: string;
let server: Server;
let authorization: string | undefined;
const warnings: Record<string, readonly string[]> = {};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "box-sts-webpack-"));
  await installPackedPackage(folder);
  for (const [format, source] of Object.entries(FORMATS)) {
    writeFileSync(join(folder, `program.${format}`), source);
    warnings[format] = await bundle(format);
  }
  server = createServer((request, response) => {
    ({ authorization } = request.headers);
    const token = { access_token: "a".repeat(32), token_type: "bearer", expires_in: 3000 };
    request.resume().once("end", () => response.end(JSON.stringify(token)));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Bundles a program, and resolves to what webpack complains of. */
function bundle(format: string): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    const compiler = webpack({
      mode: "production",
      target: "node20",
      context: folder,
      entry: `./program.${format}`,
      output: { path: join(folder, "bundle"), filename: `${format}.cjs` },
    });
    compiler?.run((failure, stats) => {
      const { errors = [], warnings: all = [] } = stats?.toJson() ?? {};
      compiler.close(() =>
        failure ? reject(failure) : resolve([...errors, ...all].map(({ message }) => message)),
      );
    });
  });
}

async function run(format: string, env: NodeJS.ProcessEnv): Promise<string> {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const { stdout } = await promisify(execFile)(process.execPath, [join(folder, "bundle", `${format}.cjs`)], {
    env: { HOME: folder, BOX_STS_URL: url, ...env },
  });
  return stdout.trim();
}

const formats = Object.keys(FORMATS);

test.each(formats)("webpack bundles a program in %s with the client without a warning", (format) => {
  expect(warnings[format]).toEqual([]);
});

test.each(formats)(
  "a bundle of a program in %s gets a token, with and without getBuiltinModule",
  async (format) => {
    for (const env of [KEYS, { ...KEYS, WITHOUT_BUILTINS: "true" }])
      expect(await run(format, env)).toBe("a".repeat(32));
  },
);

test.each(formats)(
  "a bundle of a program in %s finds the AWS SDK's providers where they are installed",
  async (format) => {
    expect(await run(format, {})).toMatch(/^true No AWS credentials were found .*\(it is not installed\)\. /);
    const providers = join(folder, "bundle/node_modules/@aws-sdk/credential-providers");
    mkdirSync(providers, { recursive: true });
    writeFileSync(join(providers, "index.js"), PROVIDERS);
    expect(await run(format, { AWS_PROFILE: "reports" })).toBe("a".repeat(32));
    expect(authorization).toContain("Credential=AKIDPROFILE/");
    rmSync(providers, { recursive: true });
  },
);
