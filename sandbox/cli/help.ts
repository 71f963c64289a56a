import { faultLines, operationLines } from "../faults/fault-text.ts";
import { DEFAULT_PORT } from "./options.ts";
import type { StartCommand } from "./start-command.ts";
import { wrapped } from "./terminal.ts";

/** What `--help` prints. */
export const helpOf = ({ text, piped, misuse }: StartCommand): string => `Usage: ${text} [options]

Serves Box tokens on this machine: the built token functions, with a Box, a Secrets Manager, a DynamoDB and
a Lambda of the sandbox around them. Without --host nothing listens beyond 127.0.0.1.

  --only box     Box alone: its OAuth endpoints, its API and control, without the token functions and AWS
  --port N       token function at N, Lambda's Invoke API at N+1, Box at N+2, Secrets Manager at N+3,
                 Box over TLS at N+4, control at N+5, DynamoDB at N+6, the authorize function at N+7
                 (default ${DEFAULT_PORT}; 0 picks free ports)
  --host ADDRESS with --only box: where Box listens (default 127.0.0.1). 0.0.0.0 is for a container: every
                 machine that reaches the port can use the sandbox's Box, whose keys and tokens open nothing else
  --console      with --host: serve the console there too: its page gives every client the control token
  --json         print one JSON line on the standard output when ready; the log goes to the standard error.
                 A reader of either that goes away ends nothing
${piped === undefined ? "" : `                 Without npm's own lines, for jq: ${piped}\n`}\
  --env FILE     write the variables of the README's snippets and the examples into FILE (mode 0600): ". ./FILE"
                 in a shell, or node --env-file=FILE; the file is removed at the end, with the folders made for it
  --seed FOLDER  its files and folders are in the root of Box's Service Account from the start; a box-seed.json in
                 it may add users, collaborations, shared links and ids (docs/sandbox.md)
  --config FILE  serve real Box tokens with the config.json that the Box Developer Console gave you
  --policy FILE  decide by this policy instead of the sample (schemas/policy.schema.json), and serve the
                 callers, aliases, roles and apps that its statements name
  --oauth        serve an OAuth 2.0 app instead of the sample's: prints a link with which one of the sandbox's
                 users connects, and a command that gets that user's token
  --no-shared-cache
                 each environment of the functions has a cache of its own: without the DynamoDB table, and without
                 revocation
  --fault NAME   let something go wrong from the start, as --fault rate-limited:2,times=3; may be repeated
  --help         this text

Faults:
${faultLines()
  .map((line) => `  ${line}`)
  .join("\n")}

Faults at run time, with CONTROL_URL and CONTROL_TOKEN as printed at the start:
  curl -sS -H "Authorization: Bearer $CONTROL_TOKEN" -d fault=slow:2000 -d times=3 "$CONTROL_URL"
  curl -sS -H "Authorization: Bearer $CONTROL_TOKEN" "$CONTROL_URL" # what is in force
  curl -sS -H "Authorization: Bearer $CONTROL_TOKEN" -X DELETE "$CONTROL_URL" # ends all
times is how many requests are affected (default: all), after how many pass before; on is the operation:
${operationLines()
  .flatMap((line) => wrapped(line, "  "))
  .join("\n")}
${misuse === 1 ? "" : EXIT_STATUS}`;

const EXIT_STATUS = `
Exit status: 0 ended by Ctrl-C or a signal, 1 could not start (a port is taken), 2 wrong use, or a file that is not
valid or cannot be read or written.
`;
