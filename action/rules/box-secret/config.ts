import { checkCommittedConfig, type OpenSecret } from "../../../schemas/box-config/committed.ts";
import { SECRET_PROPERTIES } from "../../../schemas/box-config/committed-schema.ts";
import type { Content } from "../../scan/content.ts";
import type { Finding } from "../../scan/finding.ts";
import type { BindSecret } from "../../scan/rule.ts";
import { inFile } from "../../scan/text.ts";
import { boxConfigIn } from "../box-config-document.ts";
import { kindCalled } from "./kinds.ts";
import { isMadeUp } from "./randomness.ts";

/** The shortest text that is taken for a secret that a person chose, such as a passphrase. */
const SHORTEST_SECRET = 6;

/** The secrets of the Box config that the content is, without the private key. */
export function secretsOfConfig(content: Content, bind: BindSecret): readonly Finding[] {
  const config = boxConfigIn(content);
  if (config?.document === undefined) return [];
  return checkCommittedConfig(config.document)
    .open.filter(({ pointer }) => pointer !== "/boxAppSettings/appAuth/privateKey")
    .flatMap((secret) => configFinding(content, secret, config.certain, bind));
}

/** Certain if the value has the form that Box generates; nothing if it could not be a secret. */
function configFinding(
  content: Content,
  { pointer, value, position: { line, column } }: OpenSecret,
  certain: boolean,
  bind: BindSecret,
): readonly Finding[] {
  const kind = kindCalled(pointer);
  const made = kind?.shape.test(value.trim()) ?? false;
  if (kind === undefined || (made ? isMadeUp(value.trim()) : value.length < SHORTEST_SECRET)) return [];
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
      message: `${pointer}: the ${SECRET_PROPERTIES[pointer]} of a Box app is in plain text.`,
      fix: kind.fix,
    },
  ];
}
