import { SignatureV4 } from "@smithy/signature-v4";
import type { Identity } from "../../../sandbox/aws/identities.ts";
import { Sha256 } from "../../support/sha256.ts";

export interface SignedInit {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly region?: string;
}

type Keys = Pick<Identity, "accessKeyId" | "secretAccessKey" | "sessionToken">;

/** `fetch`, signed by the AWS SDK's own signer for the service `lambda`. */
export async function signedFetch(url: string, identity: Keys, init: SignedInit = {}): Promise<Response> {
  const { method = "GET", headers = {}, body, region = "us-east-1" } = init;
  const { host, hostname, port, pathname, searchParams } = new URL(url);
  const query: Record<string, string[]> = Object.create(null);
  for (const [name, value] of searchParams) query[name] = [...(query[name] ?? []), value];
  const lower = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const signer = new SignatureV4({ credentials: { ...identity }, region, service: "lambda", sha256: Sha256 });
  const { headers: signed } = await signer.sign({
    method,
    protocol: "http:",
    hostname,
    port: Number(port),
    path: pathname,
    query,
    headers: { "content-type": "text/plain", ...lower, host },
    ...(body === undefined ? {} : { body }),
  });
  const { host: _host, ...sent } = signed;
  return fetch(url, { method, headers: sent, ...(body === undefined ? {} : { body }) });
}
