/*
 * Whether letters and digits are random. A value whose own name names Box is taken for a secret unless a
 * person made it up; any other has to look random as well.
 */

/** Values that Box's public documentation and the tests of its SDKs show; they open nothing. */
const DOCUMENTED: ReadonlySet<string> = new Set([
  "hOzsTeFlT6ko0dme22uGbQal04SBPYc1",
  "ly1nj6n11vionaie65emwzk575hnnmrk",
  "T9cE5asGnuyYCCqIZFoWjFHvNbvVqHjl",
  "ZFoWjFHvNbvVqHjlT9cE5asGnuyYCCqI",
  "n22JPxrh18m4Y0wIZPIqYZK7VRrsMTWW",
  "EGmDmRVfhfHsqesn5yVYHAqUkD0dyDfk",
  // The webhook keys of the Java SDK's migration guide.
  "4py2I9eSFb0ezXH5iPeQRcFK1LRLCdip",
  "Aq5EEEjAu4ssbz8n9UMu7EerI0LKj2TL",
  "J7rxTiWOHMoSC1isKZKBZWizoRXjkQzig5C6jFgCVJ9bUnsUfGMinKBDLZWP9BgR",
  "c3FIOG9vSGV4VHo4QzAyg5T1JvNnJoZ3ExaVNyQWw6WjRsanRKZG5lQk9qUE1BVQ",
]);

/** Of 32 random hexadecimal digits fewer than this are different once in ten million times. */
const MIN_DIFFERENT = 7;
/** Of 32 random hexadecimal digits the class changes 14 times on average; words and counters change less. */
const MIN_CLASS_CHANGES = 5;
/** Five characters in sequence are in one of 170,000 random values of 32 letters and digits. */
const MAX_SEQUENCE = 5;

/** Words put together, as programs name things, and a number or two; random text is once in 100,000. */
const IDENTIFIER = /^[a-z]*(?:[A-Z][a-z]+)+(?:[0-9]{1,4}(?:[A-Z][a-z]+)+)?[0-9]{0,4}$/;

/** Whether letters and digits appear to be machine-generated, and are not known to be public. */
export function looksRandom(value: string): boolean {
  if (isMadeUp(value) || IDENTIFIER.test(value)) return false;
  if (!/[0-9]/.test(value) || !/[A-Za-z]/.test(value)) return false;
  return classChanges(value) >= MIN_CLASS_CHANGES && longestSequence(value) < MAX_SEQUENCE;
}

/** Whether a person made the value up, or all the world knows it: of random values one in 500,000. */
export const isMadeUp = (value: string): boolean =>
  DOCUMENTED.has(value) ||
  new Set(value).size < MIN_DIFFERENT ||
  isWords(value) ||
  KEYBOARD.test(value) ||
  isSequence(value) ||
  repeatsItself(value);

const KEYBOARD = /qwerty|asdfgh|zxcvbn|1q2w3e/i;
/** Words in one case, or few of them, with a number behind them. */
const WORDS = /^[A-Za-z]+[0-9]*$/;
/** Random letters of two cases change more often than those of `mySecretOfTheBoxApp`. */
const MAX_WORD_CHANGES = 8;
/** English has 38 vowels in 100 letters, random letters have 19. */
const MIN_VOWELS = 0.3;

function isWords(value: string): boolean {
  const letters = value.replace(/[0-9]/g, "");
  if (letters.replace(/[^aeiou]/gi, "").length < MIN_VOWELS * letters.length) return letters === "";
  return IDENTIFIER.test(value) || (WORDS.test(value) && classChanges(value) <= MAX_WORD_CHANGES);
}

/** The distances at which characters count on: `abc`, `a1b2c3`, `ab1ab2ab3`. */
const DISTANCES = [1, 2, 3, 4] as const;
/** Of 31 pairs of random hexadecimal digits 20 count on once in ten million times. */
const MAX_STEPS = 0.62;
/** Eight in sequence are in one of four million random values in hexadecimal, six in one of 700,000 others. */
const [HEX_IN_SEQUENCE, IN_SEQUENCE] = [8, 6];
const HEX = /^[0-9A-Fa-f]+$/;

const isSequence = (value: string) =>
  longestSequence(value) >= (HEX.test(value) ? HEX_IN_SEQUENCE : IN_SEQUENCE) ||
  DISTANCES.some((distance) => steps(value, distance) > MAX_STEPS * (value.length - distance));

/** How many characters are the same as, or the neighbour of, the one so many places before. */
function steps(value: string, distance: number): number {
  let count = 0;
  for (let at = distance; at < value.length; at++)
    if (Math.abs(value.charCodeAt(at) - value.charCodeAt(at - distance)) < 2) count++;
  return count;
}

const classOf = (character: string) => (/[0-9]/.test(character) ? 0 : /[a-z]/.test(character) ? 1 : 2);

/** How often lower case, upper case and digits follow each other; words and counters do it seldom. */
function classChanges(value: string): number {
  const classes = [...value].map(classOf);
  return classes.filter((kind, at) => at > 0 && kind !== classes[at - 1]).length;
}

/** Of `abcd`, `4321` and `aaaa`: 4. */
function longestSequence(value: string): number {
  let longest = 1;
  for (const step of [-1, 0, 1]) {
    let length = 1;
    for (let at = 1; at < value.length; at++) {
      length = value.charCodeAt(at) - value.charCodeAt(at - 1) === step ? length + 1 : 1;
      longest = Math.max(longest, length);
    }
  }
  return longest;
}

function repeatsItself(value: string): boolean {
  for (let period = 1; period <= value.length / 2; period++) {
    if (value.startsWith(value.slice(period))) return true;
  }
  return false;
}
