import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** Content, content with a mode (symlink, submodule), or null where the file is removed. */
export type File = string | Buffer | { readonly mode: string; readonly data: string | Buffer } | null;

/** A commit to make: on top of the first parent's files, with these changes. */
export interface Commit {
  readonly id: string;
  /** Default: the commit before it. `[]`: none. */
  readonly parents?: readonly string[];
  readonly message?: string;
  readonly files?: Readonly<Record<string, File>>;
}

/** An annotated tag. */
export interface Tag {
  readonly tag: string;
  readonly of: string;
  readonly message: string;
}

export interface Made {
  readonly folder: string;
  /** The object id of a commit by its name in the recipe. */
  readonly id: (name: string) => string;
}

/** A folder in the run's own temporary folder, which `vitest.config.ts` removes. */
export const temporaryFolder = (): string => mkdtempSync(join(tmpdir(), "git-"));

/** Nothing here outlives the tests, so Git neither tidies up nor waits for the disk. */
const SETTINGS = ["maintenance.auto=false", "core.fsync=none"].flatMap((setting) => ["-c", setting]);
const environment = { ...process.env, GIT_CONFIG_NOSYSTEM: "1", GIT_CONFIG_GLOBAL: "/dev/null" };

/** Git without the settings of the machine. */
export function git(folder: string, ...args: readonly string[]): string {
  return execFileSync("git", ["-C", folder, ...SETTINGS, ...args], {
    encoding: "utf8",
    env: environment,
    stdio: ["ignore", "pipe", "pipe"],
  }).trim();
}

/** What `git init` leaves, without its sample hooks and its process. */
function initialise(gitFolder: string, bare: boolean, config = ""): void {
  for (const name of ["info", "objects", "refs"]) mkdirSync(join(gitFolder, name), { recursive: true });
  writeFileSync(join(gitFolder, "HEAD"), "ref: refs/heads/main\n");
  writeFileSync(
    join(gitFolder, "config"),
    `[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = ${bare}\n${config}`,
  );
}

/** A bare repository with these commits, as a server would have it; `refs` by recipe name. */
export function makeOrigin(
  commits: readonly Commit[],
  refs: Readonly<Record<string, string>>,
  tags: readonly Tag[] = [],
): Made {
  const folder = join(temporaryFolder(), "origin.git");
  // GitHub serves every commit by its id.
  initialise(folder, true, "[uploadpack]\n\tallowAnySHA1InWant = true\n[fastimport]\n\tunpackLimit = 1\n");
  const marks = new Map(commits.map(({ id }, index) => [id, index + 1]));
  const marksFile = join(folder, "marks");
  execFileSync("git", ["-C", folder, "fast-import", "--quiet", "--force", `--export-marks=${marksFile}`], {
    input: stream(commits, marks, tags, refs),
  });
  const ids = new Map(
    readFileSync(marksFile, "utf8")
      .split("\n")
      .map((line) => line.split(" ") as [string, string]),
  );
  const id = (name: string) => ids.get(`:${marks.get(name)}`) ?? "";
  return { folder, id };
}

const SUBMODULE = "160000";

