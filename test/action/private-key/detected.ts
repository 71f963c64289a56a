import { detectKeys } from "../../../action/rules/private-key/detect.ts";

/** Fingerprints of the keys in a text, in order of position. Text goes through Latin-1, so that bytes survive. */
export const identitiesIn = (text: string): readonly string[] =>
  detectKeys(Buffer.from(text, "latin1")).map(({ key }) => key.identity);
