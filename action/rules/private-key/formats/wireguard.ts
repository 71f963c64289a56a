import { Buffer } from "node:buffer";
import { spend } from "../budget.ts";
import { withoutEscapes } from "../decode/escapes.ts";
import { hit, type KeyFormat } from "./key.ts";
import { isVaried } from "./varied.ts";
import { x25519Key } from "./x25519.ts";

/** The name, and 32 octets in base64: the last character before the padding has two bits of them. */
const LINE = /^PrivateKey\s{0,4}=\s{0,4}([A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=)(?![A-Za-z0-9+/=])/;
/** Characters of a line, escapes included. */
const LONGEST = 80;
/** Bytes around the key in which WireGuard is recognised. */
const NEAR = 2_000;
const WIREGUARD = /\[Interface\]|\[Peer\]|wireguard|AllowedIPs|ListenPort/i;

/** The private key of WireGuard's `wg.conf`, or of the section of systemd-networkd that has it (wg(8)). */
export const wireguard: KeyFormat = {
  name: "wireguard",
  at: ["wireguard"],
  find(bytes, { from }, budget) {
    const [line = "", encoded = ""] =
      LINE.exec(withoutEscapes(bytes.toString("latin1", from, from + LONGEST))) ?? [];
    if (line === "" || !spend(budget, 2 * NEAR)) return undefined;
    if (!WIREGUARD.test(bytes.toString("latin1", Math.max(0, from - NEAR), from + NEAR))) return undefined;
    const secret = Buffer.from(encoded, "base64");
    const key = isVaried(secret) ? x25519Key("wireguard", secret) : undefined;
    return key && hit(key, from, line.length);
  },
};
