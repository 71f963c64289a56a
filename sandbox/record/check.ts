import type { BoxConfig } from "../../schemas/box-config/parse.ts";
import type { Assertion } from "./assertion.ts";
import { type Outcome, requestBox } from "./box-request.ts";
import { idMap } from "./id-map.ts";
import { requestOf } from "./replay-request.ts";
import { differences, type Shape } from "./shape.ts";
import { tokenSource } from "./token-source.ts";

export interface CheckOptions {
  /** The Box that is checked: `http://127.0.0.1:8702`. */
  readonly url: string;
  /** Of an app at that Box: its tokens replace the recorded ones. */
  readonly config: BoxConfig;
}

/** One way in which a response is not the recorded one. */
export interface Difference {
  /** Line of `assertions.jsonl`. */
  readonly line: number;
  readonly method: string;
  readonly path: string;
  readonly what: "status" | "shape";
  /** JSON pointer into the body. */
  readonly pointer?: string;
  readonly recorded: string;
  readonly actual: string;
}

export interface CheckResult {
  readonly checked: number;
  readonly skipped: readonly { readonly line: number; readonly reason: string }[];
  readonly differences: readonly Difference[];
}

/**
 * Makes the recorded requests again, in their order, and compares status and shape of each response.
 * @throws BoxUnreachable
 */
export async function checkAssertions(
  assertions: readonly Assertion[],
  options: CheckOptions,
): Promise<CheckResult> {
  const run = runner(options);
  const found: Difference[] = [];
  const skipped: { line: number; reason: string }[] = [];
  const reasonToSkip = skipping();
  for (const [at, assertion] of assertions.entries()) {
    const line = at + 1;
    const reason = reasonToSkip(assertion);
    if (reason !== undefined) {
      skipped.push({ line, reason });
      continue;
    }
    const { method, path, status, shape } = assertion;
    const actual = await run(assertion);
    const where = { line, method, path };
    if (actual.status !== status) {
      found.push({ ...where, what: "status", recorded: String(status), actual: String(actual.status) });
      continue;
    }
    for (const { pointer, recorded = NOTHING, actual: is = NOTHING } of bodyDifferences(shape, actual.shape))
      found.push({ ...where, what: "shape", pointer, recorded, actual: is });
  }
  return { checked: assertions.length - skipped.length, skipped, differences: found };
}

/** Skips what cannot be made again, and each request for something that only a skipped one has made. */
function skipping(): (assertion: Assertion) => string | undefined {
  const there = new Set<string>();
  const missing = new Set<string>();
  return ({ skip, url, ids = {} }) => {
    const isAboutMissing = url.split(/[^\w-]+/).some((word) => missing.has(word));
    const reason = skip ?? (isAboutMissing ? "what it is about was made by a skipped request" : undefined);
    for (const id of Object.values(ids)) {
      if (reason === undefined) there.add(id);
      else if (!there.has(id)) missing.add(id);
    }
    return reason;
  };
}

const NOTHING = "nothing";

function bodyDifferences(recorded: Assertion["shape"], actual: Assertion["shape"]) {
  const isOpaque = (shape: unknown) => shape === "empty" || shape === "bytes";
  if (!isOpaque(recorded) && !isOpaque(actual)) return differences(recorded as Shape, actual as Shape);
  const name = (shape: Assertion["shape"]) => (isOpaque(shape) ? String(shape) : "JSON");
  return recorded === actual ? [] : [{ pointer: "", recorded: name(recorded), actual: name(actual) }];
}

function runner(options: CheckOptions) {
  const { url } = options;
  const ids = idMap();
  const tokens = tokenSource(options, ids.mapped);
  let download = url;
  return async (assertion: Assertion): Promise<Outcome> => {
    const { actor, grant, host } = assertion;
    if (grant !== undefined) return tokens.renew(grant.actor);
    const token = actor === undefined ? undefined : await tokens.of(actor);
    const target = host === "download" ? download : `${url}${ids.mapped(assertion.url)}`;
    const { headers, json, status, shape } = await requestBox(target, requestOf(assertion, ids, token));
    download = URL.parse(headers.get("location") ?? "", url)?.href ?? download;
    ids.learn(assertion.ids ?? {}, json);
    return { status, shape };
  };
}
