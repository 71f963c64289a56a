import { pkcs8Pem, rsaKeyPair } from "../../keys.ts";
import type { Commit, File } from "./repository.ts";

/** A pull request: `pr` is its head, `main` its base. The commits `root` and `main` are there before. */
export interface Shape {
  readonly name: string;
  readonly commits: readonly Commit[];
  /** Paths at which the key is to be found, sorted; `commit message` by its own name. */
  readonly found: readonly string[];
}

export const KEY = pkcs8Pem(rsaKeyPair().privateKey);
const HALF = KEY.length >> 1;
const link = (target: string): File => ({ mode: "120000", data: target });
const submodule = (commit: string): File => ({ mode: "160000", data: commit });

const root: Commit = { id: "root", files: { "README.md": "# A\n", "src/a.js": "1;\n" } };
const main: Commit = { id: "main", files: { "src/b.js": "2;\n" } };

/** Commits on top of `main`; the last one is `pr`. */
const on = (name: string, found: readonly string[], ...commits: readonly Commit[]): Shape => ({
  name,
  found,
  commits: [root, main, ...commits],
});

const many = (count: number, at: number, file: Record<string, File>): readonly Commit[] =>
  Array.from({ length: count }, (_, index) => ({
    id: index === count - 1 ? "pr" : `c${index}`,
    files: index === at ? file : { "log.txt": `${index}\n` },
  }));

const NAMES = [
  "a\nb.pem",
  'quo"te.pem',
  "back\\slash.pem",
  "größe-日本.pem",
  "::error file=x::owned.pem",
  "-rf.pem",
  " space .pem",
  "tab\t.pem",
  "dir\nwith line feed/k.pem",
  "-----.pem",
].toSorted();

