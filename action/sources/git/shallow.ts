import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { ScanError } from "../source.ts";
import { git, type Repository, refusal, shallowFileOfHook } from "./git.ts";
import type { CommitRange } from "./rev-list.ts";

/** Where Git lists the commits whose parents are not in this clone. */
export async function shallowFileOf(repository: Repository): Promise<string> {
  const ofHook = shallowFileOfHook(repository);
  if (ofHook !== undefined) return ofHook;
  const { status, stdout, stderr } = await git(repository, ["rev-parse", "--git-path", "shallow"]);
  if (status !== 0) throw new ScanError(refusal(stderr, repository.folder));
  return resolve(repository.folder, stdout.toString().trim());
}

/** The commits whose parents are not in this clone; none where it is complete. */
export async function shallowCommits(shallowFile: string): Promise<ReadonlySet<string>> {
  const text = await readFile(shallowFile, "utf8").catch(() => "");
  return new Set(text.split("\n").filter((line) => line !== ""));
}

/** Commits of the range whose parents are not in this clone, and how many others the range has. */
export async function cutOff(repository: Repository, shallowFile: string, { include, exclude }: CommitRange) {
  const shallow = await shallowCommits(shallowFile);
  if (shallow.size === 0) return { commits: [], whole: 0 };
  const revisions = [...include, ...exclude.map((revision) => `^${revision}`), ""].join("\n");
  const { status, stdout, stderr } = await git(repository, ["rev-list", "--stdin"], revisions);
  if (status !== 0) throw new ScanError(refusal(stderr, repository.folder));
  const listed = stdout.toString().split("\n").filter(Boolean);
  const commits = listed.filter((commit) => shallow.has(commit));
  return { commits, whole: listed.length - commits.length };
}
