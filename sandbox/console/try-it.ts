import { createHash } from "node:crypto";
import { signedHeaders } from "../../client/sigv4.ts";
import { type Caller, SAMPLE_CALLERS } from "../sample/callers.ts";

/** A caller of the token function, as the console lists it. */
export interface ListedCaller {
  readonly name: string;
  readonly roleArn: string;
  /** What the policy lets it have, in words. */
  readonly gets: string;
}

/** Lets a person call the token function from the console. */
export interface CallerConsole {
  readonly callers: readonly ListedCaller[];
  /** Names by which the token function knows its apps. */
  readonly apps: readonly string[];
  /** @returns the response, or `undefined` where there is no such caller */
  call(name: string, request: TriedRequest): Promise<TriedResponse | undefined>;
}

export interface TriedRequest {
  /** Name of an app; absent for the only one. */
  readonly app: string | undefined;
  /** Id of a Box user; absent for the Service Account. */
  readonly subject: string | undefined;
  /** Space-separated; absent for what the policy allows. */
  readonly scope: string | undefined;
}

export interface TriedResponse {
  readonly status: number;
  readonly durationMs: number;
  /** JSON, with its token cut to the first characters and a hash; or the start of a text. */
  readonly body: unknown;
}

export interface CallerConsoleSettings {
  readonly tokenUrl: string;
  readonly region: string;
  readonly callers: readonly Caller[];
  readonly apps: readonly string[];
}

/** The callers by name, each with the keys that the sandbox has given it. The keys never come to the browser. */
export function callerConsole({ tokenUrl, region, callers, apps }: CallerConsoleSettings): CallerConsole {
  return {
    apps,
    callers: callers.map((caller) => ({ name: caller.name, roleArn: caller.roleArn, gets: getsOf(caller) })),
    async call(name, request) {
      const caller = callers.find((candidate) => candidate.name === name);
      if (caller === undefined) return undefined;
      const start = performance.now();
      const response = await fetch(tokenUrl, signedRequest(tokenUrl, region, caller, request));
      const text = await response.text();
      return { status: response.status, durationMs: performance.now() - start, body: shortened(text) };
    },
  };
}

/** What the sample policy lets a caller have; a policy of the user's own says that itself. */
const getsOf = ({ name, alias }: Caller): string =>
  Object.hasOwn(SAMPLE_CALLERS, name)
    ? SAMPLE_CALLERS[name as keyof typeof SAMPLE_CALLERS]
    : `alias ${alias}`;

function signedRequest(url: string, region: string, caller: Caller, request: TriedRequest): RequestInit {
  const { app, subject, scope } = request;
  const body = new URLSearchParams({
    ...(app === undefined ? {} : { app }),
    box_subject_type: subject === undefined ? "enterprise" : "user",
    ...(subject === undefined ? {} : { box_subject_id: subject }),
    ...(scope === undefined ? {} : { scope }),
  }).toString();
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const { host: _, ...sent } = signedHeaders(
    { url: new URL(url), headers, body },
    region,
    caller,
    new Date(),
  );
  return { method: "POST", headers: sent, body };
}

const SHOWN_CHARACTERS = 8;
const MAX_TEXT = 300;

function shortened(text: string): unknown {
  try {
    const hide = (name: string, value: unknown) =>
      name === "access_token" && typeof value === "string" ? startAndHash(value) : value;
    return JSON.parse(text, hide);
  } catch {
    return text.slice(0, MAX_TEXT);
  }
}

function startAndHash(token: string): string {
  const hash = createHash("sha256").update(token).digest("hex");
  return `${token.slice(0, SHOWN_CHARACTERS)}… (${token.length} characters, SHA-256 ${hash})`;
}
