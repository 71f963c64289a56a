import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { boxSts } from "../../support/terminal.ts";

/** The scripts in the shells themselves. A shell that is not installed is skipped by name. */
const folder = mkdtempSync(join(tmpdir(), "box-sts-completion-"));
const SHELLS = ["bash", "zsh", "fish"] as const;
type Shell = (typeof SHELLS)[number];
const scripts: Record<string, string> = {};
const isInstalled = (shell: Shell) => spawnSync(shell, ["-c", "exit 0"]).status === 0;

beforeAll(async () => {
  for (const shell of SHELLS) {
    const { status, stdout, stderr } = await boxSts(["completion", shell]);
    expect([status, stderr]).toEqual([0, ""]);
    scripts[shell] = join(folder, shell);
    writeFileSync(join(folder, shell), stdout);
  }
  for (const name of ["config.json", "a file.json"]) writeFileSync(join(folder, name), "{}");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const environment = { PATH: process.env.PATH, HOME: folder, TERM: "dumb", LC_ALL: "C.UTF-8" };
function run(command: string, args: readonly string[], input = "") {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd: folder,
    encoding: "utf8",
    env: environment,
    input,
    timeout: 60_000,
  });
  expect([status, stderr]).toEqual([0, ""]);
  return stdout;
}

/** What zsh itself offers, on a terminal of its own: completion runs nowhere else. */
const ZSH = String.raw`
zmodload zsh/zpty
zpty shell zsh -f -i
await() { local out=; while [[ $out != *$1* ]]; do zpty -r shell chunk || return; out+=$chunk; done; seen=$out }
zpty -w shell "PS1= PS2= RPS1= ; stty -echo columns 200; unsetopt prompt_cr zle_bracketed_paste; cd $1"
zpty -w shell 'autoload -Uz compinit; compinit -u -d '$1'/dump; . '$1'/zsh'
zpty -w shell 'compadd() {
  local -a found; local given=("$@")
  if (( ${"$"}{given[(I)-[OAD]]} )); then builtin compadd "$@"; return $?; fi
  builtin compadd -O found "$@"; print -rl -- "OFFER:"$^found
  builtin compadd "$@"
}'
zpty -w shell 'finish() { zle main-complete; print -r -- "THE""END"; BUFFER=; zle accept-line }; zle -C main-complete complete-word _main_complete; zle -N finish; bindkey "^I" finish; print REA""DY'
await READY
for line in "${"$"}{@:2}"; do
  zpty -w -n shell "$line"$'\t'
  await THEEND
  print -r -- "LINE:$line"
  print -r -- "$seen" | grep -o "OFFER:[^[:cntrl:]]*" | sed "s/^OFFER://"
done
`;

/** Every line that the tests complete: zsh starts once for all of them. */
const LINES = [
  ...["box-sts ", "box-sts pol", "box-sts policy ", "box-sts connections l", "box-sts token --fo"],
  ...["box-sts policy diff --fa", "box-sts doctor --o", "box-sts probe --strict --url-"],
  ...["box-sts lint --staged --fail-on-", "box-sts token --format ", "box-sts policy diff --fail-on g"],
  ...["box-sts lint --format s", "box-sts token --format=h", "box-sts doctor --config conf"],
  ...["box-sts doctor --config a", "box-sts policy check conf", "box-sts token --app conf"],
];
let ofZsh: ReadonlyMap<string, readonly string[]> | undefined;
function zshOffers(line: string): readonly string[] {
  ofZsh ??= new Map(
    run("zsh", ["-f", "-c", ZSH, "zsh", folder, ...LINES])
      .split(/^LINE:/m)
      .slice(1)
      .map((block): [string, readonly string[]] => {
        const [completed = "", ...offers] = block.split("\n");
        return [completed, lines(offers.join("\n"))];
      }),
  );
  const offers = ofZsh.get(line);
  if (offers === undefined) throw new Error(`LINES lacks ${line}`);
  return offers;
}

