import { Duplex } from "node:stream";

/** Two ends of a connection inside the process. That of `node:stream` needs Node 20.17. */
export function duplexPair(): [Duplex, Duplex] {
  const first = new End();
  const second = new End();
  first.other = second;
  second.other = first;
  return [first, second];
}

class End extends Duplex {
  other: End | undefined;
  /** Continues the writing of the other end, which waits until this one is read. */
  #written: (() => void) | undefined;

  override _read(): void {
    const written = this.#written;
    this.#written = undefined;
    written?.();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, written: () => void): void {
    this.other?.receive(chunk, written);
  }

  override _final(finished: () => void): void {
    this.other?.receive(null, finished);
  }

  receive(chunk: Buffer | null, done: () => void): void {
    // An empty chunk would cause no read.
    if (chunk === null || chunk.length === 0) process.nextTick(done);
    else this.#written = done;
    this.push(chunk);
  }
}
