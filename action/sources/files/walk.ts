import { type Dirent, existsSync, lstatSync, readdirSync, realpathSync, type Stats, statSync } from "node:fs";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import type { ScanProblem } from "../../scan/problem.ts";
import { gitFiles, whyGitListsNothing } from "./git-ls-files.ts";
import { attempt } from "./read.ts";
import type { ListedFile } from "./work-queue.ts";

/** Which of the files inside folders are scanned. */
export interface Selection {
  /** Leaves out what Git ignores. Default: false. */
  readonly asGitLists?: boolean;
  /** Leaves out the files and folders with these paths, relative to the root. Default: none. */
  readonly excludes?: (path: string) => boolean;
  /** A named link is its target's name too, as in Git: a program names the paths. Default: false. */
  readonly linksAsNames?: boolean;
}

interface Remarks {
  readonly problems: ScanProblem[];
  readonly notices: string[];
}

interface Listing extends Remarks {
  readonly asGitLists: boolean;
  readonly excludes: (path: string) => boolean;
}

/** A file or folder: where it is on the disk, and its path as reports have it. */
interface Place {
  readonly file: string;
  readonly path: string;
}

/**
 * The named files, and those in the named folders that the selection leaves. What is named is followed where it is a
 * link, and no link inside of it is.
 */
export async function* listedFiles(
  root: string,
  paths: readonly string[],
  { asGitLists = false, excludes = () => false, linksAsNames = false }: Selection,
  remarks: Remarks,
): AsyncGenerator<ListedFile> {
  const listing = { ...remarks, asGitLists, excludes };
  const { problems } = remarks;
  for (const given of paths) {
    const file = resolve(root, given);
    const place = { file, path: relativePath(root, file) };
    const found = attempt(given, problems, () => lstatSync(file, { throwIfNoEntry: false }) ?? null);
    if (found === null) problems.push({ code: "path_absent", path: given });
    else if (found === undefined || excludes(place.path)) continue;
    else if (found.isSymbolicLink() && !linksAsNames) yield* behindLink(place, listing);
    else if (found.isDirectory() || isContent(found))
      yield* throughLinks(root, place, inPlace(place, found, listing));
    else problems.push({ code: "path_not_a_file", path: given });
  }
}

/** What a link leads to, wherever that is, under the path of the link. */
async function* behindLink({ file, path }: Place, listing: Listing): AsyncGenerator<ListedFile> {
  const { problems } = listing;
  const found = attempt(path, problems, () => targetOf(file));
  if (found === null) problems.push({ code: "link_broken", path });
  // What it says is content all the same.
  if (!found) return yield { file, path, isLink: true };
  if (!found.isDirectory() && !found.isFile()) problems.push({ code: "path_not_a_file", path });
  else
    for await (const one of inPlace({ file: realpathSync(file), path }, found, listing))
      yield path === "." ? one : { ...one, throughLink: true };
}

const LEADS_NOWHERE = ["ENOENT", "ENOTDIR", "ELOOP"];

function targetOf(link: string): Stats | null {
  try {
    return statSync(link);
  } catch (error) {
    if (LEADS_NOWHERE.includes((error as NodeJS.ErrnoException).code ?? "")) return null;
    throw error;
  }
}

async function* inPlace(place: Place, found: Stats, listing: Listing): AsyncGenerator<ListedFile> {
  if (found.isDirectory()) yield* inFolder(place, listing);
  else yield { ...place, isLink: found.isSymbolicLink() };
}

/** The files, marked where the place itself is reached through a symbolic link. */
async function* throughLinks(
  root: string,
  place: Place,
  files: AsyncGenerator<ListedFile>,
): AsyncGenerator<ListedFile> {
  if (!leadsThroughLink(root, place)) return yield* files;
  for await (const one of files) yield { ...one, throughLink: true };
}

/** Whether a folder above the place is a symbolic link. No check is made outside the root: such paths are absolute. */
function leadsThroughLink(root: string, { file, path }: Place): boolean {
  if (isAbsolute(path) || path === ".") return false;
  try {
    return relative(realpathSync(root), realpathSync(dirname(file))) !== relative(root, dirname(file));
  } catch {
    // It is gone, or its type is unknown.
    return true;
  }
}

async function* inFolder(folder: Place, listing: Listing): AsyncGenerator<ListedFile> {
  const why = listing.asGitLists ? await whyGitListsNothing(folder.file) : null;
  if (typeof why === "string") listing.notices.push(why);
  yield* why === undefined ? asGitLists(folder, listing) : everyFile(folder, listing);
}

/** What Git has or would take. */
async function* asGitLists(folder: Place, listing: Listing): AsyncGenerator<ListedFile> {
  const { excludes, problems } = listing;
  for await (const name of gitFiles(folder.file)) {
    if (typeof name === "object") {
      problems.push({ code: "file_unreadable", path: below(folder, name.name), reason: name.reason });
      continue;
    }
    const place = { file: join(folder.file, name), path: below(folder, name) };
    if (excludes(place.path)) continue;
    const stats = () => lstatSync(place.file, { throwIfNoEntry: false }) ?? null;
    const found = attempt(place.path, problems, stats);
    // What is gone from the disk is no longer to be taken; a name that is not UTF-8 only seems to be gone.
    if (found === null && name.includes("\ufffd")) problems.push({ code: "name_not_utf8", path: place.path });
    else if (found?.isDirectory()) yield* inRepository(place, listing);
    else if (found && isContent(found)) yield { ...place, isLink: found.isSymbolicLink() };
  }
}

/** A folder that Git lists is another repository: a clone, or a submodule that may not be here. */
const inRepository = (folder: Place, listing: Listing) =>
  existsSync(join(folder.file, ".git")) ? inFolder(folder, listing) : everyFile(folder, listing);

function* everyFile(folder: Place, { excludes, problems }: Listing): Generator<ListedFile> {
  const open = [folder];
  for (let here = open.pop(); here !== undefined; here = open.pop()) {
    for (const entry of entriesOf(here, problems)) {
      const place = { file: `${here.file}${sep}${entry.name}`, path: below(here, entry.name) };
      if (excludes(place.path)) continue;
      if (entry.isDirectory() && entry.name !== ".git") open.push(place);
      else if (isContent(entry)) yield { ...place, isLink: entry.isSymbolicLink() };
    }
  }
}

const entriesOf = ({ file, path }: Place, problems: ScanProblem[]): readonly Dirent[] =>
  (attempt(path, problems, () => readdirSync(file, { withFileTypes: true })) ?? []).sort((a, b) =>
    a.name < b.name ? -1 : 1,
  );

/** Sockets, pipes and devices are not. */
const isContent = (entry: Pick<Dirent, "isFile" | "isSymbolicLink">) =>
  entry.isFile() || entry.isSymbolicLink();

const below = ({ path }: Place, name: string) =>
  name === "." ? path : path === "." ? name : `${path}/${name}`;

/** Relative to the root, or absolute where it is outside. */
function relativePath(root: string, file: string): string {
  const path = relative(root, file) || ".";
  return (path.startsWith("..") ? file : path).split(sep).join("/");
}
