import { access, constants } from "node:fs/promises";
import { join } from "node:path";
import { writePrivately } from "../apps/app.ts";
import { makeFolder } from "../process/make-folder.ts";
import { actorsByToken } from "./actors.ts";
import type { Assertion } from "./assertion.ts";
import { assertionOf, cleanAssertion } from "./describe.ts";
import { baseUrlsOf, upstreamsOf } from "./hosts.ts";
import { priorState } from "./prior-state.ts";
import { startProxy } from "./proxy.ts";
import { secretRemoval } from "./secrets.ts";
import { seedOf } from "./seed.ts";

export interface RecorderOptions {
  /** Folder for `assertions.jsonl` and `seed/box-seed.json`; made where it is missing. */
  readonly out: string;
  /** URL of Box's API; default: the real one. */
  readonly upstream?: string | undefined;
  /** 0, the default, picks a free one. */
  readonly port?: number | undefined;
  /** Certificates (PEM) of the authority behind `upstream`; default: the system's. */
  readonly ca?: string | undefined;
  /** Whether names and addresses of users are written; default: each has a placeholder. */
  readonly keepPeople?: boolean;
  /** A sentence for each request that is not recorded. */
  onFailure?(sentence: string): void;
}

export interface Recorder {
  readonly url: string;
  /** What the official SDKs take as their base URLs. */
  readonly baseUrls: { readonly baseUrl: string; readonly uploadUrl: string; readonly oauth2Url: string };
  /** Requests so far. */
  readonly count: number;
  /** Stops, and writes the record without secrets. @returns the paths of what it has written */
  close(): Promise<{ readonly assertions: string; readonly seed: string }>;
}

export const ASSERTIONS_FILE = "assertions.jsonl";

/**
 * A proxy on loopback before a Box that records what passes. Nothing is written before the end, when every secret of
 * the recording is known.
 */
export async function startRecorder(options: RecorderOptions): Promise<Recorder> {
  const { out, upstream = "https://api.box.com", port, ca, keepPeople = false, onFailure } = options;
  const actors = actorsByToken();
  const removal = secretRemoval({ keepPeople });
  const seen = priorState();
  const assertions: Assertion[] = [];
  await makeFolder(out);
  // What cannot be written at the end must not be recorded for hours.
  await access(out, constants.W_OK);
  const proxy = await startProxy({
    ...{ upstreams: upstreamsOf(upstream), port, ca },
    onExchange(exchange) {
      removal.learn(exchange);
      seen.note(exchange);
      assertions.push(assertionOf(exchange, actors));
    },
    onFailure: (method, path, reason) =>
      onFailure?.(`${method} ${path.split("?")[0]} did not reach ${upstream}: ${reason}.`),
    onAbort: (method, path) =>
      onFailure?.(
        `${method} ${path.split("?")[0]} is not recorded: its connection ended before the response was complete.`,
      ),
  });
  return {
    url: proxy.url,
    baseUrls: baseUrlsOf(proxy.url),
    get count() {
      return assertions.length;
    },
    async close() {
      await proxy.close();
      const paths = { assertions: join(out, ASSERTIONS_FILE), seed: join(out, "seed/box-seed.json") };
      const lines = assertions.map((each) => JSON.stringify(cleanAssertion(each, removal)));
      await writePrivately(paths.assertions, lines.map((line) => `${line}\n`).join(""));
      await writePrivately(paths.seed, `${JSON.stringify(seedOf(seen, removal), null, 2)}\n`);
      return paths;
    },
  };
}
