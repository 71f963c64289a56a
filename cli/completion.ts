import { ok, refused } from "../schemas/result.ts";
import { type Command, command, EXIT } from "./command.ts";
import { bashCompletion } from "./completion/bash.ts";
import { fishCompletion } from "./completion/fish.ts";
import type { CompletableCommand, CompletableOption, CompletionModel } from "./completion/model.ts";
import { zshCompletion } from "./completion/zsh.ts";

const SHELLS: Readonly<Record<string, (model: CompletionModel) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};

/** A command, before it is loaded: what of it a completion needs. */
interface Entry {
  readonly summary: string;
  load(): Promise<{
    readonly options?: Readonly<Record<string, CompletableOption>>;
    readonly operands?: readonly string[];
  }>;
}
type Entries = Readonly<
  Record<string, Entry | { readonly summary: string; readonly commands: Readonly<Record<string, Entry>> }>
>;

/** @param entries all commands of `box-sts`, of which the completion is made */
export const completion = (entries: Entries): Command =>
  command({
    name: "completion",
    description: [
      "Prints a script with which a shell completes the commands, options and values of box-sts. It is made of the",
      "commands of this version: print it again after an update.",
    ],
    operands: ["SHELL"],
    options: {},
    examples: [
      "echo 'eval \"$(box-sts completion bash)\"' >> ~/.bashrc",
      "echo 'eval \"$(box-sts completion zsh)\"' >> ~/.zshrc    (after compinit)",
      "box-sts completion fish > ~/.config/fish/completions/box-sts.fish",
    ],
    exits: { 0: "the script was printed", 2: "wrong use" },
    async run({ operands: [shell = ""], values }, terminal) {
      const make = Object.hasOwn(SHELLS, shell) ? SHELLS[shell] : undefined;
      if (make === undefined) {
        const names = Object.keys(SHELLS);
        return refused(`There is no completion for ${shell}; name one of: ${names.join(", ")}.`);
      }
      const script = make(await modelOf(entries));
      terminal.out(values.json ? `${JSON.stringify({ shell, script })}\n` : script);
      return ok(EXIT.ok);
    },
  });

/** Loads every command. */
async function modelOf(entries: Entries): Promise<CompletionModel> {
  const groups = Object.entries(entries).flatMap(([name, entry]) =>
    "commands" in entry ? [{ name, summary: entry.summary, commands: Object.keys(entry.commands) }] : [],
  );
  const flat = Object.entries(entries).flatMap(([name, entry]): (readonly [readonly string[], Entry])[] =>
    "commands" in entry
      ? Object.entries(entry.commands).map(([sub, one]) => [[name, sub], one] as const)
      : [[[name], entry] as const],
  );
  const commands = await Promise.all(
    flat.map(async ([path, entry]): Promise<CompletableCommand> => {
      const { options = {}, operands = [] } = await entry.load();
      // The shells themselves are the only operands that are no files.
      return {
        path,
        summary: entry.summary,
        options,
        takesFiles: operands.length > 0 && !operands.includes("SHELL"),
      };
    }),
  );
  return { groups, commands };
}
