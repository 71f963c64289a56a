import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { stateDocument } from "../../../sandbox/box/seed/state-json.ts";
import { seedFolder } from "../../../sandbox/box/seed.ts";
import { enterpriseToken, get, type Scene, scene } from "./box-requests.ts";

let at: Scene;
let folder: string;

beforeEach(async () => {
  at = await scene();
  folder = await mkdtemp(join(tmpdir(), "seed-"));
});
afterEach(async () => {
  await at.box.close();
  await rm(folder, { recursive: true });
});

const write = async (path: string, content: string | Buffer = path): Promise<void> => {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), content);
};
const describeSeed = (document: unknown) => write("box-seed.json", JSON.stringify(document));
const shown = () => stateDocument(at.box.state, { contents: true, secrets: true });
const namesIn = async (id: string, headers: Record<string, string> = {}) => {
  const { entries } = (await get(at, `/2.0/folders/${id}/items`, await enterpriseToken(at), headers)).body;
  return entries.map(({ name }: { name: string }) => name).sort();
};

describe("a seed folder", () => {
  test("becomes items of the Service Account's root, beside those that are there", async () => {
    await write("Contracts/2026/acme.txt", "signed");
    await write("Contracts/logo.bin", Buffer.from([0, 255, 1]));
    await write("Reports/added.txt");
    await mkdir(join(folder, "Empty"));
    expect(await seedFolder(at.box, folder)).toEqual({ files: 3, folders: 4 });
    expect(await namesIn("0")).toEqual(["Contracts", "Empty", "Payroll", "Reports"]);
    expect(await namesIn(at.sample.reports.id)).toEqual(["2026", "added.txt", "summary.txt"]);
    expect(shown().files).toContainEqual(
      expect.objectContaining({ path: "/Contracts/2026/acme.txt", text: "signed" }),
    );
    expect(shown().files).toContainEqual(
      expect.objectContaining({ path: "/Contracts/logo.bin", base64: "AP8B" }),
    );
  });

  test("leaves out hidden files and folders", async () => {
    await write("a.txt");
    await write(".env");
    await write(".git/config");
    await write("b/.DS_Store");
    expect(await seedFolder(at.box, folder)).toEqual({ files: 1, folders: 1 });
  });

  test("has ids, descriptions, links, users and collaborations from its box-seed.json", async () => {
    await write("Shared/plan.txt", "the plan");
    await describeSeed({
      users: [{ id: "88", name: "Nina", login: "nina@example.com" }],
      folders: [{ path: "/Shared", id: "500" }],
      files: [
        { path: "/Shared/plan.txt", id: "501", description: "draft", sharedLink: true },
        { path: "/inline.txt", text: "from the document" },
      ],
      collaborations: [{ item: "/Shared", user: "88", role: "editor" }],
    });
    await seedFolder(at.box, folder);
    expect(await namesIn("0", { "As-User": "88" })).toEqual(["Shared"]);
    expect(await namesIn("500")).toEqual(["plan.txt"]);
    expect(shown().files).toContainEqual(
      expect.objectContaining({
        id: "501",
        description: "draft",
        text: "the plan",
        sharedLink: expect.anything(),
      }),
    );
    expect(await namesIn("0")).toContain("inline.txt");
    expect(await namesIn("0")).not.toContain("box-seed.json");
  });

  test("keeps its items over a reset, where a checkpoint follows it", async () => {
    await write("a.txt");
    await seedFolder(at.box, folder);
    at.box.checkpoint();
    at.box.reset();
    expect(await namesIn("0")).toContain("a.txt");
  });
});

describe("a symbolic link of a seed folder", () => {
  test("is followed where it leads to something inside", async () => {
    await write("docs/real.txt", "content");
    await symlink("docs/real.txt", join(folder, "alias.txt"));
    await symlink("docs", join(folder, "linked"));
    expect(await seedFolder(at.box, folder)).toEqual({ files: 3, folders: 2 });
    expect(shown().files).toContainEqual(
      expect.objectContaining({ path: "/linked/real.txt", text: "content" }),
    );
  });

  test.each([
    ["to a file outside", "/etc/hostname", /leads out of the seed folder/],
    ["to a folder outside", "..", /leads out of the seed folder/],
    ["to a sibling whose name begins alike", "../seed-sibling", /leads (out of the seed folder|nowhere)/],
    ["nowhere", "missing", /leads nowhere/],
    ["to the folder that it is in", ".", /leads to a folder that it is in/],
  ])("that leads %s is refused, and nothing is added", async (_, target, message) => {
    const before = shown();
    await write("a.txt");
    await symlink(target, join(folder, "link"));
    await expect(seedFolder(at.box, folder)).rejects.toThrow(message);
    expect(shown()).toEqual(before);
  });
});

describe("a seed folder is refused as a whole", () => {
  const refused = async (message: RegExp) => {
    const before = shown();
    await expect(seedFolder(at.box, folder)).rejects.toThrow(message);
    expect(shown()).toEqual(before);
  };

  test("where a file is there already; the sentence names the file", async () => {
    await write("Reports/summary.txt");
    await write("new.txt");
    await refused(/seed-\w+\/Reports\/summary\.txt: There is a file or folder of this path already\.$/);
  });

  test("where Box refuses a name", async () => {
    await write("trailing ");
    await refused(/trailing : Box refuses the name "trailing "/);
  });

  test("where two names differ by case alone", async () => {
    await write("A.txt");
    await write("a.txt");
    await refused(/already/);
  });

  test("where its box-seed.json is wrong; the sentence names the place", async () => {
    await write("a.txt");
    await describeSeed({
      users: [{ name: "x" }],
      collaborations: [{ item: "/a.txt", user: "1", role: "king" }],
    });
    await refused(/box-seed\.json: \/users\/0: The property login is missing\.\n.*\/collaborations\/0\/role/);
    await write("box-seed.json", "{");
    await refused(/box-seed\.json is not a JSON document/);
    await describeSeed({ files: [{ path: "/a.txt", text: "twice" }] });
    await refused(/box-seed\.json: \/files\/0: The file has several contents/);
  });

  test("where its files are too large; none of them is read", async () => {
    await write("large.bin", "");
    await truncate(join(folder, "large.bin"), 65 * 1_024 * 1_024);
    await refused(/large\.bin, have more than 64 MiB/);
  });

  test("where it nests too deep", async () => {
    await write(`${"d/".repeat(33)}a.txt`);
    await refused(/more than 32 levels deep/);
  });

  test("where it is missing, or a file", async () => {
    await expect(seedFolder(at.box, join(folder, "no"))).rejects.toThrow(
      /cannot be read: there is no such folder/,
    );
    await write("file");
    await expect(seedFolder(at.box, join(folder, "file"))).rejects.toThrow(/is a file; name the folder/);
  });
});
