import { ok, type Result, refused } from "../../schemas/result.ts";
import { KEY_CONTAINERS } from "../formats.ts";
import { damage, type PemDamage, type PemRepair } from "./damage.ts";

/** One BEGIN…END block as it is in the text. */
export interface PemBlock {
  readonly label: string;
  /** All between the BEGIN and the END line, headers included. */
  readonly inside: string;
  /** The text before and after the block. */
  readonly before: string;
  readonly after: string;
  readonly repairs: readonly PemRepair[];
}

/** Labels without their spaces, because some damages take those as well. */
const LABELS = new Map(
  Object.values(KEY_CONTAINERS).flatMap(({ labels }) =>
    labels.map((label) => [squeeze(label), label] as const),
  ),
);

interface Marker {
  readonly edge: "BEGIN" | "END";
  readonly label: string;
  readonly closed: boolean;
  readonly from: number;
  readonly to: number;
  readonly repair: PemRepair | undefined;
}

/**
 * The one block that holds the key: the only private one, or the only one at all. Certificates and
 * parameters beside a private key are left out; the same key twice counts once.
 */
export function findBlock(text: string): Result<PemBlock | undefined, PemDamage> {
  const blocks: PemBlock[] = [];
  let begin: Marker | undefined;
  for (const marker of markers(text)) {
    if (marker.edge === "END") {
      if (!begin) continue;
      if (marker.label !== begin.label)
        return refused(damage(marker.closed ? "label_mismatch" : "missing_end"));
      blocks.push(block(text, begin, marker));
      begin = undefined;
    } else {
      if (begin) return refused(damage("missing_end"));
      begin = marker;
    }
  }
  if (begin) return refused(damage("missing_end"));
  return choose(blocks);
}

function choose(blocks: readonly PemBlock[]): Result<PemBlock | undefined, PemDamage> {
  const secret = blocks.filter(({ label }) => label.endsWith("PRIVATE KEY"));
  const candidates = secret.length > 0 ? secret : blocks;
  const [first, ...others] = candidates;
  if (!first || others.length === 0) return ok(first);
  const same = others.every(({ inside }) => squeeze(inside) === squeeze(first.inside));
  return same ? ok({ ...first, repairs: [...first.repairs, "duplicate"] }) : refused(damage("several_keys"));
}

function block(text: string, begin: Marker, end: Marker): PemBlock {
  return {
    label: begin.label,
    inside: text.slice(begin.to, end.from),
    before: text.slice(0, begin.from),
    after: text.slice(end.to),
    repairs: [begin, end].flatMap(({ repair }) => repair ?? []),
  };
}

/**
 * BEGIN and END lines of labels we know. Dashes and spaces may be damaged, and the last END may lack its
 * dashes. At most five dashes belong to a marker, the last ones: base64url before it may end in a dash.
 */
function* markers(text: string): Generator<Marker> {
  const pattern = /(-{2,5})\s?(BEGIN|END)([A-Z0-9\s]{1,48}?)(-{1,5}|$)/g;
  for (const match of text.matchAll(pattern)) {
    const [found, open = "", edge, words = "", close = ""] = match;
    const label = LABELS.get(squeeze(words));
    const closed = close !== "";
    if (label === undefined && (closed || edge === "BEGIN")) continue;
    const dashes = open.length === 5 && close.length === 5;
    const clean = found === `-----${edge} ${label}-----`;
    yield {
      edge: edge as Marker["edge"],
      label: label ?? "",
      closed,
      from: match.index,
      to: match.index + found.length,
      repair: dashes ? (clean ? undefined : "whitespace") : "dashes",
    };
  }
}

function squeeze(text: string): string {
  return text.replace(/\s+/g, "");
}
