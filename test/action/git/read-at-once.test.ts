import { afterAll, describe, expect, it } from "vitest";
import { RULES } from "../../../action/rules/rules.ts";
import type { Scanned } from "../../../action/scan/finding.ts";
import { roleKeys } from "../../../action/scan/rule.ts";
import { scanSource } from "../../../action/scan/scan-source.ts";
import { historySources } from "../../../action/sources/git/commits.ts";
import { OpenRepository } from "../../../action/sources/git/open-repository.ts";
import { OtherRoles } from "../../../action/sources/git/other-roles.ts";
import { type Requested, readObjects } from "../../../action/sources/git/read-objects.ts";
import type { Source } from "../../../action/sources/source.ts";
import { SECRETS } from "../rules/vectors.ts";
import { fullClone, git, makeOrigin } from "./repository.ts";
import { KEY } from "./shapes.ts";

const POINTER = "version https://git-lfs.github.com/spec/v1\n";
const POINTERS = 700;

/** Of more bytes than arrive together, so that objects of each type and rule are in two pieces. */
const files = {
  ...Object.fromEntries(
    Array.from({ length: POINTERS }, (_, at) => [
      `lfs/${at % 9}/${at}.bin`,
      `${POINTER}oid sha256:${at.toString(16).padStart(64, "0")}\nsize ${at}\n`,
    ]),
  ),
  ...Object.fromEntries(
    Array.from({ length: 60 }, (_, at) => [`keys/${at}.pem`, `${"#".repeat(at * 97)}\n${KEY}`]),
  ),
  "12345_ab12cd34_config.json": '{ "boxAppSettings": { "clientSecret": 1 } }\n',
  "box/app.js": `const clientSecret = "${SECRETS.alnum}";\n`,
  "large.txt": `${"x".repeat(99)}\n`.repeat(3000) + KEY,
  empty: "",
};
const origin = makeOrigin([{ id: "one", files, message: `Subject\n\n${POINTER}` }], {
  "refs/heads/main": "one",
});
const repository = new OpenRepository({ folder: fullClone(origin) });
afterAll(() => repository.close());
const range = { include: ["HEAD"], exclude: [] };

async function scannedEach(asSeen: (source: Source) => Source): Promise<ReadonlyMap<string, Scanned>> {
  const all = new Map<string, Scanned>();
  for await (const source of historySources(repository, range).sources)
    all.set(source.path, await scanSource(asSeen(source), RULES));
  return all;
}

describe("a small object of a history", () => {
  it("gives the same findings whether it is read at once or in pieces", async () => {
    const atOnce = await scannedEach((source) => source);
    const inPieces = await scannedEach(({ arrived: _, ...source }) => source);
    expect(atOnce).toEqual(inPieces);
    expect(atOnce.size).toBe(Object.keys(files).length + 1);
    const found = [...atOnce].filter(([, { findings }]) => findings.length > 0).map(([path]) => path);
    expect(found.toSorted()).toEqual(
      [
        "12345_ab12cd34_config.json",
        "box/app.js",
        "large.txt",
        ...Object.keys(files).filter((path) => path.startsWith("keys/")),
      ].toSorted(),
    );
  });

  it("is recognised as an LFS pointer wherever Git's output is cut, and a message never is", async () => {
    const pointers = [...(await scannedEach((source) => source))].filter(([, { skippedKinds }]) =>
      skippedKinds.includes("lfs"),
    );
    expect(pointers.map(([path]) => path).filter((path) => !path.startsWith("lfs/"))).toEqual([]);
    expect(pointers).toHaveLength(POINTERS);
  });

  it("comes in one piece", async () => {
    const pieces: number[] = [];
    for await (const source of historySources(repository, range).sources) {
      if (source.size === 0 || source.size > 64 * 1024) continue;
      let count = 0;
      for await (const _ of source.chunks()) count++;
      pieces.push(count);
    }
    expect(new Set(pieces)).toEqual(new Set([1]));
  });
});

describe("objects that are read at once", () => {
  const objects = git(repository.folder, "rev-list", "--objects", "HEAD")
    .trim()
    .split("\n")
    .map((line) => line.split(" ")[0] ?? "");

  it("are not yielded, and the others keep their order", async () => {
    const [given, yielded]: [string[], string[]] = [[], []];
    const requested = (async function* (): AsyncGenerator<readonly Requested<null>[]> {
      yield objects.map((object) => ({ object, note: null }));
    })();
    const takesTrees = ({ type, object }: { readonly type: string; readonly object: string }) => {
      given.push(object);
      return type === "tree";
    };
    for await (const { object, type } of readObjects(repository, requested, [], takesTrees)) {
      expect(type).not.toBe("tree");
      yielded.push(object);
    }
    expect(given).toEqual(objects);
    expect(yielded).toEqual(objects.filter((object) => yielded.includes(object)));
    expect(yielded).toHaveLength(Object.keys(files).length + 1);
  });
});

describe("what folders decide", () => {
  it("is computed once for each path, however many trees have it", () => {
    const roles = new OtherRoles(repository);
    const paths: string[] = [];
    const keys = roleKeys(RULES);
    roles.use({
      ...keys,
      folder(path) {
        paths.push(path);
        return keys.folder(path);
      },
    });
    const before = paths.length;
    for (let at = 0; at < 50; at++) roles.tree(at.toString(16).padStart(40, "0"), "src/a", Buffer.alloc(0));
    expect(paths.slice(before)).toEqual(["src/a"]);
  });

  it("may be any name that one of the rules names, and every name where a rule names none", () => {
    const { mayDecide } = roleKeys(RULES);
    expect(["a.json", "A.JSON", "apps box", "sandBox"].filter(mayDecide)).toHaveLength(4);
    expect(["a.txt", "json", "index.ts"].filter(mayDecide)).toEqual([]);
    expect(roleKeys([]).mayDecide("a.json")).toBe(false);
    const unnamed = { id: "schema" as const, role: (path: string) => path, find: () => [] };
    expect(roleKeys([...RULES, unnamed]).mayDecide("a.txt")).toBe(true);
  });
});
