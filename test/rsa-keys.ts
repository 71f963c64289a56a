import crypto from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";

/**
 * Set-up of the projects that start sandboxes: the first RSA keys of 2,048 bits that a file's sandboxes make are those of
 * the other files, made once in the run's temporary folder. No two of one file are equal. A key takes 0.05 to 0.2 s of
 * processor time, and each sandbox makes one.
 */
const SHARED_KEYS = 8;
const BITS = 2_048;
const POOL = Symbol.for("box-sts: RSA keys");
const folder = join(process.env.BOX_STS_TEST_FOLDER as string, "rsa-keys");

interface Pair {
  readonly publicKey: crypto.KeyObject;
  readonly privateKey: crypto.KeyObject;
}

/** For the tests of a file none of which has a key from before: each begins with the first one. */
export const beginWithFirstKey = (): void => {
  poolOfFile().taken = 0;
};

const globals = globalThis as { [POOL]?: { taken: number } };
// Test files that share a process set this up once each: each begins with the first key.
if (globals[POOL] === undefined) install();
beginWithFirstKey();

function install(): void {
  const { generateKeyPair } = crypto;
  const generate = promisify(generateKeyPair) as (type: string, options: object) => Promise<Pair>;

  const isShared = (type: string, options: object): boolean =>
    type === "rsa" &&
    JSON.stringify(options) === `{"modulusLength":${BITS}}` &&
    poolOfFile().taken < SHARED_KEYS;

  async function take(): Promise<Pair> {
    const file = join(folder, `${poolOfFile().taken++}.pem`);
    if (existsSync(file)) {
      const privateKey = crypto.createPrivateKey(readFileSync(file));
      return { privateKey, publicKey: crypto.createPublicKey(privateKey) };
    }
    const pair = await generate("rsa", { modulusLength: BITS });
    mkdirSync(folder, { recursive: true });
    // Complete from the first moment, for a worker that reads it at the same time.
    const partial = `${file}.${process.pid}`;
    writeFileSync(partial, pair.privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
    renameSync(partial, file);
    return pair;
  }

  const generateOrTake = (type: string, options: object): Promise<Pair> =>
    isShared(type, options) ? take() : generate(type, options);

  crypto.generateKeyPair = Object.assign(
    (
      type: string,
      options: object,
      done: (error: Error | null, publicKey?: unknown, privateKey?: unknown) => void,
    ) =>
      void generateOrTake(type, options).then(
        ({ publicKey, privateKey }) => done(null, publicKey, privateKey),
        done,
      ),
    { [promisify.custom]: generateOrTake },
  ) as unknown as typeof crypto.generateKeyPair;
  syncBuiltinESMExports();
}

function poolOfFile(): { taken: number } {
  globals[POOL] ??= { taken: 0 };
  return globals[POOL];
}
