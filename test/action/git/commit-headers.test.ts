import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { partsOf } from "../../../action/sources/git/commit-parts.ts";
import type { GitObject } from "../../../action/sources/git/read-objects.ts";
import { lint } from "../cli/command-line.ts";
import { git, temporaryFolder } from "./repository.ts";
import { KEY } from "./shapes.ts";

const PERSON = "A <a@example.com> 1 +0000";
/** As Git writes a text of several lines into a header. */
const folded = (name: string, text: string) => `${name} ${text.trimEnd().replaceAll("\n", "\n ")}\n`;

const write = (folder: string, type: string, input: string | Buffer) =>
  execFileSync("git", ["-C", folder, "hash-object", "-w", "-t", type, "--literally", "--stdin"], {
    input,
    encoding: "utf8",
  }).trim();

const folder = temporaryFolder();
git(folder, "init", "--quiet", "--initial-branch=main");
const tree = write(folder, "tree", "");
const root = write(folder, "commit", `tree ${tree}\nauthor ${PERSON}\ncommitter ${PERSON}\n\nroot\n`);
git(folder, "update-ref", "refs/heads/main", root);

/** A commit on top of the root, with more headers and this message. */
const commitWith = (headers: string, message = "x\n") =>
  write(
    folder,
    "commit",
    `tree ${tree}\nparent ${root}\nauthor ${PERSON}\ncommitter ${PERSON}\n${headers}\n${message}`,
  );

/** A signature packet of OpenPGP: its tag, its length, and what is in it. */
const packet = Buffer.concat([Buffer.from([0x89, 2, 48]), randomBytes(560)]);
const ssh = Buffer.concat([Buffer.from("SSHSIG\0\0\0\x01", "latin1"), randomBytes(150)]);
const armoured = (label: string, bytes: Buffer, ...more: readonly string[]) =>
  [
    `-----BEGIN ${label}-----`,
    ...more,
    ...(bytes.toString("base64").match(/.{1,64}/g) ?? []),
    `-----END ${label}-----`,
    "",
  ].join("\n");
const SIGNATURE = armoured("PGP SIGNATURE", packet, "");

interface Place {
  readonly path: string;
  readonly line: number;
  readonly column: number;
  readonly commit: string | null;
}

function placesIn(commit: string, ...args: readonly string[]) {
  git(folder, "update-ref", "refs/heads/pr", commit);
  const { status, stdout } = lint(folder, ...args, "--format", "json");
  const { findings } = JSON.parse(stdout) as { findings: readonly Place[] };
  return { status, places: findings.map(({ path, line, column, commit }) => [path, line, column, commit]) };
}

describe("a key in a header", () => {
  it.each(["gpgsig", "mergetag", "x-note"])(
    "%s of a commit is found, with its line, in a range",
    (header) => {
      const commit = commitWith(folded(header, KEY));
      const column = header.length + 2;
      expect(placesIn(commit, "--range", "main..pr")).toEqual({
        status: 1,
        places: [["COMMIT_HEADERS", 5, column, commit]],
      });
    },
  );

  it("of a commit is found in a history, and the report names the commit, the line and the remedy", () => {
    const commit = commitWith(`encoding UTF-8\n${folded("gpgsig", SIGNATURE)}${folded("x-note", KEY)}`);
    git(folder, "update-ref", "refs/heads/pr", commit);
    const { status, stdout } = lint(folder, "--history");
    expect(status).toBe(1);
    expect(stdout).toContain(`the headers of commit ${commit.slice(0, 12)}\n`);
    expect(stdout).toContain(`${6 + SIGNATURE.trimEnd().split("\n").length}:8`);
  });

  it("of a tag is found, and the report names the tag", () => {
    git(folder, "update-ref", "refs/heads/pr", root);
    const tag = `object ${root}\ntype commit\ntag v1\ntagger ${PERSON}\n${folded("x-note", KEY)}\nmessage\n`;
    git(folder, "update-ref", "refs/tags/v1", write(folder, "tag", tag));
    const { status, stdout } = lint(folder, "--history");
    git(folder, "update-ref", "-d", "refs/tags/v1");
    expect([status, stdout.includes("the headers of tag v1\n")]).toEqual([1, true]);
  });

  it("leaves the position of a key in the message as it was", () => {
    const commit = commitWith(folded("gpgsig", SIGNATURE), `Add it\n\n  ${KEY}`);
    expect(placesIn(commit, "--range", "main..pr")).toEqual({
      status: 1,
      places: [["COMMIT_MESSAGE", 3, 3, commit]],
    });
  });
});

