import { base32 } from "./decode/base32.ts";
import { castNumbers } from "./decode/cast-numbers.ts";
import { characters } from "./decode/characters.ts";
import type { Decoder } from "./decode/decoder.ts";
import { dumps } from "./decode/dumps.ts";
import { encodedText } from "./decode/encoded-text.ts";
import { literals } from "./decode/literals.ts";
import { memoryRecords } from "./decode/memory-records.ts";
import { numbers } from "./decode/number-lists.ts";
import { utf16 } from "./decode/utf16.ts";
import { words } from "./decode/words.ts";
import { age } from "./formats/age.ts";
import { der } from "./formats/der.ts";
import { dotnetParameters, dotnetXml } from "./formats/dotnet-xml.ts";
import { encodedKey } from "./formats/encoded-key.ts";
import { jwk } from "./formats/jwk.ts";
import type { KeyFormat } from "./formats/key.ts";
import { msBlob } from "./formats/ms-blob.ts";
import { openssh } from "./formats/openssh.ts";
import { escapedPem, pem } from "./formats/pem.ts";
import { plainPem } from "./formats/plain-key.ts";
import { putty } from "./formats/putty.ts";
import { sshCom } from "./formats/ssh-com.ts";
import { toolPem } from "./formats/tool-pem.ts";
import { wireguard, wireguardValue } from "./formats/wireguard.ts";
import type { PlaceKind } from "./place.ts";

/** Every way in which a file may contain a key. At one place the first that finds a key counts. */
export const KEY_FORMATS: readonly KeyFormat[] = [
  plainPem,
  pem,
  escapedPem,
  toolPem,
  sshCom,
  der,
  openssh,
  encodedKey,
  jwk,
  dotnetParameters,
  wireguardValue,
  putty,
  dotnetXml,
  age,
  wireguard,
  msBlob,
];

/** Every encoding whose content is searched again. Escapes and line wrapping are undone where a key is read. */
export const DECODERS: readonly Decoder[] = [
  utf16,
  base32,
  memoryRecords,
  encodedText,
  numbers,
  dumps,
  words,
  castNumbers,
  characters,
  literals,
];

/** What is tried at one kind of place: the formats first. */
export interface Readers {
  readonly formats: readonly KeyFormat[];
  readonly decoders: readonly Decoder[];
}

const isAt =
  (kind: PlaceKind) =>
  ({ at }: KeyFormat | Decoder) =>
    at.includes(kind);

const READERS: ReadonlyMap<PlaceKind, Readers> = new Map(
  [...KEY_FORMATS, ...DECODERS]
    .flatMap(({ at }) => at)
    .map((kind) => [
      kind,
      { formats: KEY_FORMATS.filter(isAt(kind)), decoders: DECODERS.filter(isAt(kind)) },
    ]),
);

const NONE: Readers = { formats: [], decoders: [] };

export const readersAt = (kind: PlaceKind): Readers => READERS.get(kind) ?? NONE;
