import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";

const AUTHOR = "A <a@example.com>";

/** Runs Git without the machine's settings. */
export const git = (folder: string, args: readonly string[], input?: string | Buffer): string =>
  execFileSync("git", ["-C", folder, ...args], {
    encoding: "utf8",
    maxBuffer: 1e9,
    env: { ...process.env, GIT_CONFIG_NOSYSTEM: "1", GIT_CONFIG_GLOBAL: "/dev/null" },
    ...(input === undefined ? {} : { input }),
  });

/**
 * A bare repository with so many commits, each of which changes some of `files` files of source-like text, the
 * same each time; packed as Git packs it.
 */
export function plantHistory(folder: string, commits: number, files: number): void {
  const random = generator(1);
  const texts: string[][] = Array.from({ length: files }, () => []);
  const parts: string[] = [];
  for (let commit = 0; commit < commits; commit++) {
    parts.push(`commit refs/heads/main\ncommitter ${AUTHOR} ${1_600_000_000 + commit * 600} +0000\n`);
    const message = `Change ${commit}\n\n${line(random)}\n`;
    parts.push(`data ${message.length}\n${message}\n`);
    for (let change = 0; change < 1 + random(5); change++) {
      const file = random(files);
      const text = texts[file] ?? [];
      for (let added = 0; added < 20; added++) text.splice(random(text.length + 1), 0, line(random));
      if (text.length > 300) text.splice(0, 100);
      const content = text.join("\n");
      parts.push(
        `M 100644 inline src/${file % 20}/module-${file}/index.ts\ndata ${content.length}\n${content}\n`,
      );
    }
  }
  init(folder);
  git(folder, ["fast-import", "--quiet"], parts.join(""));
  git(folder, ["repack", "-a", "-d", "-q"]);
}

/** A repository whose branch `pr` adds so many small files to `main`, in some commits. */
export function plantPullRequest(
  folder: string,
  files: number,
): { readonly base: string; readonly head: string } {
  const random = generator(2);
  const parts: string[] = [];
  const commit = (ref: string, at: number, names: readonly string[], from?: string) => {
    parts.push(`commit ${ref}\ncommitter ${AUTHOR} ${1_600_000_000 + at} +0000\ndata 7\nChange\n\n`);
    if (from) parts.push(`from ${from}\n`);
    for (const name of names) {
      const content = Array.from({ length: 60 }, () => line(random)).join("\n");
      parts.push(`M 100644 inline ${name}\ndata ${content.length}\n${content}\n`);
    }
  };
  const names = (prefix: string, count: number) =>
    Array.from({ length: count }, (_, at) => `${prefix}/${at}.ts`);
  commit("refs/heads/main", 0, names("src/old", 300));
  for (let at = 0; at < 6; at++)
    commit(
      "refs/heads/pr",
      at + 1,
      names(`src/new-${at}`, files / 6),
      at === 0 ? "refs/heads/main" : undefined,
    );
  init(folder);
  git(folder, ["fast-import", "--quiet"], parts.join(""));
  const id = (name: string) => git(folder, ["rev-parse", name]).trim();
  return { base: id("main"), head: id("pr") };
}

function init(folder: string): void {
  mkdirSync(folder, { recursive: true });
  git(folder, ["init", "--quiet", "--bare", "--initial-branch=main"]);
}

const WORDS =
  "const return value token config await import from length path object string number null true".split(" ");

const line = (random: (below: number) => number): string =>
  `  ${Array.from({ length: 4 + random(6) }, () => WORDS[random(WORDS.length)]).join(" ")} ${random(1e9).toString(36)};`;

/** Pseudo-random whole numbers, the same for the same seed (xorshift). */
function generator(seed: number): (below: number) => number {
  let state = seed * 2_654_435_761;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}
