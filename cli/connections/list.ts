import { jsonText, visible } from "../../action/report/escape.ts";
import { wrapLines } from "../../action/report/wrap-lines.ts";
import { isObject } from "../../schemas/json/is-object.ts";
import { ok, type Result } from "../../schemas/result.ts";
import { command, EXIT } from "../command.ts";
import { printRefusal, type Refusal } from "../refusal.ts";
import { painter, type Terminal } from "../terminal.ts";
import { type FunctionOptions, invokeConnections, OF_FUNCTION } from "./invoke.ts";

/** A connection, as the function lists it; null where its record cannot be read. */
interface Listed {
  readonly app: string;
  readonly userId: string;
  readonly login: string | null;
  readonly daysLeft: number | null;
  readonly status: string;
}

const NAME = "connections list";

export const list = command({
  name: NAME,
  description: [
    "Lists the connections of OAuth 2.0 users, first those that cannot be used, then by the days that are left",
    "until the refresh token expires if it is not used. The connections function uses it every 30 to 40 days.",
  ],
  operands: [],
  options: {
    ...OF_FUNCTION,
    app: { type: "string", value: "NAME", help: "of this app alone" },
  },
  required: ["function"],
  examples: ["box-sts connections list --function box-sts-connections --app crm"],
  exits: { 0: "all are connected", 1: "a user has to connect again, or not reached", 2: "wrong use" },
  async run({ values }, terminal) {
    const result = await allPages(values, terminal);
    if (!result.ok) return printRefusal(NAME, result.error, values.json, terminal);
    const connections = result.value;
    terminal.out(
      values.json ? `${jsonText({ connections })}\n` : wrapLines(table(connections, terminal), terminal),
    );
    const areConnected = connections.every(({ status }) => status === "connected");
    return ok(areConnected ? EXIT.ok : EXIT.finding);
  },
});

/** Every connection once: one that is refreshed between two pages may be on both. */
async function allPages(
  options: FunctionOptions & { readonly app?: string },
  terminal: Terminal,
): Promise<Result<readonly Listed[], string | Refusal>> {
  const found = new Map<string, Listed>();
  let next: unknown;
  do {
    const event = {
      action: "list",
      ...(options.app !== undefined && { app: options.app }),
      ...(next !== undefined && { next }),
    };
    const page = await invokeConnections(options, event, pageIn, terminal);
    if (!page.ok) return page;
    for (const one of page.value.connections) found.set(`${one.app}#${one.userId}`, one);
    next = page.value.next;
  } while (next !== undefined);
  return ok([...found.values()]);
}

function pageIn({ connections, next }: Readonly<Record<string, unknown>>) {
  return Array.isArray(connections) && connections.every(isListed) ? { connections, next } : undefined;
}

const isListed = (value: unknown): value is Listed =>
  isObject(value) && [value.app, value.userId, value.status].every((text) => typeof text === "string");

function table(connections: readonly Listed[], terminal: Terminal): string {
  if (connections.length === 0) return "No user is connected.\n";
  const paint = painter(terminal);
  const head = ["APP", "USER", "LOGIN", "DAYS LEFT", "STATUS"];
  const rows = connections.map(({ app, userId, login, daysLeft, status }) =>
    [app, userId, login ?? "", daysLeft === null ? "" : String(daysLeft), status].map(visible),
  );
  const widths = head.map((name, at) => Math.max(name.length, ...rows.map((row) => row[at]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join("  ")
      .trimEnd();
  const painted = rows.map((row) => (row[4] === "connected" ? line(row) : paint("red", line(row))));
  return `${[paint("bold", line(head)), ...painted].join("\n")}\n`;
}
