import type { Buffer } from "node:buffer";
import { isPlaceholder } from "../../../schemas/box-config/placeholders.ts";
import type { Budget } from "../private-key/budget.ts";
import type { Row } from "./cells.ts";
import { confidenceOf, type FileContext } from "./confidence.ts";
import { marksBox } from "./context.ts";
import { unescaped } from "./escapes.ts";
import { kindNamed, type SecretKind } from "./kinds.ts";
import {
  mayBeNamed,
  mayBeNamedFurther,
  type NamedValue,
  nameOfColumn,
  namesFurther,
  namesOfValue,
} from "./names.ts";
import { isMadeUp, looksRandom } from "./randomness.ts";
import { isDownscoped, type Span } from "./spans.ts";
import { namesOtherValue, REACH } from "./statement.ts";
import { namesBox, namesOtherVendor } from "./vendor-names.ts";

/** Bytes around a value that may mention Box. */
const BEFORE = 1500;
/** The rest of the same object, or the next statement. */
const AFTER = 500;

/** A secret where it was found, with what names it. */
export interface Secret {
  readonly kind: SecretKind;
  /** As written. */
  readonly name: string;
  readonly certain: boolean;
  readonly value: string;
}

/** What is known of the file while its values are checked in order. */
export interface Context extends FileContext {
  readonly near: (from: number, to: number) => boolean;
  readonly rowAt: (start: number) => Row | undefined;
  readonly budget: Budget;
  /** The end of the last base64 that was decoded. */
  decodedTo: number;
}

/** What is around a value; a row of a table is directly below its head. */
export interface Neighbours {
  readonly before: string;
  readonly after: string;
  readonly row: Row | undefined;
}

/** The secret between two offsets; `value` is the text there, decoded. */
export function secretAt(
  bytes: Buffer,
  { start, end }: Span,
  value: string,
  context: Context,
): Secret | undefined {
  const from = Math.max(0, start - BEFORE);
  const boxNearby = context.near(from, end + AFTER);
  const row = context.rowAt(start);
  const before = unescaped(row?.before ?? bytes.toString("latin1", from, start));
  const mayBeBox = boxNearby || (row !== undefined && /box/i.test(before));
  if (!mayBeBox && !mayBelong(value, before, row, context)) return undefined;
  if (--context.budget.names < 0) return undefined;
  const around = { before, after: bytes.toString("latin1", end, end + AFTER), row };
  if (isDownscoped(value)) return downscopedSecret(value, around, context);
  if (isPlaceholder(value) || isMadeUp(value) || DIGEST.test(before.slice(-DIGEST_CHARACTERS)))
    return undefined;
  return namedSecret(value, around, context);
}

/** The secret that the first name which fits makes of a value. */
function namedSecret(value: string, around: Neighbours, context: Context): Secret | undefined {
  const { budget } = context;
  const { before, after, row } = around;
  const isRandom = looksRandom(value);
  const names = `${row?.column ?? ""} ${before.slice(-REACH)}${after.slice(0, REACH)}`;
  if (!isRandom && !MAY_NAME_BOX.test(names)) return undefined;
  let paid = false;
  for (const named of allNames(around, context)) {
    const fits = fitOf(named.kind, value);
    if (!fits || !(isRandom || namesBox(named.name))) continue;
    if (namesOtherVendor(named.name)) return undefined;
    if (!paid && --budget.secrets < 0) return undefined;
    paid = true;
    const confidence = confidenceOf(named, around, context);
    if (confidence) return { ...named, certain: fits === "full" && confidence === "high", value };
  }
  return undefined;
}

/** A name with Box in it, for a value that would not count under another one. */
const MAY_NAME_BOX =
  /box[\w\s.:-]{0,40}?(?:secret|pass|token|key|webhook|bearer|auth)|(?:secret|pass\w{0,6}|token|key|primary|secondary)(?:[_.-]\w{1,12})?[_.-]?box/i;

/** What the search for a name that is further away costs, in names. */
const FURTHER_NAMES = 4;

/** The head of a column names a value before what else is in its row does; one as vague as `token` only after that. */
function* allNames({ before, after, row }: Neighbours, context: Context): Generator<NamedValue> {
  if (row && namesOtherValue(row.column)) return;
  const ofColumn = row && nameOfColumn(row.column);
  if (ofColumn && !ofColumn.kind.vague) yield ofColumn;
  yield* otherNames(row ? unescaped(row.text) : before, after, context);
  if (ofColumn?.kind.vague) yield ofColumn;
}

function* otherNames(before: string, after: string, { budget }: Context): Generator<NamedValue> {
  yield* namesOfValue(before, after);
  if (!mayBeNamedFurther(before, after)) return;
  budget.names -= FURTHER_NAMES;
  if (budget.names >= 0) yield* namesFurther(before, after);
}

/** What tools that print digests write before them: `MD5 (file) = `. */
const DIGEST = /\b(?:MD5|SHA-?[0-9/]{1,7})\s{0,2}\([^()\n]{1,160}\)\s?=\s{0,2}$/i;
/** What `DIGEST` matches at most is 179. */
const DIGEST_CHARACTERS = 192;

/** Whether it is worth determining the name of a value with no "box" nearby. */
const mayBelong = (value: string, before: string, row: Row | undefined, { file }: Context) =>
  (row !== undefined || mayBeNamed(before)) && (isDownscoped(value) || file());

/** A downscoped token has a form that only Box uses: a name for it, or Box in the file, is enough. */
function downscopedSecret(value: string, around: Neighbours, context: Context): Secret | undefined {
  if (--context.budget.secrets < 0) return undefined;
  const { before, after } = around;
  const [named] = allNames(around, context);
  const certain = marksBox(before) || marksBox(after) || (named !== undefined && namesBox(named.name));
  if (!certain && named === undefined && !context.file()) return undefined;
  return { kind: kindNamed("access token"), name: named?.name ?? "access_token", certain, value };
}

/** Whether the value is as Box makes them, or, of a passphrase, nearly so. */
function fitOf({ shape, name }: SecretKind, value: string): "full" | "near" | undefined {
  if (shape.test(value)) return "full";
  return name === "passphrase" && value.length === 32 ? "near" : undefined;
}
