import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import {
  commandData,
  commandProperty,
  jsonText,
  markdownCode,
  markdownText,
  pathUri,
  sarifText,
  shellWord,
  shortened,
  visible,
} from "../../../action/report/escape.ts";
import { problemText } from "../../../action/report/problems.ts";
import { DANGEROUS, HOSTILE } from "./reports.ts";

describe("visible text", () => {
  it.each([
    ["a\nb\r\tc", "a\\nb\\r\\tc"],
    ["\u001b[31m", "\\u{1b}[31m"],
    ["a\u202eb\u2066", "a\\u{202e}b\\u{2066}"],
    ["\ud800", "\\u{d800}"],
    ["\u{e0041}", "\\u{e0041}"],
    ["::error::x", "\\u{3a}:error::x"],
    ["  ::error::x", "  \\u{3a}:error::x"],
    ["a::b", "a::b"],
    ["x##[set-env]", "x##\\u{5b}set-env]"],
    ["Größe/日本.json", "Größe/日本.json"],
  ])("of %j is %j", (text, expected) => {
    expect(visible(text)).toBe(expected);
  });

  it.each(HOSTILE)("of %j is one line that moves nothing", (text) => {
    expect(visible(text)).not.toMatch(DANGEROUS);
    expect(visible(text)).not.toMatch(/\n|##\[|^\s*::/);
  });
});

it("escaping cuts no pair of surrogates apart", () => {
  expect(shortened("ab😀cd", 4)).toBe("ab…");
  expect(shortened("ab😀", 4)).toBe("ab😀");
});

describe("a workflow command", () => {
  it("has its data escaped as the runner reads it back", () => {
    expect(commandData("100%\r\n::error::%0A")).toBe("100%25%0D%0A::error::%250A");
  });
  it("has its properties escaped further", () => {
    expect(commandProperty("a,line=1:2%\n")).toBe("a%2Cline=1%3A2%25%0A");
  });
});

describe("Markdown", () => {
  it.each(HOSTILE)("text of %j has no markup left", (text) => {
    const escaped = markdownText(text);
    expect(escaped).not.toMatch(DANGEROUS);
    expect(escaped).not.toMatch(/[<>`*_[\]|~\\$\n]|:\S|@|www\.|(?<![\w&])#\d|^[-+=]/);
    expect(escaped.replace(/&#\d+;/g, "")).not.toContain("&");
  });
  it.each(HOSTILE)("code of %j cannot be left, not even in a table", (text) => {
    const escaped = markdownCode(text);
    expect(escaped).not.toMatch(DANGEROUS);
    expect(escaped).toMatch(/^(?:`[^`|\\<>&\n]+`|<code>[^<>`|\\*_[\]@:.\n]*<\/code>)$/);
  });
  it("leaves plain words and paths readable in the source too", () => {
    expect(markdownText("Remove key abcd1234 (now), and go on.")).toBe(
      "Remove key abcd1234 (now), and go on.",
    );
    expect(markdownCode("config/1_ab_config.json:5:20")).toBe("`config/1_ab_config.json:5:20`");
  });
  it("hides mentions and references from GitHub's second pass", () => {
    expect(markdownText("@octocat #1 PKCS#8")).toBe("&#64;&#8203;octocat &#35;&#8203;1 PKCS#8");
  });
});

describe("JSON", () => {
  it.each(HOSTILE)("of %j is on one line and says the same", (text) => {
    const json = jsonText({ [text]: text });
    expect(json).not.toMatch(DANGEROUS);
    expect(json).not.toMatch(/\n|##\[/);
    expect(JSON.parse(json)).toEqual({ [text]: text });
  });
});

it("escaping makes no link of SARIF text", () => {
  expect(sarifText("[a](javascript:alert(1))")).toBe("[a] (javascript:alert(1))");
});

describe("the URI of a path", () => {
  it.each([
    ["a b/ü#?.json", "a%20b/%C3%BC%23%3F.json"],
    ["C:/x", "C%3A/x"],
    ["/tmp/x y", "file:///tmp/x%20y"],
    ["a\n%0A", "a%0A%250A"],
    ["\ud800", "%EF%BF%BD"],
  ])("%j is %s", (path, uri) => {
    expect(pathUri(path)).toBe(uri);
  });
});

describe("a command that a problem names", () => {
  it.each(["/srv/app", "/home/jörg/näh café", 'it\'s $HOME `id` \\ "x"', "a'"])(
    "gives a shell %j as it is",
    (text) => {
      expect(execFileSync("sh", ["-c", `printf %s ${shellWord(text)}`]).toString()).toBe(text);
    },
  );

  it("has the folder in quotes where its name has spaces", () => {
    const command = (folder: string) =>
      problemText({ code: "repository_not_owned", folder }).split("run: ")[1];
    expect(command("/my repo")).toBe("git config --global --add safe.directory '/my repo'");
    expect(command("/repo")).toBe("git config --global --add safe.directory /repo");
  });
});
