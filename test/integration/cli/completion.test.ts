import { expect, test } from "vitest";
import { boxSts } from "../../support/terminal.ts";
import { completionTests, linesOf } from "./completion-tests.ts";

// zsh and fish are in `test/programs`.
completionTests("bash", (shell, line) => {
  // As readline splits the line: = is a word of its own.
  const words = line
    .split(" ")
    .flatMap((word) => word.split(/(=)/))
    .filter((word, at, all) => word !== "" || at === all.length - 1);
  const list = words.map((word) => `'${word}'`).join(" ");
  const program = `. ./bash; COMP_WORDS=(${list}); COMP_CWORD=${words.length - 1}; _box_sts; printf '%s\n' "\${COMPREPLY[@]}"`;
  return linesOf(shell.run("bash", ["--norc", "--noprofile", "-c", program]));
});

test("box-sts completion refuses an unknown shell with those that there are, and has a JSON form", async () => {
  const refused = await boxSts(["completion", "tcsh"]);
  expect(refused).toMatchObject({ status: 2, stdout: "" });
  expect(refused.stderr).toContain("There is no completion for tcsh; name one of: bash, zsh, fish.");
  expect(refused.stderr).not.toContain("Did you mean");
  const { stdout } = await boxSts(["completion", "fish", "--json"]);
  expect(JSON.parse(stdout)).toMatchObject({
    shell: "fish",
    script: expect.stringContaining("complete -c box-sts"),
  });
});

test("every option of every command that prints them in its help is in each script", async () => {
  const { stdout } = await boxSts(["--help"]);
  const commands = [...stdout.matchAll(/^ {2}([a-z]+(?: [a-z]+)?) {2,}\S/gm)].map(([, name = ""]) => name);
  const loud = commands.filter((name) => name !== "lint" && name !== "sandbox");
  expect(loud.length).toBeGreaterThan(10);
  for (const name of loud) {
    const help = (await boxSts([...name.split(" "), "--help"])).stdout;
    const options = [...help.matchAll(/^ {2}(?:-\w, )?--([a-z-]+)/gm)].map(([, option = ""]) => option);
    expect(options.length).toBeGreaterThan(1);
    const { stdout: script } = await boxSts(["completion", "bash"]);
    const offered = new RegExp(`^    '${name}'\\) options='([^']*)'`, "m").exec(script)?.[1]?.split(" ");
    expect(offered?.toSorted()).toEqual(options.map((option) => `--${option}`).toSorted());
  }
});
