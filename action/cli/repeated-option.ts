/** An option, as `parseArgs` takes it. */
interface OptionRow {
  readonly type: "string" | "boolean";
  readonly multiple?: boolean;
}

/** The sentence about the first option of which only the last value would count; undefined where there is none. */
export function repeatedOption(
  tokens: readonly { readonly kind: string; readonly name?: string }[],
  options: Readonly<Record<string, OptionRow>>,
): string | undefined {
  const names = tokens.flatMap(({ kind, name }) => (kind === "option" && name !== undefined ? [name] : []));
  const twice = names.find((name, at) => {
    const row = options[name];
    return row?.type === "string" && row.multiple !== true && names.indexOf(name) < at;
  });
  return twice === undefined ? undefined : `--${twice} is there twice; write it once.`;
}
