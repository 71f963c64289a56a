import type { OptionRow } from "../command.ts";

/** An option, as far as its completion needs it. */
export type CompletableOption = Pick<OptionRow, "type" | "short" | "value" | "choices"> & {
  readonly help?: string;
};

/** A command as a shell completes it. */
export interface CompletableCommand {
  /** `policy check` is `["policy", "check"]`. */
  readonly path: readonly string[];
  readonly summary: string;
  readonly options: Readonly<Record<string, CompletableOption>>;
  /** Whether files can follow. */
  readonly takesFiles: boolean;
}

/** A command with commands of its own: `policy`. */
export interface CompletableGroup {
  readonly name: string;
  readonly summary: string;
  readonly commands: readonly string[];
}

/** The whole command line. */
export interface CompletionModel {
  readonly groups: readonly CompletableGroup[];
  readonly commands: readonly CompletableCommand[];
}

/** What an option's value is completed as; undefined where it takes none. */
export function completedAs({
  type,
  value,
  choices,
}: CompletableOption): readonly string[] | "path" | "any" | undefined {
  if (type === "boolean") return undefined;
  if (choices !== undefined) return choices;
  return value === "FILE" || value === "FOLDER" ? "path" : "any";
}

/** Names of the first level, each with what it does. */
export const firstLevel = ({ groups, commands }: CompletionModel): readonly (readonly [string, string])[] => {
  const alone = commands.filter(({ path }) => path.length === 1);
  return [
    ...groups.map(({ name, summary }) => [name, summary] as const),
    ...alone.map(({ path, summary }) => [path[0] ?? "", summary] as const),
  ];
};

/** The commands of a group, each with what it does. */
export const secondLevel = (
  { commands }: CompletionModel,
  group: string,
): readonly (readonly [string, string])[] =>
  commands
    .filter(({ path }) => path.length === 2 && path[0] === group)
    .map(({ path, summary }) => [path[1] ?? "", summary] as const);

/** In single quotes for a POSIX shell. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** The first line of a help text. */
export const helpLine = ({ help = "" }: CompletableOption): string => help.split("\n")[0] ?? "";
