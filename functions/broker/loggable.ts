/** As long as the shortest token or secret that Box gives, or longer; without separators or with those of encodings. */
const SECRET_LIKE = /[A-Za-z0-9_\-+/=.]{24}/;

/** Words of letters, joined: the form of names and scopes, and of no secret, however long the whole is. */
const WORDS = /^[A-Za-z]{1,16}(?:[._-][A-Za-z]{1,16})*$/;

/**
 * A name that a caller wrote, for the log. A caller may have put its token or a secret instead of a name, so what
 * could be one is replaced.
 */
export function loggableName(name: string): string {
  return SECRET_LIKE.test(name) && !WORDS.test(name) ? "[...]" : name;
}
