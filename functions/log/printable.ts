/** Long enough to be a key, token, secret or assertion. */
const SECRET_LIKE = /[A-Za-z0-9_\-+/=.]{24,}/g;
const ARN_OR_SECRET_LIKE = /arn:[a-z0-9-]+:[A-Za-z0-9:_/+=,.@-]{1,300}|[A-Za-z0-9_\-+/=.]{24,}/g;
/** Signs of a document rather than a sentence: an echoed config, form or PEM. */
const DOCUMENT = /[{}<>"\\&]|-----/;

/** Words of letters, joined: the form of Box's codes, and of no secret, however long the whole is. */
const CODE = /^(?=.{1,64}$)[a-z]{1,16}(?:_[a-z]{1,16})*$/;

/** An upstream's error code for our log; like a sentence where it has not the form of one. */
export function printableCode(code: string): string {
  return CODE.test(code) ? code : printable(code);
}

/** An upstream's sentence for our log: one line, cut short, and without anything long enough to be a secret. */
export function printable(words: string): string {
  return oneLine(words).replace(SECRET_LIKE, "[...]").slice(0, 300);
}

/**
 * The same for AWS's sentences, whose ARNs the operator needs. AWS never quotes a document, so what holds signs of
 * one was not written by AWS, and nothing of it is kept: a passphrase can be short.
 */
export function printableAws(words: string): string {
  if (DOCUMENT.test(words)) return "[...]";
  const kept = oneLine(words).replace(ARN_OR_SECRET_LIKE, (word) =>
    word.startsWith("arn:") ? word : "[...]",
  );
  return kept.slice(0, 400);
}

function oneLine(words: string): string {
  return words.replace(/[^\x20-\x7e]/g, "?");
}
