import type { Buffer } from "node:buffer";
import { checkCommittedConfig, type OpenSecret } from "../../schemas/committed-config.ts";
import { SECRET_MEMBERS } from "../../schemas/committed-schema.ts";
import type { Content } from "../content.ts";
import type { Finding } from "../finding.ts";
import { boxConfigIn } from "./box-config-document.ts";
import { kindCalled, looksDrawn } from "./box-secret-kinds.ts";
import { secretsInText } from "./box-secret-text.ts";
import { namesBox } from "./box-words.ts";
import type { BindSecret, Rule } from "./rule.ts";
import { asUtf8, inFile } from "./text.ts";

/**
 * Client secrets, passphrases, webhook keys and tokens of Box, in a Box config by their member and elsewhere by
 * form, name and surroundings. The private key is the affair of `private-key`.
 */
export const boxSecretRuleWith = (bind: BindSecret): Rule => ({
  id: "box-secret",
  find(content, tellGap, budget) {
    const bytes = asUtf8(content.bytes);
    // The first bytes tell text from binary files, as Git does.
    if (bytes.subarray(0, HEAD_BYTES).includes(0)) return [];
    const mentioned = mentionsBox(content.path, bytes);
    if (!mentioned && !/\.json[c5]?$/i.test(content.path)) return [];
    const bound: BindSecret = (identity, secret) => bind(identity, secret, tellGap);
    const ofConfig = secretsOfConfig(content, bound);
    if (!mentioned) return ofConfig;
    const elsewhere = secretsInText(content, bytes, tellGap, budget, bound).filter(
      (one) => !ofConfig.some((other) => other.line === one.line && Math.abs(other.column - one.column) < 2),
    );
    return [...ofConfig, ...elsewhere].sort(
      (one, other) => one.line - other.line || one.column - other.column,
    );
  },
});

/** Without suppressions to compare with. */
export const boxSecretRule = boxSecretRuleWith(() => undefined);

const HEAD_BYTES = 8000;

const mentionsBox = (path: string, bytes: Buffer): boolean =>
  bytes.includes("box") || bytes.includes("BOX") || bytes.includes("Box") || namesBoxFolder(path);

const namesBoxFolder = (path: string) => /box/i.test(path) && path.split("/").some(namesBox);

/** The shortest text that is taken for a secret of somebody's own choice, such as a passphrase. */
const SHORTEST_SECRET = 6;

function secretsOfConfig(content: Content, bind: BindSecret): readonly Finding[] {
  const config = boxConfigIn(content);
  if (config?.document === undefined) return [];
  return checkCommittedConfig(config.document)
    .open.filter(({ pointer }) => pointer !== "/boxAppSettings/appAuth/privateKey")
    .flatMap((secret) => configFinding(content, secret, config.certain, bind));
}

/** Certain if the value is as Box makes them; nothing if nobody would take it for a secret. */
function configFinding(
  content: Content,
  { pointer, value, line, column }: OpenSecret,
  certain: boolean,
  bind: BindSecret,
): readonly Finding[] {
  const kind = kindCalled(pointer);
  const made = kind?.shape.test(value) ?? false;
  if (kind === undefined || (made ? !looksDrawn(value) : value.length < SHORTEST_SECRET)) return [];
  const identity = `box-secret:${content.path}#${pointer}`;
  const secretHash = bind(identity, value);
  return [
    {
      rule: "box-secret",
      certainty: made && certain ? "certain" : "partial",
      kind: kind.name,
      identity,
      ...(secretHash !== undefined && { secretHash }),
      ...inFile(content, { line, column }),
      message: `${pointer}: the ${SECRET_MEMBERS[pointer]} of a Box app stands in the open.`,
      fix: kind.fix,
    },
  ];
}
