/** One instruction of a Dockerfile. */
export interface Instruction {
  /** In capitals: `FROM`. */
  readonly name: string;
  /** Flags by name, without `--`: `{ from: "build" }`. */
  readonly flags: Readonly<Record<string, string>>;
  /** What follows the flags, lines joined. */
  readonly text: string;
  readonly line: number;
}

export interface Stage {
  /** The image or stage that it starts from, with arguments replaced by their defaults. */
  readonly base: string;
  readonly name: string | undefined;
  readonly instructions: readonly Instruction[];
}

/** A Dockerfile's stages (https://docs.docker.com/reference/dockerfile/). @throws Error at what is no instruction */
export function parseDockerfile(text: string): readonly Stage[] {
  const args = new Map<string, string>();
  const stages: { base: string; name: string | undefined; instructions: Instruction[] }[] = [];
  for (const instruction of instructionsOf(text)) {
    const { name, text: rest } = instruction;
    if (name === "ARG" && stages.length === 0) {
      const [argument = "", value = ""] = rest.split("=");
      args.set(argument, value);
    } else if (name === "FROM") {
      const [base = "", , stage] = rest.split(/\s+/);
      const replaced = base.replaceAll(/\$\{(\w+)\}/g, (_, argument) => args.get(argument) ?? "");
      stages.push({ base: replaced, name: stage, instructions: [] });
    } else {
      const stage = stages.at(-1);
      if (stage === undefined) throw new Error(`Line ${instruction.line}: ${name} is before the first FROM.`);
      stage.instructions.push(instruction);
    }
  }
  return stages;
}

function instructionsOf(text: string): readonly Instruction[] {
  const instructions: Instruction[] = [];
  let pending: { line: number; text: string } | undefined;
  for (const [at, written] of text.split("\n").entries()) {
    if (/^\s*(?:#|$)/.test(written)) continue;
    const { line, text: before } = pending ?? { line: at + 1, text: "" };
    const joined = `${before}${written.trim()}`;
    pending = joined.endsWith("\\") ? { line, text: joined.slice(0, -1) } : undefined;
    if (pending === undefined) instructions.push(instructionOf(joined, line));
  }
  if (pending !== undefined) throw new Error(`Line ${pending.line} continues after the end of the file.`);
  return instructions;
}

const NAMES =
  /^(?:ADD|ARG|CMD|COPY|ENTRYPOINT|ENV|EXPOSE|FROM|HEALTHCHECK|LABEL|RUN|STOPSIGNAL|USER|VOLUME|WORKDIR)$/;

function instructionOf(text: string, line: number): Instruction {
  const [, name = "", rest = ""] = /^(\S+)\s+([\s\S]*)$/.exec(text) ?? [];
  if (!NAMES.test(name)) throw new Error(`Line ${line} has no instruction: ${text}`);
  const flags: Record<string, string> = {};
  let remaining = rest;
  for (let flag = FLAG.exec(remaining); flag !== null; flag = FLAG.exec(remaining)) {
    flags[flag[1] ?? ""] = flag[2] ?? "";
    remaining = remaining.slice(flag[0].length);
  }
  return { name, flags, text: remaining.trim(), line };
}

const FLAG = /^--([a-z-]+)=(\S+)\s+/;

/** The arguments of an instruction in JSON form; `undefined` where a shell would read it. */
export function execForm(text: string): readonly string[] | undefined {
  const json = text.slice(text.indexOf("["));
  try {
    const value: unknown = JSON.parse(json);
    return Array.isArray(value) && value.every((each) => typeof each === "string") ? value : undefined;
  } catch {
    return undefined;
  }
}
