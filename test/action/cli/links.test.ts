import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { git, temporaryFolder } from "../git/repository.ts";
import { KEY } from "../git/shapes.ts";
import { lint, lintProcess } from "./command-line.ts";

/** A repository with an ignored folder `out`, that has a key, and links by what they lead to. */
function repository(links: Readonly<Record<string, string>>): string {
  const folder = join(temporaryFolder(), "work");
  mkdirSync(join(folder, "out/sub"), { recursive: true });
  git(folder, "init", "--quiet", "--initial-branch=main");
  writeFileSync(join(folder, ".gitignore"), "out\n");
  writeFileSync(join(folder, "out/k.pem"), KEY);
  for (const [link, target] of Object.entries(links)) symlinkSync(target, join(folder, link));
  return folder;
}

/** The paths of the findings, which stand at the beginning of a line each. */
const found = (stdout: string) => [...stdout.matchAll(/^(\S+)\n {2}\d/gm)].map(([, path]) => path);

describe("a symbolic link that the command line names", () => {
  it.each([
    ["a folder", "out", "dist/k.pem"],
    ["a folder whose path ends in a slash", "out/", "dist/k.pem"],
    ["a file", "out/k.pem", "dist"],
    ["a link to a folder", "other", "dist/k.pem"],
    ["a folder outside of the repository", "../real", "dist/k.pem"],
    ["a file outside of the repository", "../real/k.pem", "dist"],
    ["the folder above, in which it is not followed again", "..", "dist/real/k.pem"],
  ])("is followed where it leads to %s", (_, target, path) => {
    const folder = repository({ dist: target, other: "out" });
    mkdirSync(join(folder, "../real"));
    writeFileSync(join(folder, "../real/k.pem"), KEY);
    const { status, stdout, stderr } = lint(folder, "dist");
    expect(found(stdout)).toContain(path);
    expect([status, stderr]).toEqual([1, ""]);
  });

  it("is followed by a process of its own, and the links below it are not", () => {
    const folder = repository({ dist: "links" });
    mkdirSync(join(folder, "links"));
    symlinkSync("../out", join(folder, "links/build"));
    symlinkSync("..", join(folder, "links/up"));
    const { status, stdout } = lintProcess(folder, ["dist"]);
    expect([status, stdout]).toEqual([0, expect.stringContaining("2 blobs, 8 bytes.")]);
    expect(lintProcess(folder, ["links/build"]).status).toBe(1);
  });

  it.each([
    ["nowhere", "gone"],
    ["to itself", "dist"],
    ["through a file", "out/k.pem/x"],
  ])("is a problem where it leads %s", (_, target) => {
    const { status, stdout } = lint(repository({ dist: target }), "dist");
    expect(stdout).toContain(
      "dist is a symbolic link that leads to no file or folder; correct it, or name another path.",
    );
    expect(status).toBe(2);
  });

  it.runIf(process.platform === "linux")("is a problem where it leads to a device", () => {
    const { status, stdout } = lint(repository({ dist: "/dev/zero" }), "dist");
    expect(stdout).toContain("dist is a pipe, socket or device; name a file or folder to scan.");
    expect(status).toBe(2);
  });

  it("is left out where --exclude fits its name", () => {
    expect(lint(repository({ dist: "out" }), "dist", "--exclude", "dist").status).toBe(0);
  });

  it("is a name beside --staged, as Git has it", () => {
    const folder = repository({ dist: "out", gone: "nowhere" });
    const { status, stdout } = lint(folder, "--staged", "dist", "gone");
    expect([status, stdout]).toEqual([0, expect.stringContaining("2 blobs, 10 bytes.")]);
  });
});
