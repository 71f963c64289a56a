import { jsonText } from "../../action/report/escape.ts";
import { wrapLines } from "../../action/report/wrap-lines.ts";
import { ok, refused } from "../../schemas/result.ts";
import { command, EXIT } from "../command.ts";
import { printRefusal, type Refusal } from "../refusal.ts";
import { invokeConnections, OF_FUNCTION, userMistake } from "./invoke.ts";

const NAME = "connections disconnect";

export const disconnect = command({
  name: NAME,
  description: [
    "Ends the connection of a Box user: its tokens end at Box, and the service forgets them. While Box does not",
    "respond, nothing is removed. Repeating is always safe.",
  ],
  operands: [],
  options: {
    ...OF_FUNCTION,
    app: { type: "string", value: "NAME", help: "the configured app" },
    user: { type: "string", value: "ID", help: "the Box user" },
    force: { type: "boolean", help: "also where the service cannot end the tokens at Box any more" },
  },
  required: ["function", "app", "user"],
  examples: ["box-sts connections disconnect --function box-sts-connections --app crm --user 12345"],
  exits: { 0: "the user is disconnected", 1: "nothing was removed, or not reached", 2: "wrong use" },
  async run({ values }, terminal) {
    const { app, user: userId, force } = values;
    const mistake = userMistake(userId);
    if (mistake !== undefined) return refused(mistake);
    const event = { action: "disconnect", app, userId, ...(force && { force }) };
    const result = await invokeConnections(values, event, endIn, terminal);
    if (!result.ok) return printRefusal(NAME, result.error, values.json, terminal);
    if ("code" in result.value) return printRefusal(NAME, result.value, values.json, terminal);
    const { endedAtBox } = result.value;
    if (values.json) terminal.out(`${jsonText({ disconnected: true, endedAtBox })}\n`);
    else terminal.out(wrapLines(endedAtBox ? ENDED : FORGOTTEN, terminal));
    return ok(EXIT.ok);
  },
});

const ENDED = "The user is disconnected, and the tokens have ended at Box.\n";
const FORGOTTEN =
  "The connection is removed. Its tokens have not ended at Box: an access token works for an hour, the refresh token expires after 60 days.\n";

function endIn(response: Readonly<Record<string, unknown>>): { endedAtBox: boolean } | Refusal | undefined {
  const { disconnected, endedAtBox, code, message, retryable, retry_after, request_id } = response;
  if (disconnected === true) return { endedAtBox: endedAtBox === true };
  if (disconnected !== false) return undefined;
  return {
    ...{ code: String(code), message: String(message), retryable: retryable === true },
    ...(typeof retry_after === "number" && { retry_after }),
    ...(typeof request_id === "string" && { request_id }),
  };
}
