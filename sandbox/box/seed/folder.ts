import { lstat, readdir, readFile, realpath, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";

/** A file of the folder, by its path below it. */
export interface FoundFile {
  readonly path: string;
  readonly content: Buffer;
}

export interface FoundItems {
  /** Paths of folders, each after the one that it is in. */
  readonly folders: readonly string[];
  readonly files: readonly FoundFile[];
  /** The text of `box-seed.json` at the top of the folder. */
  readonly document: string | undefined;
}

/** Describes users, collaborations, ids and shared links; is no item itself. */
export const SEED_DOCUMENT = "box-seed.json";

const LIMITS = { items: 10_000, bytes: 64 * 1_024 * 1_024, depth: 32 } as const;

/** What a seed folder cannot have, as a sentence. */
export class SeedFolderError extends Error {
  override readonly name = "SeedFolderError";
}

interface Walk {
  readonly root: string;
  readonly folders: string[];
  readonly files: FoundFile[];
  bytes: number;
}

/**
 * Reads everything in the folder but hidden files and folders, whose names begin with a dot. A symbolic link is followed
 * where it leads to something inside the folder. @throws SeedFolderError
 */
export async function readSeedFolder(folder: string): Promise<FoundItems> {
  const root = await realRoot(folder);
  const walk: Walk = { root, folders: [], files: [], bytes: 0 };
  await readInto(walk, root, "", [root]);
  const isDocument = ({ path }: FoundFile) => path === `/${SEED_DOCUMENT}`;
  return {
    folders: walk.folders,
    files: walk.files.filter((file) => !isDocument(file)),
    document: walk.files.find(isDocument)?.content.toString(),
  };
}

async function realRoot(folder: string): Promise<string> {
  const facts = await stat(folder).catch((error: NodeJS.ErrnoException) => {
    const reason = error.code === "ENOENT" ? "there is no such folder" : error.code;
    throw new SeedFolderError(`The seed folder ${folder} cannot be read: ${reason}; name another one.`);
  });
  if (!facts.isDirectory())
    throw new SeedFolderError(`The seed ${folder} is a file; name the folder that it is in.`);
  return realpath(folder);
}

/** @param ancestors real paths of the folders that this one is in, and its own */
async function readInto(
  walk: Walk,
  folder: string,
  path: string,
  ancestors: readonly string[],
): Promise<void> {
  if (ancestors.length > LIMITS.depth)
    throw new SeedFolderError(`The seed folder nests more than ${LIMITS.depth} levels deep: ${path}.`);
  const names = (await readdir(folder)).filter((name) => !name.startsWith(".")).sort();
  for (const name of names) {
    const own = `${path}/${name}`;
    const real = await followed(walk, join(folder, name), own);
    const facts = await stat(real);
    if (facts.isDirectory()) {
      if (ancestors.includes(real))
        throw new SeedFolderError(
          `The symbolic link ${own} of the seed folder leads to a folder that it is in.`,
        );
      walk.folders.push(own);
      requireRoom(walk, own);
      await readInto(walk, real, own, [...ancestors, real]);
    } else if (facts.isFile()) {
      walk.bytes += facts.size;
      // Before it is read: its size may be what is wrong with it.
      requireRoom(walk, own);
      walk.files.push({ path: own, content: await readFile(real) });
    } else {
      throw new SeedFolderError(`${own} of the seed folder is neither a file nor a folder.`);
    }
  }
}

/** The real path of a file or folder; of a symbolic link that of its target, which must be inside. */
async function followed({ root }: Walk, file: string, own: string): Promise<string> {
  if (!(await lstat(file)).isSymbolicLink()) return file;
  const target = await realpath(file).catch(() => undefined);
  if (target === undefined)
    throw new SeedFolderError(`The symbolic link ${own} of the seed folder leads nowhere.`);
  const inside = relative(root, target);
  if (inside === ".." || inside.startsWith(`..${sep}`))
    throw new SeedFolderError(`The symbolic link ${own} leads out of the seed folder; put a copy there.`);
  return target;
}

function requireRoom({ folders, files, bytes }: Walk, own: string): void {
  if (folders.length + files.length >= LIMITS.items)
    throw new SeedFolderError(`The seed folder has more than ${LIMITS.items} files and folders.`);
  if (bytes > LIMITS.bytes)
    throw new SeedFolderError(
      `The files of the seed folder, up to ${own}, have more than ${LIMITS.bytes / 1_024 / 1_024} MiB.`,
    );
}