/** A language that `git fast-import` reads: one process makes a whole history, with any file name. */
function stream(
  commits: readonly Commit[],
  marks: ReadonlyMap<string, number>,
  tags: readonly Tag[],
  refs: Readonly<Record<string, string>>,
): Buffer {
  const parts: (string | Buffer)[] = [];
  const data = (content: string | Buffer) => {
    const bytes = Buffer.from(content);
    parts.push(`data ${bytes.length}\n`, bytes, "\n");
  };
  const change = (path: string, file: File) => {
    if (file === null) return void parts.push(`D ${quote(path)}\n`);
    const plain = typeof file === "string" || Buffer.isBuffer(file);
    const { mode, data: content } = plain ? { mode: "100644", data: file } : file;
    const inside = mode === SUBMODULE ? content : "inline";
    parts.push(`M ${mode} ${inside} ${quote(path)}\n`);
    if (mode !== SUBMODULE) data(content);
  };
  commits.forEach(({ id, parents, message = id, files = {} }, index) => {
    const before = commits[index - 1]?.id;
    const [first, ...others] = parents ?? (before === undefined ? [] : [before]);
    parts.push(`commit refs/made/${index}\nmark :${index + 1}\n`);
    parts.push(`committer A <a@example.com> ${1_700_000_000 + index} +0000\n`);
    data(message);
    if (first !== undefined) parts.push(`from :${marks.get(first)}\n`);
    for (const other of others) parts.push(`merge :${marks.get(other)}\n`);
    for (const [path, file] of Object.entries(files)) change(path, file);
    parts.push("\n");
  });
  for (const { tag, of, message } of tags) {
    parts.push(`tag ${tag}\nfrom :${marks.get(of)}\ntagger A <a@example.com> 1700000000 +0000\n`);
    data(message);
  }
  for (const [ref, name] of Object.entries(refs)) parts.push(`reset ${ref}\nfrom :${marks.get(name)}\n\n`);
  return Buffer.concat(parts.map((part) => Buffer.from(part)));
}

const quote = (path: string) =>
  `"${path.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;

const templates = new Map<string, string>();

/** A copy of the folder that `make` makes for the first request of this name: one copy instead of many Git processes. */
function copyOf(name: string, make: () => string): string {
  const template = templates.get(name) ?? make();
  templates.set(name, template);
  const folder = join(temporaryFolder(), "work");
  cpSync(template, folder, { recursive: true });
  return folder;
}

/** A clone with everything, nothing checked out. `origin` must not change between two clones of it. */
export const fullClone = (origin: Made): string =>
  copyOf(`full clone of ${origin.folder}`, () => makeFullClone(origin));

function makeFullClone(origin: Made): string {
  const folder = join(temporaryFolder(), "work");
  // The runner has fetched all branches; the commits of forks come by their number.
  const all = ["--config", "remote.origin.fetch=+refs/*:refs/remotes/all/*"];
  // A local clone links the objects; what is fetched later goes over the protocol.
  git(tmpdir(), "clone", "--quiet", "--no-checkout", "--local", "--template=", ...all, origin.folder, folder);
  mkdirSync(join(folder, ".git/info"), { recursive: true });
  const config = join(folder, ".git/config");
  const text = readFileSync(config, "utf8");
  writeFileSync(config, text.replace(`url = ${origin.folder}`, `url = file://${origin.folder}`));
  return folder;
}

/** What `actions/checkout` leaves by default: one commit, without its parents. */
export const shallowCheckout = (origin: Made, commit: string, ref = "refs/remotes/pull/1/merge"): string =>
  copyOf(`${commit} of ${origin.folder} as ${ref}`, () => makeShallowCheckout(origin, commit, ref));

/** Two Git processes; `git fetch --depth=1` takes nine for the same objects, references and limit. */
function makeShallowCheckout(origin: Made, fetched: string, ref: string): string {
  const folder = join(temporaryFolder(), "work");
  const gitFolder = join(folder, ".git");
  const write = (path: string, line: string) => {
    mkdirSync(dirname(join(gitFolder, path)), { recursive: true });
    writeFileSync(join(gitFolder, path), `${line}\n`);
  };
  const fetch = "+refs/heads/*:refs/remotes/origin/*";
  const remote = `[remote "origin"]\n\turl = file://${origin.folder}\n\tfetch = ${fetch}\n`;
  initialise(gitFolder, false, remote);
  const listed = git(origin.folder, "rev-list", "--parents", "--max-count=1", fetched);
  const [commit = "", ...parents] = listed.split(" ");
  const packs = join(gitFolder, "objects/pack");
  mkdirSync(packs);
  execFileSync("git", ["-C", origin.folder, "pack-objects", "--revs", "--quiet", join(packs, "pack")], {
    input: `--shallow ${commit}\n${fetched}\n`,
    env: environment,
  });
  write(ref, fetched);
  write("HEAD", commit);
  // As Git does, which lists the commits whose parents it lacks.
  if (parents.length > 0) write("shallow", commit);
  return folder;
}
