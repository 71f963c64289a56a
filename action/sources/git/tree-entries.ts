/** An entry of a tree object. */
export interface TreeEntry {
  /** In octal, as Git writes it: `40000`, `100644`. */
  readonly mode: string;
  readonly name: string;
  /** The name of the object in hexadecimal digits; made only on request. */
  object(): string;
}

const SPACE = 0x20;
const NUL = 0;

export const isFolder = ({ mode }: TreeEntry): boolean => mode === "40000" || mode === "040000";
export const isSubmodule = ({ mode }: TreeEntry): boolean => mode === "160000";

/** `MODE NAME NUL HASH`, one after the other; ends where the bytes are none. `hashBytes`: 20 in SHA-1, 32 in SHA-256. */
export function* treeEntries(bytes: Buffer, hashBytes: number): Generator<TreeEntry> {
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(SPACE, at);
    const end = space === -1 ? -1 : bytes.indexOf(NUL, space + 1);
    const next = end + 1 + hashBytes;
    if (end === -1 || next > bytes.length) return;
    yield {
      mode: bytes.toString("latin1", at, space),
      name: bytes.toString("utf8", space + 1, end),
      object: () => bytes.toString("hex", end + 1, next),
    };
    at = next;
  }
}

/** All bytes of an object. */
export async function wholeOf(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  const copies: Buffer[] = [];
  for await (const chunk of chunks) copies.push(Buffer.from(chunk));
  return Buffer.concat(copies);
}
