import {
  type CompletableCommand,
  type CompletionModel,
  completedAs,
  firstLevel,
  helpLine,
  quoted,
  secondLevel,
} from "./model.ts";

/** A completion for zsh, with what each command and option does. */
export function zshCompletion(model: CompletionModel): string {
  const described = (rows: readonly (readonly [string, string])[]) =>
    rows.map(([name, summary]) => quoted(`${name}:${summary}`)).join(" ");
  const groups = model.groups.map(
    ({ name }) => `    ${name})
      if (( CURRENT == 3 )); then
        commands=(${described(secondLevel(model, name))})
        _describe command commands
        return
      fi
      command_path="$words[2] $words[3]"
      shift words
      (( CURRENT-- ))
      ;;`,
  );
  return `#compdef box-sts
# Completion of box-sts for zsh. In ~/.zshrc, after compinit: eval "$(box-sts completion zsh)"
_box_sts() {
  local -a commands
  local command_path="$words[2]"
  if (( CURRENT == 2 )); then
    commands=(${described(firstLevel(model))})
    _describe command commands
    return
  fi
  case "$words[2]" in
${groups.join("\n")}
  esac
  shift words
  (( CURRENT-- ))
  case "$command_path" in
${model.commands.map(argumentsOf).join("\n")}
  esac
}
if [ "$funcstack[1]" = _box_sts ]; then _box_sts "$@"; else compdef _box_sts box-sts; fi
`;
}

/** What `_arguments` would interpret. */
const escaped = (text: string): string => text.replaceAll(/[\\[\]:]/g, "\\$&");

function argumentsOf({ path, options, takesFiles }: CompletableCommand): string {
  const specs = Object.entries(options).map(([name, option]) => {
    const value = completedAs(option);
    const help = `[${escaped(helpLine(option))}]`;
    if (value === undefined) return quoted(`--${name}${help}`);
    const action = value === "path" ? "_files" : value === "any" ? " " : `(${value.join(" ")})`;
    return quoted(`--${name}=${help}:${escaped(option.value ?? "VALUE")}:${action}`);
  });
  const files = takesFiles ? [quoted("*:FILE:_files")] : [];
  return `    ${quoted(path.join(" "))}) _arguments ${[...specs, ...files].join(" ")} ;;`;
}
