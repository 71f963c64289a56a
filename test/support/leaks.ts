import type { GeneratedApp } from "../../sandbox/apps/app.ts";

/** A leak of fewer characters than this could be chance. */
const PIECE = 12;
/** How every assertion begins: `{"alg":`, in base64url. */
const ASSERTION = "eyJhbGciOi";

/** Every piece of 12 characters of the secrets. */
export function piecesOf(...secrets: readonly string[]): ReadonlySet<string> {
  const pieces = new Set<string>();
  for (const secret of secrets) {
    for (let at = 0; at + PIECE <= secret.length; at++) pieces.add(secret.slice(at, at + PIECE));
  }
  return pieces;
}

/** The secret values of a config: client secret, passphrase, and the key's body line by line. */
export function secretsOf({ config }: Pick<GeneratedApp, "config">): readonly string[] {
  const { clientSecret, appAuth } = config.boxAppSettings;
  const body = appAuth.privateKey.split("\n").filter((line) => line !== "" && !line.startsWith("-----"));
  return [clientSecret, appAuth.passphrase, ...body];
}

/** Where `text` has one of the pieces, or an assertion; -1 if nowhere. */
export function leakIn(text: string, ...pieces: readonly ReadonlySet<string>[]): number {
  for (let at = 0; at + PIECE <= text.length; at++) {
    const piece = text.slice(at, at + PIECE);
    if (pieces.some((some) => some.has(piece))) return at;
  }
  return text.indexOf(ASSERTION);
}
