import { createHash, randomBytes } from "node:crypto";

/** A part that was uploaded. */
export interface UploadPart {
  readonly id: string;
  /** Where it begins in the file. */
  readonly offset: number;
  readonly content: Buffer;
  /** Lower-case hex. */
  readonly sha1: string;
}

/** An upload in parts, of a new file or of a version of one. */
export interface UploadSession {
  readonly id: string;
  /** Folder of the new file; `undefined` for a version. */
  readonly folderId: string | undefined;
  /** File that gets a version; `undefined` for a new file. */
  readonly fileId: string | undefined;
  /** `undefined` keeps the name of the file. */
  readonly name: string | undefined;
  /** Of the file, in bytes. */
  readonly size: number;
  /** Who alone may upload to it. */
  readonly userId: string;
  /** By Box's clock, in milliseconds since 1970. */
  readonly expiresAt: number;
  readonly parts: Map<number, UploadPart>;
}

/** Every part but the last has this size. */
export const PART_SIZE = 8 * 1024 * 1024;
const LIFE_MILLISECONDS = 7 * 24 * 3_600_000;

export function newSession(
  facts: Omit<UploadSession, "id" | "expiresAt" | "parts">,
  now: number,
): UploadSession {
  const id = randomBytes(16).toString("hex").toUpperCase();
  return { ...facts, id, expiresAt: now + LIFE_MILLISECONDS, parts: new Map() };
}

export function newPart(offset: number, content: Buffer): UploadPart {
  const id = randomBytes(4).toString("hex").toUpperCase();
  return { id, offset, content, sha1: createHash("sha1").update(content).digest("hex") };
}

export const partCount = ({ size }: UploadSession): number => Math.ceil(size / PART_SIZE);
