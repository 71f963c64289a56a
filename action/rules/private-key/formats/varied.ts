/** Of 32 random bytes fewer than this are different once in a million times. */
const MIN_DIFFERENT = 22;

/** Whether bytes, at least 32, may be those of a key: a placeholder repeats a few. */
export const isVaried = (bytes: Uint8Array): boolean => new Set(bytes).size >= MIN_DIFFERENT;
