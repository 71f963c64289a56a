import crypto from "node:crypto";
import { createRequire } from "node:module";

/**
 * What the functions and the sandbox use of newer versions of Node than the package needs: they run on Lambda's. Does
 * nothing where Node has it. Whatever else Node 20 lacks is an error of `tools/node-20.tsconfig.json`.
 */
export function completeNode20(): void {
  Promise.withResolvers ??= <Value>() => {
    let settle: Pick<PromiseWithResolvers<Value>, "resolve" | "reject"> | undefined;
    const promise = new Promise<Value>((resolve, reject) => {
      settle = { resolve, reject };
    });
    return { promise, ...(settle as Pick<PromiseWithResolvers<Value>, "resolve" | "reject">) };
  };
  URL.parse ??= (url, base) => (URL.canParse(url, base) ? new URL(url, base) : null);
  crypto.hash ??= ((algorithm: string, data: string, encoding: crypto.BinaryToTextEncoding) =>
    crypto.createHash(algorithm).update(data).digest(encoding)) as typeof crypto.hash;
  // The built functions take Node's own modules with it. Its declaration has an overload for each of them.
  process.getBuiltinModule ??= createRequire(import.meta.url) as typeof process.getBuiltinModule;
}
