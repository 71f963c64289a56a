/**
 * RC2 in CBC mode (RFC 2268), for decryption alone: OpenSSL 3 has it no longer, and Java and OpenSSL 1 encrypted
 * the certificates of PKCS#12 with it. `bits`: the effective key length.
 */
export function decryptRc2(
  key: Uint8Array,
  bits: number,
  iv: Uint8Array,
  ciphertext: Uint8Array,
): Uint8Array {
  const words = expand(key, bits);
  const plain = new Uint8Array(ciphertext.length);
  let before = iv;
  for (let at = 0; at + BLOCK <= ciphertext.length; at += BLOCK) {
    const block = ciphertext.subarray(at, at + BLOCK);
    plain.set(
      decryptBlock(words, block).map((octet, index) => octet ^ (before[index] ?? 0)),
      at,
    );
    before = block;
  }
  return plain;
}

/** Octets. */
const BLOCK = 8;
/** RFC 2268 §3.1. */
const SHIFTS = [1, 2, 3, 5];

/** RFC 2268 §2: a permutation made of the digits of pi. */
const PI_TABLE = Uint8Array.from(
  (
    "d978f9c419ddb5ed28e9fd794aa0d89dc67e37832b76538e624c6488448bfba2" +
    "179a59f587b34f1361456d8d09817d32bd8f40eb86b77b0bf09521225c6b4e82" +
    "54d66593ce60b21c7356c014a78cf1dc1275ca1f3bbee4d1423dd430a33cb626" +
    "6fbf0eda4669075727f21d9bbc944303f811c7f690ef3ee706c3d52fc8661ed7" +
    "08e8eade8052eef784aa72ac354d6a2a961ad2715a1549744b9fd05e0418a4ec" +
    "c2e0416e0f51cbcc2491af50a1f47039997c3a8523b8b47afc02365b25559731" +
    "2d5dfa98e38a92ae05df2910676cbac9d300e6cfe19ea82c6316013f58e289a9" +
    "0d38341bab33ffb0bb480c5fb9b1cd2ec5f3db47e5a59c770aa62068fe7fc1ad"
  ).match(/../g) ?? [],
  (octet) => Number.parseInt(octet, 16),
);

const pi = (at: number) => PI_TABLE[at & 255] as number;

/** RFC 2268 §2. */
function expand(key: Uint8Array, bits: number): Uint16Array {
  const octets = new Uint8Array(128);
  octets.set(key);
  for (let at = key.length; at < 128; at++)
    octets[at] = pi((octets[at - 1] as number) + (octets[at - key.length] as number));
  const size = Math.ceil(bits / 8);
  octets[128 - size] = pi((octets[128 - size] as number) & (0xff >> (8 * size - bits)));
  for (let at = 127 - size; at >= 0; at--)
    octets[at] = pi((octets[at + 1] as number) ^ (octets[at + size] as number));
  return Uint16Array.from(
    { length: 64 },
    (_, at) => (octets[2 * at] as number) | ((octets[2 * at + 1] as number) << 8),
  );
}

/** RFC 2268 §4: five rounds of mixing, one of mashing, six, one, and five. */
function decryptBlock(words: Uint16Array, block: Uint8Array): Uint8Array {
  const r = [0, 1, 2, 3].map((at) => (block[2 * at] as number) | ((block[2 * at + 1] as number) << 8));
  const at = (index: number) => r[index & 3] as number;
  let next = 63;
  for (let round = 0; round < 16; round++) {
    for (let index = 3; index >= 0; index--) {
      const shift = SHIFTS[index] as number;
      const turned = ((at(index) >> shift) | (at(index) << (16 - shift))) & 0xffff;
      const mixed = (at(index + 3) & at(index + 2)) + (~at(index + 3) & at(index + 1));
      r[index] = (turned - (words[next--] as number) - mixed) & 0xffff;
    }
    if (round !== 4 && round !== 10) continue;
    for (let index = 3; index >= 0; index--)
      r[index] = (at(index) - (words[at(index + 3) & 63] as number)) & 0xffff;
  }
  return Uint8Array.from(r.flatMap((word) => [word & 255, word >> 8]));
}
