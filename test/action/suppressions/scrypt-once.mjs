import crypto from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Computes each scrypt hash once for the whole run: a hash takes 0.2 s of processor time, and the processes that the
 * tests start compare the same secrets with the same salts again and again. Results are those of Node's scrypt, kept in
 * the run's temporary folder. The salts of every process and test file are the same ones in the same order, each a new
 * one there, or no hash would be needed twice. For `node --import`, and for Vitest's `setupFiles`.
 */
const ONCE = Symbol.for("box-sts: scrypt once");
const SALT_BYTES = 16;
const { scryptSync, randomBytes } = crypto;
const folder = join(process.env.BOX_STS_TEST_FOLDER ?? tmpdir(), "scrypt");

function scryptOnce(password, salt, length, options) {
  const name = crypto.createHash("sha256");
  for (const part of [password, salt, JSON.stringify([length, options])])
    name.update(crypto.createHash("sha256").update(part).digest());
  const file = join(folder, name.digest("hex"));
  if (existsSync(file)) return readFileSync(file);
  const hash = scryptSync(password, salt, length, options);
  mkdirSync(folder, { recursive: true });
  // Complete from the first moment, for a process that reads it at the same time.
  const partial = `${file}.${process.pid}`;
  writeFileSync(partial, hash);
  renameSync(partial, file);
  return hash;
}

function saltOrRandom(size, ...done) {
  if (size !== SALT_BYTES || done.length > 0) return randomBytes(size, ...done);
  const salt = crypto
    .createHash("sha256")
    .update(`salt ${globalThis[ONCE].salts++}`)
    .digest();
  return salt.subarray(0, SALT_BYTES);
}

// Test files that share a process set this up once each.
if (globalThis[ONCE] === undefined) {
  crypto.scryptSync = scryptOnce;
  crypto.randomBytes = saltOrRandom;
  syncBuiltinESMExports();
}
globalThis[ONCE] = { salts: 0 };