it("a tree under the mode of a file fails the run", () => {
  const blob = write(folder, "blob", KEY);
  const entry = (mode: string, object: string) =>
    write(folder, "tree", Buffer.concat([Buffer.from(`${mode} k\0`), Buffer.from(object, "hex")]));
  const outer = entry("100644", entry("100644", blob));
  const commit = `tree ${outer}\nparent ${root}\nauthor ${PERSON}\ncommitter ${PERSON}\n\nx\n`;
  git(folder, "update-ref", "refs/heads/pr", write(folder, "commit", commit));
  const { status, stdout } = lint(folder, "--range", "main..pr", "--format", "json");
  git(folder, "update-ref", "-d", "refs/heads/pr");
  expect([status, JSON.parse(stdout).problemDetails.map(({ code }: { code: string }) => code)]).toEqual([
    2,
    ["object_corrupt"],
  ]);
});

/** A commit whose content comes in pieces of a size, as that of a large object does. */
function streamed(text: string, piece: number, size = text.length): GitObject<null> {
  const bytes = Buffer.from(text);
  return {
    object: "0".repeat(40),
    note: null,
    type: "commit",
    size,
    arrived: () => undefined,
    async *chunks() {
      for (let at = 0; at < bytes.length; at += piece) yield bytes.subarray(at, at + piece);
    },
  };
}

async function partsIn(one: GitObject<null>, skipped = "") {
  const parts: (readonly [string, string])[] = [];
  for await (const { path, chunks } of partsOf(one, { commit: one.object })) {
    const read: Buffer[] = [];
    if (path !== skipped) for await (const chunk of chunks()) read.push(Buffer.from(chunk));
    parts.push([path, Buffer.concat(read).toString()]);
  }
  return parts;
}

const USUAL = `tree ${"a".repeat(40)}\nparent ${"b".repeat(40)}\nauthor ${PERSON}\ncommitter ${PERSON}\nencoding ISO-8859-1\n`;
const LARGE = 1024 * 1024;

describe("a commit", () => {
  it.each([1, 2, 3, 7, 64, 4096])(
    "is split into its headers and its message, in pieces of %i",
    async (piece) => {
      const headers = `${USUAL}x-note a\n b\n`;
      for (const message of ["", "one\n", "\n\nthree\n\nfive\n"]) {
        const text = `${headers}\n${message}`;
        const parts = [
          ["COMMIT_HEADERS", headers],
          ["COMMIT_MESSAGE", message],
        ];
        expect(await partsIn(streamed(text, piece))).toEqual(parts);
        expect(await partsIn(streamed(text, piece, LARGE))).toEqual(parts);
        expect(await partsIn(streamed(text, piece, LARGE), "COMMIT_HEADERS")).toEqual([
          ["COMMIT_HEADERS", ""],
          ["COMMIT_MESSAGE", message],
        ]);
      }
    },
  );

  it.each([
    ["usual headers", USUAL],
    ["a PGP signature", USUAL + folded("gpgsig", SIGNATURE)],
    ["a PGP signature of GitHub", `${USUAL}${folded("gpgsig", SIGNATURE)} \n`],
    [
      "a PGP signature with a comment",
      USUAL + folded("gpgsig", SIGNATURE.replace("\n", "\nVersion: GnuPG v2\n")),
    ],
    ["an SSH signature", USUAL + folded("gpgsig", armoured("SSH SIGNATURE", ssh))],
    ["the address of git-svn", USUAL.replace("a@example.com", "a@13f79535-47bb-0310-9956-ffa450edef68")],
  ])("with %s is its message alone", async (_, headers) => {
    expect(await partsIn(streamed(`${headers}\nmessage\n`, 4096))).toEqual([["COMMIT_MESSAGE", "message\n"]]);
  });

  it.each([
    ["a key as the name of its author", USUAL.replace("A <", `${KEY.replaceAll("\n", " ")} <`)],
    [
      "a secret as the name of its author",
      USUAL.replace("A <", "BOX_CLIENT_SECRET=abcdefgh01234567abcdefgh01234567 <"),
    ],
    ["a name of a thousand characters", USUAL.replace("A <", `${"a ".repeat(500)} <`)],
    ["a key as its signature", USUAL + folded("gpgsig", armoured("PGP SIGNATURE", randomBytes(560)))],
    ["something behind its signature", USUAL + folded("gpgsig", `${SIGNATURE}more`)],
    ["another header", `${USUAL}x-note a\n`],
    ["no message", USUAL.replace("encoding", "x-encoding").trimEnd()],
  ])("with %s is its headers too", async (_, headers) => {
    const parts = await partsIn(streamed(headers.endsWith("\n") ? `${headers}\nmessage\n` : headers, 4096));
    expect(parts[0]).toEqual(["COMMIT_HEADERS", headers]);
  });
});
