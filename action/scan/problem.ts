/** What could not be scanned, by its code, with what its text names. A fact is public: names, paths, no content. */
interface ProblemFacts {
  // Git and the repository
  git_absent: { readonly folder: string };
  git_not_started: { readonly reason: string };
  /** `complaint`: the first line of what Git printed. */
  git_failed: { readonly folder: string; readonly complaint: string };
  /** `GIT_DIR`, or a file `.git`, names another place. */
  git_dir_absent: { readonly folder: string };
  repository_absent: { readonly folder: string };
  repository_not_owned: { readonly folder: string };
  repository_unreadable: { readonly folder: string };
  object_missing: { readonly object: string };
  object_corrupt: { readonly object: string };
  tree_left_out: { readonly object: string };
  clone_partial: object;
  clone_shallow: object;
  path_too_long: object;
  commit_unknown: { readonly name: string };
  commits_not_fetched: { readonly commits: readonly string[] };
  branch_not_fetched: { readonly branch: string };
  default_branch_absent: { readonly branch: string };
  default_branch_unnamed: object;

  // files on the disk
  path_absent: { readonly path: string };
  path_not_a_file: { readonly path: string };
  link_broken: { readonly path: string };
  name_not_utf8: { readonly path: string };
  file_unreadable: { readonly path: string; readonly reason: string };
  file_replaced: { readonly path: string };
  file_became_link: { readonly path: string };

  // the event and the inputs
  event_unsupported: { readonly event: string; readonly known: readonly string[] };
  event_incomplete: { readonly event: string };
  event_unreadable: object;
  input_unknown: { readonly input: string; readonly known: readonly string[] };
  /** `fault` follows the input's name: `is "x"; write y.` */
  input_invalid: { readonly input: string; readonly fault: string };
  mapping_invalid: { readonly mapping: string };
  glob_unmatched: { readonly glob: string };

  // the user's schemas
  schema_unreadable: { readonly schema: string; readonly reason: string };
  schema_not_json: { readonly schema: string };
  schema_not_object: { readonly schema: string };
  schema_draft_unknown: { readonly schema: string };
  schema_async: { readonly schema: string };
  /** `pointer`: where it is no schema. */
  schema_invalid: { readonly schema: string; readonly pointer: string };
  schema_reference: { readonly schema: string };
  schema_keyword: { readonly schema: string };
  schemas_untrusted: { readonly because: ScanProblem };

  // suppressions, reports, ourselves
  /** `fault`: the file and what is wrong with it, as one sentence. */
  suppressions_invalid: { readonly fault: string };
  /** `entry`: the fingerprint or path that it is for. */
  suppression_past: {
    readonly file: string;
    readonly entry: string;
    readonly expires: string;
    readonly today: string;
  };
  /** `reason`: the system's code; null where there is no such file. */
  suppressions_unreadable: { readonly file: string; readonly reason: string | null };
  report_unwritable: { readonly path: string; readonly reason: string | undefined };
  rule_failed: { readonly path: string; readonly error: string };
}

export type ProblemCode = keyof ProblemFacts;

export type Problem<Code extends ProblemCode> = { readonly code: Code } & ProblemFacts[Code];

/**
 * Something that could not be scanned. It never stops the rest of a scan, and always makes the exit status 2.
 * `action/report/problems.ts` makes the text, `docs/codes.md` has a heading for each code.
 */
export type ScanProblem = { [Code in ProblemCode]: Problem<Code> }[ProblemCode];

/** Each problem once: several steps may report the same defect of a repository. */
export const distinctProblems = (problems: readonly ScanProblem[]): readonly ScanProblem[] => [
  ...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values(),
];
