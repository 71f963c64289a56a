import { completionTests, linesOf, type ShellUnderTest } from "../integration/cli/completion-tests.ts";
import { needs } from "./needs.ts";

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
function zshOffers(shell: ShellUnderTest, line: string): readonly string[] {
  ofZsh ??= new Map(
    shell
      .run("zsh", ["-f", "-c", ZSH, "zsh", shell.folder, ...LINES])
      .split(/^LINE:/m)
      .slice(1)
      .map((block): [string, readonly string[]] => {
        const [completed = "", ...offers] = block.split("\n");
        return [completed, linesOf(offers.join("\n"))];
      }),
  );
  const offers = ofZsh.get(line);
  if (offers === undefined) throw new Error(`LINES lacks ${line}`);
  return offers;
}

completionTests("zsh", zshOffers, needs("zsh"));

completionTests(
  "fish",
  (shell, line) => {
    const program = `source ./fish; complete -C ${JSON.stringify(line)}`;
    return linesOf(shell.run("fish", ["--no-config", "-c", program])).map((one) => one.split("\t")[0] ?? "");
  },
  needs("fish"),
);
