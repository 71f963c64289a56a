import type { Decoder } from "./decoder.ts";
import { encodedText } from "./encoded-text.ts";
import { numbers } from "./number-lists.ts";
import { utf16 } from "./utf16.ts";

/** Every encoding whose content is searched again. Escapes and line wrapping are undone where a key is read. */
export const DECODERS: readonly Decoder[] = [utf16, encodedText, numbers];
