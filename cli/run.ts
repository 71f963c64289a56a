import { createRequire } from "node:module";
import { wrapLines } from "../action/report/wrap-lines.ts";
import { EXIT, unknownCommand } from "./command.ts";
import type { CompletableOption } from "./completion/model.ts";
import type { Terminal } from "./terminal.ts";

interface Runnable {
  /** What a shell completes; a command without it is completed by its name alone. */
  readonly options?: Readonly<Record<string, CompletableOption>>;
  readonly operands?: readonly string[];
  run(args: readonly string[], terminal: Terminal): Promise<number>;
}
interface CommandEntry {
  readonly summary: string;
  /** Loaded on demand, so that a command loads nothing of the others. */
  load(): Promise<Runnable>;
}
interface GroupEntry {
  readonly summary: string;
  readonly commands: Readonly<Record<string, CommandEntry>>;
}

const COMMANDS: Readonly<Record<string, CommandEntry | GroupEntry>> = {
  lint: {
    summary: "blocks keys and Box secrets, validates Box configs",
    load: async () => (await import("./lint.ts")).lint,
  },
  policy: {
    summary: "checks, explains, tests and compares policies, offline",
    commands: {
      check: {
        summary: "reports what is wrong, and what is probably not meant",
        load: async () => (await import("./policy/check.ts")).check,
      },
      explain: {
        summary: "allow or deny, and why: which statement decides",
        load: async () => (await import("./policy/explain.ts")).explain,
      },
      test: {
        summary: "runs a file of requests that must be allowed or denied",
        load: async () => (await import("./policy/test.ts")).test,
      },
      diff: {
        summary: "who gains and who loses what between two policies",
        load: async () => (await import("./policy/diff.ts")).diff,
      },
    },
  },
  connections: {
    summary: "lists, makes and ends the connections of OAuth 2.0 users",
    commands: {
      list: {
        summary: "who is connected, and for how many days",
        load: async () => (await import("./connections/list.ts")).list,
      },
      link: {
        summary: "a link with which a Box user connects",
        load: async () => (await import("./connections/link.ts")).link,
      },
      disconnect: {
        summary: "ends a user's connection, at Box too",
        load: async () => (await import("./connections/disconnect.ts")).disconnect,
      },
    },
  },
  sandbox: {
    summary: "a local Box, with the token functions or alone",
    load: async () => (await import("./sandbox.ts")).sandbox,
  },
  token: {
    summary: "a Box token for a shell, by function or config file",
    load: async () => (await import("./token.ts")).token,
  },
  doctor: {
    summary: "checks a config or a deployment, and what to do next",
    load: async () => (await import("./doctor.ts")).doctor,
  },
  probe: {
    summary: "checks that a deployment refuses what it must refuse",
    load: async () => (await import("./probe.ts")).probe,
  },
  record: {
    summary: "records the traffic with Box, to compare the sandbox",
    load: async () => (await import("./record.ts")).record,
  },
  completion: {
    summary: "completes commands and options in bash, zsh and fish",
    load: async () => (await import("./completion.ts")).completion(COMMANDS),
  },
};

/** Runs `box-sts` with these arguments; resolves to the exit status. */
export async function run(args: readonly string[], given: Terminal): Promise<number> {
  const terminal: Terminal = {
    ...given,
    err: (text) => given.err(wrapLines(text, { columns: given.errColumns })),
  };
  const [first, ...others] = args;
  if (first === "--version" || first === "-v") return print(terminal, `${version()}\n`);
  if (first === "help") return run([...others, "--help"], given);
  const found = find("box-sts", COMMANDS, args, HEAD);
  if (typeof found === "string") return print(terminal, wrapLines(found, terminal));
  if ("refusal" in found) {
    terminal.err(`box-sts: ${found.refusal}\n`);
    return EXIT.usage;
  }
  return (await found.entry.load()).run(found.args, terminal);
}

/** By the package's own name: the way to it differs between the source and the bundle. */
const version = (): string => createRequire(import.meta.url)("box-sts/package.json").version;

const HEAD = "box-sts: short-lived Box tokens under a policy, and no Box key in Git.";

type Found =
  | string
  | { readonly refusal: string }
  | { readonly entry: CommandEntry; readonly args: string[] };

/** The command that the arguments name; a text is the help of the group. */
function find(
  path: string,
  entries: Readonly<Record<string, CommandEntry | GroupEntry>>,
  [name, ...args]: readonly string[],
  head: string,
): Found {
  const names = Object.keys(entries);
  if (name === "--help" || name === "-h") return groupHelp(path, entries, head);
  if (name === undefined) return { refusal: `Name a command: ${names.join(", ")}. See: ${path} --help` };
  if (name.startsWith("-"))
    return { refusal: `The options follow the command: ${names.join(", ")}. See: ${path} --help` };
  const entry = Object.hasOwn(entries, name) ? entries[name] : undefined;
  if (entry === undefined) return { refusal: unknownCommand(name, names, path) };
  if ("load" in entry) return { entry, args };
  return find(`${path} ${name}`, entry.commands, args, `${path} ${name}: ${entry.summary}.`);
}

function groupHelp(
  path: string,
  entries: Readonly<Record<string, CommandEntry | GroupEntry>>,
  head: string,
): string {
  const rows = Object.entries(entries).flatMap(([name, entry]) =>
    "load" in entry || path !== "box-sts"
      ? [[name, entry.summary] as const]
      : Object.entries((entry as GroupEntry).commands).map(
          ([sub, { summary }]) => [`${name} ${sub}`, summary] as const,
        ),
  );
  const width = Math.max(...rows.map(([name]) => name.length));
  const root = path === "box-sts" ? ["  --version   print the version", ""] : [];
  return [
    head,
    "",
    `Usage: ${path} COMMAND [arguments]`,
    "",
    ...rows.map(([name, summary]) => `  ${name.padEnd(width)}  ${summary}`),
    "",
    ...root,
    `${path} COMMAND --help describes a command, its options and its exit status.`,
    "",
  ].join("\n");
}

function print(terminal: Terminal, text: string): number {
  terminal.out(text);
  return EXIT.ok;
}
