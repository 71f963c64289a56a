import http from "node:http";
import https from "node:https";
import { withRegion } from "../refusal.ts";
import { type CheckResult, passed } from "./check.ts";

const TIMEOUT_MS = 10_000;
/** Assertions live for 30 s and Box allows 60 s; official SDKs do not correct a clock. */
const WARN_SKEW_SECONDS = 10;
/** AWS refuses signatures whose time is further off. */
const MAX_SKEW_SECONDS = 300;

interface Reached {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  /** By how much this machine's clock is behind the host's; undefined where the response has no `Date`. */
  readonly skewSeconds: number | undefined;
}

/** What the system's and TLS's errors mean; anything else is reported by its name. */
const CAUSES: readonly (readonly [RegExp, string, string])[] = [
  [/^(?:ENOTFOUND|EAI_AGAIN)$/, "has no address here", "Check the name, DNS and the VPN."],
  [
    /^ECONNREFUSED$/,
    "refuses the connection",
    "Check the port and the firewall; of a sandbox, whether it is running.",
  ],
  [
    /^(?:ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)$/,
    "cannot be reached",
    "Check the network and the firewall: port 443 out; in a VPC, a NAT gateway.",
  ],
  [/^(?:ECONNRESET|EPIPE)$/, "closed the connection", "A firewall or a proxy in between may have closed it."],
  [
    /CERT|SIGNATURE|ISSUER|SELF_SIGNED/,
    "has a certificate that is not trusted here",
    "Where a proxy inspects TLS, name its authority: NODE_EXTRA_CA_CERTS=ca.pem.",
  ],
];

/** Sends one request without credentials. */
function reach(url: URL): Promise<Reached> {
  const { request } = url.protocol === "http:" ? http : https;
  return new Promise((resolve, reject) => {
    const begun = Date.now();
    const sent = request(url, { method: "GET", agent: false, headers: { "user-agent": "box-sts" } });
    sent.setTimeout(TIMEOUT_MS, () =>
      sent.destroy(Object.assign(new Error("timed out"), { code: "ETIMEDOUT" })),
    );
    sent.once("error", reject);
    sent.once("response", (response) => {
      const { statusCode: status = 0, headers } = response;
      response.resume();
      response.destroy();
      // `Date` has whole seconds; the response was made somewhere between the two.
      const there = Date.parse(headers.date ?? "") + 500;
      const skewSeconds = Math.round((there - (begun + Date.now()) / 2) / 1_000);
      resolve({ status, headers, skewSeconds: Number.isNaN(skewSeconds) ? undefined : skewSeconds });
    });
    sent.end();
  });
}

/** Whether a host responds, and this machine's clock by its `Date`. @param expects what its response must be */
export async function networkChecks(
  url: URL,
  {
    name,
    expects,
    env,
    region,
  }: {
    readonly name: string;
    readonly env: NodeJS.ProcessEnv;
    /** Of the host, if it is AWS's. */
    readonly region?: string;
    expects(got: Reached): boolean;
  },
): Promise<readonly CheckResult[]> {
  let reached: Reached;
  try {
    reached = await reach(url);
  } catch (error) {
    const code = String((error as NodeJS.ErrnoException).code ?? "unknown error");
    return [networkFailure(url, code, env, region)];
  }
  const { status, skewSeconds } = reached;
  if (!expects(reached)) {
    const summary = `${url.host} responds with ${status}, which ${name} does not: something else responds there.`;
    const next = "Check the address; a login page of a network, or a proxy, may respond in its place.";
    return [{ check: "network", status: "failed", summary, code: "unexpected_host", next }];
  }
  const network = passed("network", `${name} responds at ${url.host}.`, { host: url.host, status });
  return [network, ...(skewSeconds === undefined ? [] : [clockCheck(name, skewSeconds)])];
}

function networkFailure(
  { host }: URL,
  code: string,
  env: NodeJS.ProcessEnv,
  region: string | undefined,
): CheckResult {
  const [, what = `did not respond (${code})`, next = "Check the network."] =
    CAUSES.find(([pattern]) => pattern.test(code)) ?? [];
  const proxy = proxyOf(env);
  const summary = `${host} ${what}${what.includes(code) ? "" : ` (${code})`}.`;
  const hint = proxy === undefined ? "" : ` ${proxy.name} is set, and box-sts connects without a proxy.`;
  return {
    check: "network",
    status: "failed",
    summary,
    code: "unreachable",
    next: `${withRegion(next, region)}${hint}`,
  };
}

/** @param skewSeconds by how much this machine's clock is behind */
function clockCheck(name: string, skewSeconds: number): CheckResult {
  const off = Math.abs(skewSeconds);
  const facts = { skewSeconds };
  if (off <= WARN_SKEW_SECONDS) {
    return passed("clock", `This machine's clock differs from ${name}'s by ${off} s.`, facts);
  }
  const summary = `This machine's clock is ${off} s ${skewSeconds > 0 ? "behind" : "ahead of"} ${name}'s.`;
  const next = "Set the clock, for example: sudo timedatectl set-ntp true.";
  if (off > MAX_SKEW_SECONDS) {
    return {
      check: "clock",
      status: "failed",
      summary: `${summary} AWS accepts 300 s.`,
      code: "clock_wrong",
      next,
      facts,
    };
  }
  const others = "box-sts corrects it by itself; official SDKs are refused.";
  return {
    check: "clock",
    status: "warning",
    summary: `${summary} ${others}`,
    code: "clock_skewed",
    next,
    facts,
  };
}

const PROXY_VARIABLES = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

/** The variable that names a proxy, and the proxy's host: its URL may hold a password. */
function proxyOf(env: NodeJS.ProcessEnv): { readonly name: string; readonly host: string } | undefined {
  const name = PROXY_VARIABLES.find((variable) => env[variable]);
  if (name === undefined) return undefined;
  const value = env[name] ?? "";
  return { name, host: URL.canParse(value) ? new URL(value).host : "an address that is no URL" };
}

/** Whether a proxy is configured for this shell, which no part of box-sts uses. */
export function proxyCheck(env: NodeJS.ProcessEnv): CheckResult {
  const proxy = proxyOf(env);
  if (proxy === undefined) return passed("proxy", "No variable names a proxy; box-sts connects directly.");
  return {
    ...{ check: "proxy", status: "warning", code: "proxy_not_used", facts: { variable: proxy.name } },
    summary: `${proxy.name} names ${proxy.host}; box-sts connects directly.`,
    next: "Where only the proxy leads out, allow this machine or the function's subnets to reach the host on port 443.",
  };
}
