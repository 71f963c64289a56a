/**
 * What `@types/node` of 2023 lacks, beside the libraries of today's TypeScript: what Node 20.0 has, what
 * `sandbox/process/node-20.ts` completes, and what is used only where Node has it.
 */
interface Buffer {
  slice(start?: number, end?: number): Buffer & Uint8Array<ArrayBuffer>;
  entries(): ArrayIterator<[number, number]>;
  keys(): ArrayIterator<number>;
  values(): ArrayIterator<number>;
}

declare const crypto: typeof import("node:crypto").webcrypto;

declare module "crypto" {
  function hash(algorithm: string, data: string, encoding?: BinaryToTextEncoding): string;
  interface KeyObject {
    equals(other: KeyObject): boolean;
  }
}

declare module "http" {
  interface RequestOptions {
    createConnection?: (() => import("node:stream").Duplex) | undefined;
  }
  interface Agent {
    createConnection(
      options: ClientRequestArgs,
      callback?: (error: Error | null, stream: import("node:stream").Duplex) => void,
    ): import("node:stream").Duplex | null | undefined;
  }
}

declare module "url" {
  namespace URL {
    function parse(url: string, base?: string): URL | null;
  }
}

interface ImportMeta {
  readonly main?: boolean;
}

declare namespace NodeJS {
  interface Process {
    getBuiltinModule: NodeJS.Require;
  }
}