const OFFERS: Readonly<Record<Shell, (line: string) => readonly string[]>> = {
  bash(line) {
    // As readline splits the line: = is a word of its own.
    const words = line
      .split(" ")
      .flatMap((word) => word.split(/(=)/))
      .filter((word, at, all) => word !== "" || at === all.length - 1);
    const list = words.map((word) => `'${word}'`).join(" ");
    const program = `. ./bash; COMP_WORDS=(${list}); COMP_CWORD=${words.length - 1}; _box_sts; printf '%s\n' "\${COMPREPLY[@]}"`;
    return lines(run("bash", ["--norc", "--noprofile", "-c", program]));
  },
  zsh: zshOffers,
  fish: (line) =>
    lines(run("fish", ["--no-config", "-c", `source ./fish; complete -C ${JSON.stringify(line)}`])).map(
      (one) => one.split("\t")[0] ?? "",
    ),
};
const lines = (text: string): readonly string[] =>
  [...new Set(text.split("\n").filter((line) => line !== ""))].sort();

describe.each(SHELLS)("the completion in %s", (shell) => {
  const installed = isInstalled(shell);
  const name = (text: string) => (installed ? text : `${text} (${shell} is not installed)`);

  test.skipIf(!installed)(name("offers the commands, those of a group, and what begins with a text"), () => {
    const first = OFFERS[shell]("box-sts ");
    for (const command of ["lint", "policy", "connections", "token", "doctor", "probe", "completion"])
      expect(first).toContain(command);
    expect(OFFERS[shell]("box-sts pol")).toEqual(["policy"]);
    expect(OFFERS[shell]("box-sts policy ")).toEqual(["check", "diff", "explain", "test"]);
    expect(OFFERS[shell]("box-sts connections l")).toEqual(["link", "list"]);
  });

  test.skipIf(!installed)(name("offers the options of the command"), () => {
    expect(OFFERS[shell]("box-sts token --fo")).toEqual(["--format"]);
    expect(OFFERS[shell]("box-sts policy diff --fa")).toEqual(["--fail-on"]);
    expect(OFFERS[shell]("box-sts doctor --o")).toEqual(["--offline"]);
    expect(OFFERS[shell]("box-sts probe --strict --url-")).toEqual(["--url-function"]);
    expect(OFFERS[shell]("box-sts lint --staged --fail-on-")).toEqual(["--fail-on-skipped"]);
  });

  test.skipIf(!installed)(name("offers the values of an option, also behind an equals sign"), () => {
    expect(OFFERS[shell]("box-sts token --format ")).toEqual(["env", "header", "json"]);
    expect(OFFERS[shell]("box-sts policy diff --fail-on g")).toEqual(["gain"]);
    expect(OFFERS[shell]("box-sts lint --format s")).toEqual(["sarif"]);
    const [value] = OFFERS[shell]("box-sts token --format=h");
    // fish returns the word with its beginning.
    expect(value?.replace("--format=", "")).toBe("header");
  });

  test.skipIf(!installed)(name("offers files where a file is expected, and nothing where a name is"), () => {
    const plain = (offers: readonly string[]) => offers.map((one) => one.replaceAll("\\ ", " "));
    expect(plain(OFFERS[shell]("box-sts doctor --config conf"))).toEqual(["config.json"]);
    expect(plain(OFFERS[shell]("box-sts doctor --config a"))).toEqual(["a file.json"]);
    expect(plain(OFFERS[shell]("box-sts policy check conf"))).toEqual(["config.json"]);
    expect(OFFERS[shell]("box-sts token --app conf")).toEqual([]);
  });
});

test("box-sts completion refuses an unknown shell with the nearest one, and has a JSON form", async () => {
  const refused = await boxSts(["completion", "bsh"]);
  expect(refused).toMatchObject({ status: 2, stdout: "" });
  expect(refused.stderr).toContain("name one of: bash, zsh, fish. Did you mean bash?");
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
