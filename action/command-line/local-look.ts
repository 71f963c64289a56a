import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { exceptionsAt, exceptionsIn } from "../exceptions.ts";
import type { Look } from "../lint.ts";
import { counted } from "../report/words.ts";
import { historySources, rangeSources, stagedFiles, stagedSources } from "../sources/commits.ts";
import type { StartHelper } from "../sources/file-list.ts";
import { git, type Repository, refusal } from "../sources/git.ts";
import { headPaths } from "../sources/head-paths.ts";
import { origins } from "../sources/object-list.ts";
import { CannotLook, type Sources } from "../sources/source.ts";
import { pathSources } from "../sources/work-tree.ts";
import { EXCEPTIONS_FILE } from "../suppression.ts";
import type { Extent } from "./options.ts";

export type LocalLook = Pick<
  Look,
  "range" | "sources" | "exceptions" | "problems" | "everything" | "standing" | "origins"
>;

/** The folder in which `.git` is, or else the given one. */
export function rootOf(folder: string): string {
  for (let here = resolve(folder); ; here = dirname(here)) {
    if (existsSync(join(here, ".git"))) return here;
    if (here === dirname(here)) return resolve(folder);
  }
}

/** What a command line asks to look at. Throws `CannotLook` where there is nothing to look at. */
export async function localLook(
  folder: string,
  extent: Extent,
  config: string | null,
  helper: StartHelper | undefined,
): Promise<LocalLook> {
  const look = await LOOKS[extent.kind]({ folder }, extent as never, helper);
  if (config === null) return look;
  return { ...look, ...(await exceptionsIn(resolve(folder, config), true)) };
}

type Looks = {
  readonly [Kind in Extent["kind"]]: (
    repository: Repository,
    extent: Extract<Extent, { kind: Kind }>,
    helper: StartHelper | undefined,
  ) => Promise<LocalLook>;
};

const LOOKS: Looks = {
  async paths({ folder }, { paths }, helper) {
    const root = rootOf(folder);
    const absolute = paths.map((path) => resolve(folder, path));
    return {
      range: paths.length === 1 ? `${paths[0]} on the disk` : `${paths.length} paths on the disk`,
      sources: [pathSources(root, absolute, helper)],
      ...(await exceptionsIn(join(root, EXCEPTIONS_FILE), false)),
      everything: false,
    };
  },
  // Where pre-commit names all files, hardly any of them is staged: the others are not passed over.
  async staged(repository, { paths }, helper) {
    const named = paths.map((path) => resolve(repository.folder, path));
    const sources = (except: ReadonlySet<string>) =>
      named.length === 0 ? [] : [without(pathSources(rootOf(repository.folder), named, helper), except)];
    const range = `what is staged${paths.length === 0 ? "" : `, and ${counted(paths.length, "path")}`}`;
    try {
      const head = await revision(repository, "HEAD");
      const staged = named.length === 0 ? [] : await stagedFiles(repository);
      return {
        range,
        sources: [stagedSources(repository), ...sources(new Set(staged.map(({ path }) => path)))],
        ...(await exceptionsAt(repository, head)),
        everything: false,
      };
    } catch (error) {
      if (!(error instanceof CannotLook) || named.length === 0) throw error;
      // Without Git or a repository, files are files.
      return {
        range,
        sources: sources(new Set()),
        exceptions: [],
        problems: [error.message],
        everything: false,
      };
    }
  },
  async range(repository, { from, to }) {
    const [base, head] = [await known(repository, from), await known(repository, to)];
    return {
      range: `${from}..${to}`,
      sources: [rangeSources(repository, { include: [head], exclude: [base] })],
      ...(await exceptionsAt(repository, base)),
      everything: false,
      standing: (wanted) => headPaths(repository, head, wanted),
    };
  },
  async history(repository) {
    const [shallow, head] = await Promise.all([
      git(repository, ["rev-parse", "--is-shallow-repository"]),
      revision(repository, "HEAD"),
    ]);
    if (shallow.status !== 0) throw new CannotLook(refusal(shallow.stderr, repository.folder));
    const range = { include: [], exclude: [], all: true };
    const cut = "This clone does not have the whole history; run: git fetch --unshallow";
    const { exceptions, problems } = await exceptionsAt(repository, head);
    return {
      range: "the whole history",
      sources: [historySources(repository, range)],
      exceptions,
      problems: shallow.stdout.toString().trim() === "true" ? [...problems, cut] : problems,
      everything: true,
      origins: (objects) => origins(repository, range, objects),
      standing: async (wanted) => (head === null ? new Map() : headPaths(repository, head, wanted)),
    };
  },
};

/** The sources under other paths than these. */
function without({ sources, problems }: Sources, paths: ReadonlySet<string>): Sources {
  const others = async function* () {
    for await (const source of sources) if (!paths.has(source.path)) yield source;
  };
  return { sources: others(), problems };
}

async function revision(repository: Repository, name: string): Promise<string | null> {
  const args = ["rev-parse", "--verify", "--quiet", "--end-of-options", `${name}^{}`];
  const { status, stdout, stderr } = await git(repository, args);
  if (status === 0) return stdout.toString().trim();
  if (stderr.trim() !== "") throw new CannotLook(refusal(stderr, repository.folder));
  return null;
}

async function known(repository: Repository, name: string): Promise<string> {
  const found = await revision(repository, name);
  if (found !== null) return found;
  throw new CannotLook(`There is no commit ${name} in this clone; fetch it, or name another.`);
}
