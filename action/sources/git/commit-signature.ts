import { Buffer } from "node:buffer";

/** `gpgsig` as `git commit -S` writes it, with the comment that older GnuPG added; the body is captured. */
const SIGNATURE =
  /^gpgsig(?:-sha256)? -----BEGIN (?:PGP|SSH) SIGNATURE-----\n(?: (?:Version|Comment): [\w .():/-]{1,38}\n)*(?: \n)?((?: [A-Za-z0-9+/]{1,76}={0,2}\n)+)(?: =[A-Za-z0-9+/]{4}\n)? -----END (?:PGP|SSH) SIGNATURE-----\n(?: \n)?/m;

/**
 * The headers without the signature of the commit. It is known by its form: what is no signature from the first to
 * the last octet stays.
 */
export const withoutSignature = (headers: string): string =>
  headers.replace(SIGNATURE, (whole: string, body: string) =>
    isSignature(Buffer.from(body, "base64")) ? "" : whole,
  );

/** What an SSH signature begins with (PROTOCOL.sshsig), and its version. */
const SSHSIG = "SSHSIG\0\0\0\x01";
/** Octets of an SSH signature by a key of 16,384 bits. */
const LARGEST_SSHSIG = 8 * 1024;

const isSignature = (bytes: Buffer): boolean =>
  bytes.toString("latin1", 0, SSHSIG.length) === SSHSIG
    ? bytes.length <= LARGEST_SSHSIG
    : sizeOfPacket(bytes) === bytes.length;

/** Of a signature packet of OpenPGP (RFC 9580 §4.2 and §5.2), in the old or the new format of headers. */
function sizeOfPacket(bytes: Buffer): number | undefined {
  const [tag, first = 0, second = 0] = bytes;
  if (tag === 0x88) return 2 + first;
  if (tag === 0x89) return 3 + first * 256 + second;
  if (tag !== 0xc2) return undefined;
  if (first < 192) return 2 + first;
  return first < 224 ? 3 + (first - 192) * 256 + second + 192 : undefined;
}
