import type { Position } from "../../schemas/json/position.ts";
import type { MappedIssueCode } from "../rules/schema/issues.ts";
import type { KeyFormat } from "./key-formats.ts";
import type { SkippedKind } from "./skipped.ts";

/** The rules, each with a heading in `docs/rules.md`. `schema` is for files that users map to schemas of their own. */
export type RuleId = "private-key" | "box-config" | "box-secret" | "policy" | "schema";

/**
 * Something that must not be in the repository, or does not fit its schema. It has no property that could hold a
 * byte of a key or secret, so a finding can be printed anywhere.
 */
export interface Finding extends Position {
  readonly rule: RuleId;
  /** `certain`: it parses completely. `partial`: it begins like one and is cut short, or is encrypted as a whole. */
  readonly certainty: "certain" | "partial";
  /** What it is, in the field's words: `PKCS#8 RSA private key`, `client secret`. */
  readonly kind: string;
  /**
   * What suppression and reports name it by. A key: `spki-sha256:HEX` of its public key, `openpgp:FINGERPRINT` of an
   * OpenPGP key, or `der-sha256:HEX` of the encrypted or unopened DER. Anything else: rule, path and property; never a hash
   * of a short secret.
   */
  readonly identity: string;
  /** Of a Box secret: the hash in a suppression that its value has; never printed. */
  readonly secretHash?: string;
  /** Of a Box secret: equal where the value is equal, in one run. A keyed digest; never printed. */
  readonly sameSecret?: string;
  /** Of an issue of a document: its code, which has a heading in `docs/codes.md`. */
  readonly code?: MappedIssueCode;
  /** One sentence: what is wrong. */
  readonly message: string;
  /** One sentence: what to do now. */
  readonly fix: string;
  /** Of a private key: its format. A suppression by path is for the formats that it names. */
  readonly keyFormat?: KeyFormat;
  /** A private key in a Box config, or with Box's names beside it: no suppression by path covers it. */
  readonly ofBoxConfig?: true;
  /** Box's publicKeyID, if the file shows which registered key this is. */
  readonly publicKeyID?: string;
}

/** A finding and where it was found; `commit` is null outside of a history, and for a tag. */
export interface LocatedFinding extends Finding {
  readonly path: string;
  /** What of a commit or tag it is in; none in a file. */
  readonly part?: CommitPart | undefined;
  readonly commit: string | null;
  /** The name of the annotated tag in whose message or headers it is. */
  readonly tag?: string | undefined;
}

/** What the rules say of one source. */
export interface Scanned {
  readonly findings: readonly Finding[];
  /** Bytes that were read. */
  readonly bytes: number;
  /** What of it was skipped, each kind once. */
  readonly skippedKinds: readonly SkippedKind[];
}

/**
 * The paths under which rules and reports have what is no file: the message and the headers of a commit or tag. A file
 * can have the same path.
 */
export const PART_PATHS = { message: "COMMIT_MESSAGE", headers: "COMMIT_HEADERS" } as const;

export type CommitPart = keyof typeof PART_PATHS;
