import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { parseConnectRequest } from "../../../../functions/lambda/authorize-url.ts";
import { lambdaContext } from "../../../support/lambda.ts";

/** The address that the audit line of a callback has. */
function addressOf(sourceIp: unknown): unknown {
  const state = "s".repeat(43);
  const nameEnd = createHash("sha256").update(state).digest("base64url").slice(0, 22);
  const event = {
    rawPath: "/callback",
    rawQueryString: `code=c&state=${state}`,
    cookies: [`__Host-box-sts-connect-${nameEnd}=sealed`],
    requestContext: { http: { method: "GET", sourceIp } },
  };
  const parsed = parseConnectRequest(event, lambdaContext(), undefined);
  if (!(parsed.ok && parsed.value.kind === "callback")) throw new Error("no callback");
  return parsed.value.request.labels?.sourceIp;
}

it.each(["192.0.2.7", "2001:db8::1"])("a callback's audit line has the address %s that AWS reports", (ip) => {
  expect(addressOf(ip)).toBe(ip);
});

it.each(["1".repeat(100), "not an address", "192.0.2.7\n{}", 7, null])(
  "a callback's audit line has no address where the event has %j in its place",
  (sourceIp) => {
    expect(addressOf(sourceIp)).toBeUndefined();
  },
);
