import { jsonText, visible } from "../../action/report/escape.ts";
import {
  DEFAULT_INVITATION_DAYS,
  MAX_INVITATION_DAYS,
  MAX_RETURN_TO_LENGTH,
  returnAddress,
} from "../../functions/broker/oauth/invitation.ts";
import { ok, refused } from "../../schemas/result.ts";
import { command, EXIT } from "../command.ts";
import { printRefusal } from "../refusal.ts";
import { invokeConnections, OF_FUNCTION, userMistake } from "./invoke.ts";

const NAME = "connections link";

export const link = command({
  name: NAME,
  description: [
    "Prints a link with which a Box user connects to an OAuth 2.0 app. Until it expires, every person who holds",
    "it can connect an account, or with --user the account of that user: send it as you would send a password.",
  ],
  operands: [],
  options: {
    ...OF_FUNCTION,
    app: { type: "string", value: "NAME", help: "the configured app" },
    user: {
      type: "string",
      value: "ID",
      help: "the Box user whom it is for; default: the person who opens it",
    },
    "return-to": { type: "string", value: "URL", help: "an https address that the last page links to" },
    days: {
      type: "string",
      value: "N",
      help: `how long it is valid, 1 to ${MAX_INVITATION_DAYS}; default: ${DEFAULT_INVITATION_DAYS}`,
    },
  },
  required: ["function", "app"],
  examples: ["box-sts connections link --function box-sts-connections --app crm --user 12345"],
  exits: { 0: "a link was printed", 1: "refused, or not reached", 2: "wrong use" },
  async run({ values }, terminal) {
    const { app, user: userId, "return-to": returnTo, days } = values;
    if (
      days !== undefined &&
      !(/^\d{1,2}$/.test(days) && Number(days) >= 1 && Number(days) <= MAX_INVITATION_DAYS)
    )
      return refused(`--days is ${days}; write a number from 1 to ${MAX_INVITATION_DAYS}.`);
    const mistake = userMistake(userId);
    if (mistake !== undefined) return refused(mistake);
    if (returnTo !== undefined && returnAddress(returnTo) === undefined)
      return refused(
        `--return-to must be an https:// URL without credentials, of at most ${MAX_RETURN_TO_LENGTH} characters.`,
      );
    const event = {
      ...{ action: "link", app },
      ...(userId !== undefined && { userId }),
      ...(returnTo !== undefined && { returnTo }),
      ...(days !== undefined && { validDays: Number(days) }),
    };
    const result = await invokeConnections(values, event, invitationIn, terminal);
    if (!result.ok) return printRefusal(NAME, result.error, values.json, terminal);
    const invitation = result.value;
    terminal.out(values.json ? `${jsonText(invitation)}\n` : `${visible(invitation.url)}\n`);
    return ok(EXIT.ok);
  },
});

function invitationIn({ url, expiresAt }: Readonly<Record<string, unknown>>) {
  return typeof url === "string" && typeof expiresAt === "string" ? { url, expiresAt } : undefined;
}
