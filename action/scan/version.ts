/** The version of `package.json`, which a test compares: the bundle does not carry that file. */
export const VERSION = "0.1.0";
