import type { Position } from "../../../schemas/json/position.ts";
import { describeKey } from "../../report/describe-key.ts";
import type { Content } from "../../scan/content.ts";
import type { Finding } from "../../scan/finding.ts";
import { positionsOf } from "../../scan/position.ts";
import type { Rule } from "../../scan/rule.ts";
import type { OnSkipped } from "../../scan/skipped.ts";
import { boxConfigIn } from "../box-config-document.ts";
import type { Budget } from "./budget.ts";
import { detectKeys } from "./detect.ts";
import type { Hit } from "./formats/key.ts";

/** The name of the file that Box offers for download contains the id of its key. */
const CONFIG_NAME = /(?:^|\/)\d{1,20}_([a-z0-9]{8})_config\.json$/;

/**
 * Private keys of every format in every wrapping. A key is reported where it begins (or where the text begins that
 * encodes it), once for each place; public keys, certificates, placeholders and mere mentions are not.
 */
export const privateKeyRule: Rule = {
  id: "private-key",
  find(content: Content, onSkipped?: OnSkipped, budget?: Budget): readonly Finding[] {
    const hits = detectKeys(content.bytes, onSkipped, budget, content.encoding);
    if (hits.length === 0) return [];
    const positions = positionsOf(
      content.bytes,
      content.start,
      hits.map(({ offset }) => offset),
      content.encoding,
    );
    const isConfig = boxConfigIn(content) !== undefined;
    return hits.map((hit, at) => finding(hit, positions[at] ?? content.start, content.path, isConfig));
  },
};

function finding(hit: Hit, { line, column }: Position, path: string, isConfig: boolean): Finding {
  const { container, certainty, identity } = hit.key;
  const kind = describeKey(hit.key);
  const publicKeyID = hit.publicKeyID ?? CONFIG_NAME.exec(path)?.[1];
  return {
    rule: "private-key",
    certainty,
    kind,
    identity,
    keyFormat: container,
    line,
    column,
    message: message(hit, kind),
    fix: publicKeyID === undefined ? FIX : boxFix(publicKeyID),
    ...(publicKeyID !== undefined && { publicKeyID }),
    ...((publicKeyID !== undefined || hit.ofBoxConfig || isConfig) && { ofBoxConfig: true as const }),
  };
}

function message({ key, opened }: Hit, kind: string): string {
  const size = key.bits === undefined ? "" : `, ${key.bits} bits`;
  const what = `${kind}${size}`;
  if (key.store)
    return `Here is an encrypted key store; whether it holds a private key shows only its passphrase: ${what}.`;
  if (key.certainty === "partial")
    return `Here is the beginning of a private key that is cut short: ${what}.`;
  if (!key.encryption) return `Here is a private key that is not encrypted: ${what}.`;
  return opened
    ? `Here is a private key with the passphrase that opens it beside it, so it is as open as a plain one: ${what}.`
    : `Here is an encrypted private key, as safe as its passphrase: ${what}.`;
}

const FIX =
  "Revoke this key where it is registered and make a new one outside of the repository; deleting it here leaves it in the history.";

const boxFix = (publicKeyID: string) =>
  `Remove key ${publicKeyID} in the Box Developer Console under Configuration, Add and Manage Public Keys, and keep the config of a new key pair outside of the repository.`;