export const SHAPES: readonly Shape[] = [
  on("adds nothing but text", [], { id: "pr", files: { "src/c.js": "3;\n" } }),
  on("adds a key", ["k.pem"], { id: "pr", files: { "k.pem": KEY } }),
  on(
    "adds a key and removes it again",
    ["k.pem"],
    { id: "x", files: { "k.pem": KEY } },
    { id: "pr", files: { "k.pem": null } },
  ),
  on(
    "replaces a key in place",
    ["k.pem"],
    { id: "x", files: { "k.pem": KEY } },
    { id: "pr", files: { "k.pem": "see the secret store\n" } },
  ),
  on(
    "completes a key over two commits",
    // Its first half is a partial key.
    ["k.pem", "k.pem"],
    { id: "x", files: { "k.pem": KEY.slice(0, HALF) } },
    { id: "pr", files: { "k.pem": KEY } },
  ),
  on(
    "adds a key in a merge commit that no parent has",
    ["k.pem"],
    { id: "side", parents: ["main"], files: { "s.txt": "s\n" } },
    { id: "other", parents: ["main"], files: { "o.txt": "o\n" } },
    { id: "pr", parents: ["other", "side"], files: { "s.txt": "s\n", "k.pem": KEY } },
  ),
  on(
    "merges a side branch that had a key",
    ["k.pem"],
    { id: "side1", parents: ["main"], files: { "k.pem": KEY } },
    { id: "side2", parents: ["side1"], files: { "k.pem": null } },
    { id: "other", parents: ["main"], files: { "o.txt": "o\n" } },
    { id: "pr", parents: ["other", "side2"] },
  ),
  on(
    "merges a side branch and keeps nothing of it",
    ["k.pem"],
    { id: "side", parents: ["main"], files: { "k.pem": KEY } },
    { id: "other", parents: ["main"], files: { "o.txt": "o\n" } },
    { id: "pr", parents: ["other", "side"] },
  ),
  on(
    "merges three branches at once",
    ["a.pem", "b.pem"],
    { id: "a", parents: ["main"], files: { "a.pem": KEY } },
    { id: "b", parents: ["main"], files: { "b.pem": `${KEY}\n` } },
    { id: "c", parents: ["main"], files: { "c.txt": "c\n" } },
    { id: "pr", parents: ["c", "a", "b"] },
  ),
  on(
    "merges an unrelated history",
    ["k.pem"],
    { id: "orphan", parents: [], files: { "k.pem": KEY } },
    { id: "c", parents: ["main"], files: { "c.txt": "c\n" } },
    { id: "pr", parents: ["c", "orphan"] },
  ),
  on("is an orphan branch", ["k.pem"], { id: "pr", parents: [], files: { "k.pem": KEY } }),
  on(
    "crosses merges",
    ["k.pem"],
    { id: "a", parents: ["main"], files: { "a.txt": "a\n" } },
    { id: "b", parents: ["main"], files: { "k.pem": KEY } },
    { id: "ab", parents: ["a", "b"] },
    { id: "ba", parents: ["b", "a"], files: { "k.pem": null, "a.txt": "a\n" } },
    { id: "pr", parents: ["ba", "ab"] },
  ),
  on("hides a key from diffs", ["k.pem"], {
    id: "pr",
    files: { ".gitattributes": "* -diff\n", "k.pem": KEY },
  }),
  on("calls a key binary", ["k.pem"], {
    id: "pr",
    files: { ".gitattributes": "*.pem binary\n", "k.pem": KEY },
  }),
  on("declares a filter and a text conversion", ["k.pem"], {
    id: "pr",
    files: {
      ".gitattributes": "* filter=evil diff=evil text eol=crlf working-tree-encoding=UTF-16\n",
      "k.pem": KEY,
    },
  }),
  on("writes a key in UTF-16", ["k.txt"], {
    id: "pr",
    files: { "k.txt": Buffer.from(`\ufeff${KEY}`, "utf16le") },
  }),
  on("surrounds a key with NUL", ["k.bin"], { id: "pr", files: { "k.bin": `\0\0\0${KEY}\0\0` } }),
  on("names a key as a picture", ["logo.png"], { id: "pr", files: { "logo.png": KEY } }),
  on(
    "puts a key where tools do not search",
    ["node_modules/x/index.js", "package-lock.json", "test/fixtures/key"],
    {
      id: "pr",
      files: {
        "node_modules/x/index.js": `k(\`${KEY}\`)`,
        "package-lock.json": JSON.stringify({ k: KEY }),
        "test/fixtures/key": `${KEY}\n\n`,
      },
    },
  ),
  {
    name: "renames a key that was there before",
    commits: [
      { id: "root", files: { "node_modules/k.js": KEY } },
      { id: "main", files: { "a.txt": "a\n" } },
      { id: "pr", files: { "node_modules/k.js": null, "src/k.js": KEY } },
    ],
    found: ["src/k.js"],
  },
  {
    name: "brings back a key that the base had removed",
    commits: [
      { id: "root", files: { "k.pem": KEY } },
      { id: "main", files: { "k.pem": null } },
      { id: "pr", files: { "k.pem": KEY } },
    ],
    found: ["k.pem"],
  },
  {
    name: "does not touch the key that the base has",
    commits: [
      { id: "root", files: { "k.pem": KEY } },
      { id: "main" },
      { id: "pr", files: { "a.txt": "a\n" } },
    ],
    found: [],
  },
  {
    name: "merges the base, which has got a key meanwhile",
    commits: [
      { id: "root", files: { "a.txt": "a\n" } },
      { id: "mine", parents: ["root"], files: { "mine.txt": "m\n" } },
      { id: "main", parents: ["root"], files: { "k.pem": KEY } },
      { id: "pr", parents: ["mine", "main"], files: { "k.pem": KEY } },
    ],
    found: [],
  },
  {
    name: "branched off long ago, before the base got a key and lost it",
    commits: [
      { id: "root", files: { "a.txt": "a\n" } },
      ...Array.from({ length: 20 }, (_, at) => ({ id: `m${at}`, files: { "a.txt": `${at}\n` } })),
      { id: "keyed", files: { "k.pem": KEY } },
      { id: "main", files: { "k.pem": null } },
      { id: "pr", parents: ["m3"], files: { "b.txt": "b\n", "new.pem": `${KEY}\n` } },
    ],
    found: ["new.pem"],
  },
  on(
    "has a key in the 36th of 40 commits alone",
    ["k.pem"],
    ...many(40, 35, { "k.pem": KEY }).map((commit, at) =>
      at === 36 ? { ...commit, files: { "k.pem": null } } : commit,
    ),
  ),
  on("has a key in a commit message", ["COMMIT_MESSAGE"], {
    id: "pr",
    message: `Add it\n\n${KEY}`,
    files: { "a.txt": "a\n" },
  }),
  on("has a key in an empty commit's message", ["COMMIT_MESSAGE"], { id: "pr", message: `Add it\n\n${KEY}` }),
  on("links to a name that is a key", ["link"], { id: "pr", files: { link: link(KEY) } }),
  on(
    "turns a file into a link and a folder into a file",
    ["src"],
    {
      id: "x",
      files: { "README.md": link("src"), src: null, "src/a.js": null, "src/b.js": null },
    },
    { id: "pr", files: { src: KEY } },
  ),
  on("adds a submodule", [], {
    id: "pr",
    files: {
      sub: submodule("1".repeat(40)),
      ".gitmodules": '[submodule "sub"]\n\tpath = sub\n\turl = ../x\n',
    },
  }),
  on("adds one key under two names", ["a.pem", "b/c.pem"], {
    id: "pr",
    files: { "a.pem": KEY, "b/c.pem": KEY },
  }),
  on("has names that differ in case alone", ["KEY.pem", "key.pem"], {
    id: "pr",
    files: { "KEY.pem": KEY, "key.pem": `${KEY}\n` },
  }),
  on("has file names that commands and terminals would obey", NAMES, {
    id: "pr",
    files: Object.fromEntries(NAMES.map((name, at) => [name, KEY + "\n".repeat(at)])),
  }),
  on("has a key at the end of a large file", ["big.log"], {
    id: "pr",
    files: { "big.log": Buffer.concat([Buffer.alloc(20_000_000, "x\n"), Buffer.from(KEY)]) },
  }),
  on("makes a file executable", [], { id: "pr", files: { "src/a.js": { mode: "100755", data: "1;\n" } } }),
  on("adds empty files and an empty commit", [], { id: "x", files: { empty: "" } }, { id: "pr" }),
  { name: "is the same as its base", commits: [root, main, { id: "pr", parents: ["main"] }], found: [] },
];
