import { type CompletionModel, completedAs, firstLevel, quoted, secondLevel } from "./model.ts";

/** A completion for bash, from 3.2 on: without associative arrays and without the package bash-completion. */
export function bashCompletion(model: CompletionModel): string {
  const words = (names: readonly string[]) => quoted(names.join(" "));
  const names = (rows: readonly (readonly [string, string])[]) => words(rows.map(([name]) => name));
  const groups = model.groups.map(({ name }) => name).join("|");
  const options = model.commands.map(
    ({ path, options, takesFiles }) =>
      `    ${quoted(path.join(" "))}) options=${words(Object.keys(options).map((name) => `--${name}`))}${takesFiles ? " files=yes" : ""} ;;`,
  );
  const values = model.commands.flatMap(({ path, options }) =>
    Object.entries(options).flatMap(([name, option]) => {
      const value = completedAs(option);
      if (value === undefined) return [];
      const then =
        value === "path" ? "_box_sts_files" : value === "any" ? ":" : `_box_sts_words ${words(value)}`;
      return [`    ${quoted(`${path.join(" ")} --${name}`)}) ${then}; return ;;`];
    }),
  );
  return `# Completion of box-sts for bash. In ~/.bashrc: eval "$(box-sts completion bash)"
_box_sts_words() {
  local word
  COMPREPLY=()
  for word in $(compgen -W "$1" -- "$current"); do COMPREPLY+=("$word"); done
}
_box_sts_files() {
  local IFS=$'\\n'
  COMPREPLY=($(compgen -f -- "$current"))
  compopt -o filenames 2>/dev/null
}
_box_sts() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD - 1]}" path="\${COMP_WORDS[1]}"
  local options='' files=''
  COMPREPLY=()
  # --name=value is three words here.
  if [ "$current" = '=' ]; then current=''
  elif [ "$previous" = '=' ]; then previous="\${COMP_WORDS[COMP_CWORD - 2]}"
  fi
  if [ "$COMP_CWORD" -eq 1 ]; then
    _box_sts_words ${names(firstLevel(model))}
    return
  fi
  case "$path" in
${model.groups
  .map(
    ({ name }) =>
      `    ${name}) if [ "$COMP_CWORD" -eq 2 ]; then _box_sts_words ${names(secondLevel(model, name))}; return; fi ;;`,
  )
  .join("\n")}
  esac
  case "$path" in ${groups}) path="$path \${COMP_WORDS[2]}" ;; esac
  case "$path $previous" in
${values.join("\n")}
  esac
  case "$path" in
${options.join("\n")}
  esac
  case "$current" in
    -*) _box_sts_words "$options" ;;
    *) if [ -n "$files" ]; then _box_sts_files; else _box_sts_words "$options"; fi ;;
  esac
}
complete -F _box_sts box-sts
`;
}
