import { createHash, createHmac } from "node:crypto";

type Source = string | ArrayBuffer | ArrayBufferView;

/** SHA-256 or, with a key, HMAC, in the shape that the AWS SDK's signer requires. */
export class Sha256 {
  readonly #hash;

  constructor(key?: Source) {
    this.#hash = key === undefined ? createHash("sha256") : createHmac("sha256", bytesOf(key));
  }

  update(data: Source): void {
    this.#hash.update(bytesOf(data));
  }

  async digest(): Promise<Uint8Array> {
    return new Uint8Array(this.#hash.digest());
  }

  reset(): void {}
}

function bytesOf(source: Source): string | Uint8Array {
  if (typeof source === "string") return source;
  return ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : new Uint8Array(source);
}
