import {
  type CompletableCommand,
  type CompletionModel,
  completedAs,
  firstLevel,
  helpLine,
  secondLevel,
} from "./model.ts";

/** In single quotes, where fish knows two escapes. */
const quoted = (text: string): string => `'${text.replaceAll(/[\\']/g, "\\$&")}'`;

/** A completion for fish, with what each command and option does. */
export function fishCompletion(model: CompletionModel): string {
  const row = (condition: string, what: string) => `complete -c box-sts -n ${quoted(condition)} ${what}`;
  const command = (condition: string, [name, summary]: readonly [string, string]) =>
    row(condition, `-a ${name} -d ${quoted(summary)}`);
  const lines = [
    ...firstLevel(model).map((one) => command("__fish_use_subcommand", one)),
    ...model.groups.flatMap(({ name, commands }) =>
      secondLevel(model, name).map((one) => command(`${seen(name)}; and not ${seen(...commands)}`, one)),
    ),
    ...model.commands.flatMap(optionRows),
  ];
  return `# Completion of box-sts for fish: box-sts completion fish > ~/.config/fish/completions/box-sts.fish
complete -c box-sts -f
${lines.join("\n")}
`;

  function optionRows({ path, options, takesFiles }: CompletableCommand): readonly string[] {
    const condition = path.map((name) => seen(name)).join("; and ");
    const rows = Object.entries(options).map(([name, option]) => {
      const value = completedAs(option);
      const short = option.short === undefined ? "" : ` -s ${option.short}`;
      const takes =
        value === undefined
          ? ""
          : value === "path"
            ? " -r -F"
            : value === "any"
              ? " -x"
              : ` -x -a ${quoted(value.join(" "))}`;
      const help = helpLine(option);
      return row(condition, `-l ${name}${short}${takes}${help === "" ? "" : ` -d ${quoted(help)}`}`);
    });
    return takesFiles ? [...rows, row(condition, "-F")] : rows;
  }
}

const seen = (...names: readonly string[]): string => `__fish_seen_subcommand_from ${names.join(" ")}`;
