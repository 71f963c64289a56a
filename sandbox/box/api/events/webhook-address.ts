import { invalidParameter } from "../parameters.ts";

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/**
 * The address of a webhook. Box sends only to `https`, on port 443, to a host that is not its own. The sandbox also
 * sends to this machine, where any port and plain `http` will do. @throws ApiRefusal
 */
export function webhookAddress(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw refusal("must be a URL that begins with https://");
  if (LOOPBACK.test(url.hostname)) return text;
  if (url.protocol !== "https:") throw refusal("must begin with https:// unless it is on this machine");
  if (url.port !== "") throw refusal("must have the port 443 unless it is on this machine");
  if (/(?:^|\.)box\.com$/.test(url.hostname)) throw refusal("must not be on box.com");
  return text;
}

const refusal = (rule: string) => invalidParameter("address", `'address' ${rule}`);
