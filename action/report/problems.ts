import type { Problem, ProblemCode, ScanProblem } from "../scan/problem.ts";
import { shellWord } from "./escape.ts";

type Texts = { readonly [Code in ProblemCode]: (facts: Problem<Code>) => string };

const FETCH_ALL = "add this line to the `with:` of actions/checkout: fetch-depth: 0";
const unusable = (schema: string, why: string) => `${schema} cannot be used as a schema: ${why}`;

/** What a person reads of a problem: what was not scanned, and what to do. */
export const PROBLEM_TEXTS: Texts = {
  // Node reports a missing working folder in the same way.
  git_absent: ({ folder }) =>
    `Git cannot be started in ${folder}: install Git and put it on the PATH, and check that the folder exists.`,
  git_not_started: ({ reason }) => `Git cannot be started (${reason}); check its installation.`,
  git_failed: ({ folder, complaint }) => `Git failed in ${folder}: ${complaint}`,
  git_dir_absent: ({ folder }) =>
    `The repository that GIT_DIR or the file .git names for ${folder} does not exist; unset GIT_DIR, or check the repository out again.`,
  repository_absent: ({ folder }) =>
    `${folder} is not in a Git repository; name files or folders to scan, or check the repository out first.`,
  repository_not_owned: ({ folder }) =>
    `Git refuses ${folder} because it belongs to another user; run: git config --global --add safe.directory ${shellWord(folder)}`,
  repository_unreadable: ({ folder }) =>
    `Git cannot read all objects of ${folder}, and what they lead to was not scanned; run: git fsck, and clone again.`,
  object_missing: ({ object }) => `Git object ${object} is missing and was not scanned; run: git fsck`,
  object_corrupt: ({ object }) => `Git object ${object} is corrupt and was not scanned; run: git fsck`,
  tree_left_out: ({ object }) =>
    `Folders are left out of this clone, and what is in tree ${object} was not scanned; clone without --filter, or remove filter from the \`with:\` of actions/checkout.`,
  clone_partial: () =>
    "This partial clone leaves objects out that could not be fetched from its remote, and they were not scanned; give this step access to the remote, or clone without --filter.",
  clone_shallow: () => "This clone does not have the whole history; run: git fetch --unshallow",
  path_too_long: () => "A path in the repository is longer than 256 KiB; remove the commit that has it.",
  commit_unknown: ({ name }) => `There is no commit ${name} in this clone; fetch it, or name another.`,
  commits_not_fetched: ({ commits }) =>
    `The commits up to ${commits.map((commit) => commit.slice(0, 12)).join(" and ")} are not in this clone and could not be fetched from origin; ${FETCH_ALL}`,
  branch_not_fetched: ({ branch }) => `The branch ${branch} could not be fetched from origin; ${FETCH_ALL}`,
  default_branch_absent: ({ branch }) => `The default branch ${branch} is not at origin.`,
  default_branch_unnamed: () => "The event names no default branch.",

  path_absent: ({ path }) => `${path} does not exist; name a file or folder to scan.`,
  path_not_a_file: ({ path }) => `${path} is a pipe, socket or device; name a file or folder to scan.`,
  link_broken: ({ path }) =>
    `${path} is a symbolic link that leads to no file or folder; correct it, or name another path.`,
  name_not_utf8: ({ path }) => `${path} cannot be read: its name is not UTF-8; rename it.`,
  file_unreadable: ({ path, reason }) =>
    `${path} cannot be read (${reason}); check its permissions and run again.`,
  file_replaced: ({ path }) =>
    `${path} was no file any more when it was opened, and was not scanned; run again.`,
  file_became_link: ({ path }) =>
    `${path} became a symbolic link while it was scanned, and was not followed; run again.`,

  event_unsupported: ({ event, known }) =>
    `The event ${event || "(none)"} names no commits to scan; run on one of: ${known.join(", ")}.`,
  event_incomplete: ({ event }) =>
    `The payload of ${event} at GITHUB_EVENT_PATH does not name the commits to scan; use the runner's own file.`,
  event_unreadable: () =>
    "The event's payload at GITHUB_EVENT_PATH cannot be read; run this as a step of a GitHub workflow.",
  input_unknown: ({ input, known }) =>
    `There is no input ${input}; remove it from the workflow, or write one of: ${known.join(", ")}.`,
  input_invalid: ({ input, fault }) => `The input ${input} ${fault}`,
  mapping_invalid: ({ mapping }) =>
    `The mapping "${mapping}" names no glob and schema; write it as: conf/*.json=conf.schema.json`,
  glob_unmatched: ({ glob }) =>
    `The glob ${glob} of the schemas matches no file; correct it, or remove the line.`,

  schema_unreadable: ({ schema, reason }) =>
    `The schema ${schema} cannot be read (${reason}); name a file relative to the root of the repository.`,
  schema_not_json: ({ schema }) => unusable(schema, "it is not JSON; write a JSON Schema."),
  schema_not_object: ({ schema }) => unusable(schema, "it is no JSON object; write a JSON Schema."),
  schema_draft_unknown: ({ schema }) =>
    unusable(schema, "its $schema is not one of the drafts 2020-12, 2019-09 and draft-07."),
  schema_async: ({ schema }) => unusable(schema, "$async is no keyword of JSON Schema; remove it."),
  schema_invalid: ({ schema, pointer }) =>
    unusable(schema, `it is not a JSON Schema at ${pointer === "" ? "its root" : pointer}; correct it.`),
  schema_reference: ({ schema }) =>
    unusable(
      schema,
      "a $ref in it leads nowhere; put what it refers to into $defs, files and URLs are not followed.",
    ),
  schema_keyword: ({ schema }) => unusable(schema, "a keyword or pattern in it is not valid; correct it."),
  schemas_untrusted: ({ because }) =>
    `${problemSentence(because)} Schemas are read from there; make it available, or remove the input schemas.`,

  suppressions_invalid: ({ fault }) => fault,
  suppression_past: ({ file, entry, expires, today }) =>
    `${file}, as the change has it, has an entry for ${entry} with the day ${expires}, which is past; write ${today} or a later day, or remove it.`,
  suppressions_unreadable: ({ file, reason }) =>
    `The suppressions file ${file} ${reason === null ? "does not exist" : `cannot be read (${reason})`}; name a file that can be read.`,
  report_unwritable: ({ path, reason }) =>
    `The report ${path} cannot be written (${reason}); name a file in a folder that exists.`,
  rule_failed: ({ path, error }) =>
    `${path} could not be scanned (${error}); report this, it is a defect of the linter.`,
};

/** The problem as one sentence, which may end in a command. */
export const problemText = (problem: ScanProblem): string =>
  (PROBLEM_TEXTS[problem.code] as (facts: ScanProblem) => string)(problem);

/** The same where more sentences follow. */
export const problemSentence = (problem: ScanProblem): string => problemText(problem).replace(/\.?$/, ".");
