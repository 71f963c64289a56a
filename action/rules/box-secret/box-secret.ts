import { Buffer } from "node:buffer";
import { comparePositions, type Position } from "../../../schemas/json/position.ts";
import type { BindSecret, Rule } from "../../scan/rule.ts";
import { asUtf8 } from "../../scan/text.ts";
import { configRole } from "../box-config-document.ts";
import { pathNamesBox } from "./components.ts";
import { BOX_WORDS } from "./confidence.ts";
import { secretsOfConfig } from "./config.ts";
import { mayHideBox } from "./encoded.ts";
import { secretsInText } from "./text.ts";

/**
 * Client secrets, passphrases, webhook keys and tokens of Box, in a Box config by their property and elsewhere by
 * form, name and context. The private key is handled by `private-key`.
 */
export const boxSecretRuleWith = (bind: BindSecret): Rule => ({
  id: "box-secret",
  role: (path) => `${configRole(path)} ${JSON_NAME.test(path)} ${pathNamesBox(path)}`,
  nameHint: /\.json|box/i,
  folderRole: (path) => String(pathNamesBox(path)),
  find(content, onSkipped, budget) {
    const bytes = asUtf8(content.bytes, content.encoding);
    // The first bytes distinguish text from binary files, as in Git.
    if (bytes.subarray(0, HEAD_BYTES).includes(0)) return [];
    const mentioned = mentionsBox(content.path, bytes) || mentionsBox("", content.head ?? NONE);
    if (!mentioned && !JSON_NAME.test(content.path)) return [];
    const bound: BindSecret = (identity, secret) => bind(identity, secret, onSkipped);
    const ofConfig = secretsOfConfig(content, bound);
    if (!mentioned) return ofConfig;
    const elsewhere = secretsInText(content, bytes, onSkipped, budget, bound).filter(
      (one) => !ofConfig.some((other) => isSameValue(other, one)),
    );
    return [...ofConfig, ...elsewhere].sort(comparePositions);
  },
});

/** Without suppressions to compare with. */
export const boxSecretRule = boxSecretRuleWith(() => undefined);

/** The quotation mark of the value, and white space that pads it; the next value is further away. */
const MAX_PADDING = 12;

/** Whether what was found in the text of a config is the value of one of its properties. */
const isSameValue = (ofConfig: Position, inText: Position): boolean =>
  inText.line === ofConfig.line &&
  inText.column >= ofConfig.column - 1 &&
  inText.column < ofConfig.column + MAX_PADDING;

const NONE = Buffer.alloc(0);
/** As many as Git reads to distinguish text from binary files. */
const HEAD_BYTES = 8000;
const JSON_NAME = /\.json[c5]?$/i;

const mentionsBox = (path: string, bytes: Buffer): boolean =>
  BOX_WORDS.some((word) => bytes.includes(word)) || pathNamesBox(path) || mayHideBox(bytes);
