import type { Enterprise } from "./enterprise.ts";
import { applyDocument, type Contents } from "./seed/apply.ts";
import type { FileEntry, FolderEntry, SeedIssue, StateDocument } from "./seed/document.ts";
import { type FoundItems, readSeedFolder, SEED_DOCUMENT, SeedFolderError } from "./seed/folder.ts";
import { readDocument } from "./seed/read.ts";

/** What a seed has added. */
export interface SeedSummary {
  readonly files: number;
  readonly folders: number;
}

/**
 * Makes the files and folders of a folder items of the root of the first app's Service Account, and applies its
 * `box-seed.json`, which may give them ids, descriptions and shared links, and add users and collaborations. All of it
 * is added, or nothing. @throws SeedFolderError with a sentence for each problem
 */
export async function seedFolder(enterprise: Enterprise, folder: string): Promise<SeedSummary> {
  const found = await readSeedFolder(folder);
  const given = found.document === undefined ? {} : parsedDocument(folder, found.document);
  const { document, contents } = merged(found, given);
  const seeded = await applyDocument(enterprise, document, "add", contents);
  if (!seeded.ok) throw failure(folder, document, given, seeded.error);
  return { files: document.files?.length ?? 0, folders: document.folders?.length ?? 0 };
}

/** Whether the folder can be a seed, before anything is started. @throws SeedFolderError as `seedFolder` does */
export async function checkSeedFolder(folder: string): Promise<void> {
  const { document } = await readSeedFolder(folder);
  if (document !== undefined) parsedDocument(folder, document);
}

function parsedDocument(folder: string, text: string): StateDocument {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new SeedFolderError(`${folder}/${SEED_DOCUMENT} is not a JSON document.`);
  }
  const document = readDocument(value);
  if (document.ok) return document.value;
  throw new SeedFolderError(document.error.map((issue) => sentence(folder, issue)).join("\n"));
}

/** The document's entries, and one for each file and folder that it does not name. */
function merged(
  { folders, files }: FoundItems,
  { folders: named = [], files: described = [], ...document }: StateDocument,
): { readonly document: StateDocument; readonly contents: Contents } {
  // An entry with an owner is for another root than that of the folder's files.
  const placeOf = ({ path, owner }: FolderEntry) => (owner === undefined ? path : undefined);
  const known = new Set(named.map(placeOf));
  const allFolders = [...named, ...folders.filter((path) => !known.has(path)).map((path) => ({ path }))];
  const allFiles: FileEntry[] = [...described];
  const contents = new Map<number, Buffer>();
  const indexes = new Map(described.map((entry, index) => [placeOf(entry), index]));
  for (const { path, content } of files) {
    const index = indexes.get(path) ?? allFiles.push({ path }) - 1;
    contents.set(index, content);
  }
  return { document: { ...document, folders: allFolders, files: allFiles }, contents };
}

/** A problem of an entry that the document does not have is one of the folder's own files. */
function failure(
  folder: string,
  { files = [], folders = [] }: StateDocument,
  given: StateDocument,
  issues: readonly SeedIssue[],
): SeedFolderError {
  const rows = { files, folders };
  const lines = issues.map((issue) => {
    const [, list = "", index = ""] = issue.pointer.split("/");
    const isOwn = (list === "files" || list === "folders") && Number(index) >= (given[list]?.length ?? 0);
    return isOwn ? `${folder}${rows[list][Number(index)]?.path}: ${issue.message}` : sentence(folder, issue);
  });
  return new SeedFolderError(lines.join("\n"));
}

const sentence = (folder: string, { pointer, message }: SeedIssue): string =>
  `${folder}/${SEED_DOCUMENT}: ${pointer || "the document"}: ${message}`;
