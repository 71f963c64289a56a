import { git, refusal } from "../sources/git/git.ts";
import type { OpenRepository } from "../sources/git/open-repository.ts";
import { ScanError } from "../sources/source.ts";

/** The object that a name resolves to, which is never a tag; null if it resolves to none. */
export const revision = (repository: OpenRepository, name: string): Promise<string | null> =>
  object(repository, `${name}^{}`);

async function object(repository: OpenRepository, name: string): Promise<string | null> {
  const found = await repository.find(name);
  if (typeof found === "object") return found.object;
  // Of what it cannot find, Git gives the reason here only.
  const args = ["rev-parse", "--verify", "--quiet", "--end-of-options", name];
  const { status, stdout, stderr } = await git(repository, args);
  if (status === 0) return stdout.toString().trim();
  if (stderr.trim() !== "") throw new ScanError(refusal(stderr, repository.folder));
  return null;
}

/** The same for a name that a person has given. */
export const commitNamed = async (repository: OpenRepository, name: string): Promise<string> =>
  named(name, await revision(repository, name));

/** The same, of which a tag has a message to scan. */
export const commitOrTagNamed = async (repository: OpenRepository, name: string): Promise<string> =>
  named(name, await object(repository, name));

function named(name: string, found: string | null): string {
  if (found !== null) return found;
  throw new ScanError({ code: "commit_unknown", name });
}
