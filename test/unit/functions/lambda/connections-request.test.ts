import { describe, expect, test } from "vitest";
import { parseConnectionsRequest } from "../../../../functions/lambda/connections-request.ts";

const APPS = ["crm", "reports"];

const parsed = (event: unknown) => parseConnectionsRequest(event, APPS);

function messageOf(event: unknown): string {
  try {
    parsed(event);
  } catch (error) {
    const { name, message, stack } = error as Error;
    expect([name, stack]).toEqual(["InvalidRequest", ""]);
    return message;
  }
  throw new Error("The event was accepted.");
}

describe("an event of the connections function", () => {
  test.each([
    [
      "of an EventBridge rule",
      { source: "aws.events", "detail-type": "Scheduled Event", id: "x", detail: {} },
    ],
    ["of an EventBridge schedule", { source: "aws.scheduler", "detail-type": "Scheduled Event" }],
    ["with the action", { action: "sweep" }],
  ])("%s requests a sweep", (_, event) => expect(parsed(event)).toEqual({ action: "sweep" }));

  test.each([
    [{ action: "list" }, { action: "list", request: {} }],
    [
      { action: "list", app: "crm", next: "3#crm#17" },
      { action: "list", request: { app: "crm", next: "3#crm#17" } },
    ],
    [
      { action: "link", app: "crm" },
      { action: "link", request: { app: "crm", validDays: 7 } },
    ],
    [
      { action: "link", app: "crm", userId: "17", returnTo: "https://example.com/a b", validDays: 60 },
      {
        action: "link",
        request: { app: "crm", userId: "17", returnTo: "https://example.com/a%20b", validDays: 60 },
      },
    ],
    [
      { action: "disconnect", app: "crm", userId: "17" },
      { action: "disconnect", request: { app: "crm", userId: "17", force: false } },
    ],
    [
      { action: "disconnect", app: "retired", userId: "17", force: true },
      { action: "disconnect", request: { app: "retired", userId: "17", force: true } },
    ],
  ])("%j is understood", (event, request) => expect(parsed(event)).toEqual(request));

  test.each<readonly [unknown, string]>([
    [undefined, "The event must be one JSON object."],
    ["sweep", "The event must be one JSON object."],
    [{}, "action must be one of: sweep, list, link, disconnect."],
    [
      { source: "aws.events", "detail-type": "Other" },
      "action must be one of: sweep, list, link, disconnect.",
    ],
    [
      { action: "disconect" },
      "action must be one of: sweep, list, link, disconnect. Did you mean disconnect?",
    ],
    [{ action: "sweep", app: "crm" }, "The action sweep has no such property; it has action."],
    [
      { action: "link", app: "crm", userid: "17" },
      "The action link has no such property; it has action, app, userId, returnTo, validDays. Did you mean userId?",
    ],
    [{ action: "link" }, "The action link requires app."],
    [{ action: "disconnect", app: "crm" }, "The action disconnect requires userId."],
    [{ action: "list", app: "report" }, "The app must be one of: crm, reports. Did you mean reports?"],
    [{ action: "link", app: 7 }, "The app must be one of: crm, reports."],
    [
      { action: "disconnect", app: "crn", userId: "17" },
      "The app must be one of: crm, reports. Did you mean crm? With force, the connection of an app that is not configured any more is removed.",
    ],
    [
      { action: "disconnect", app: "a#b", userId: "17", force: true },
      "The app must have a name of 1 to 64 letters, digits, dots, hyphens and underscores.",
    ],
    [
      { action: "disconnect", app: "crm", userId: 17 },
      "userId must be the id of a Box user: a string of 1 to 20 digits.",
    ],
    [
      { action: "link", app: "crm", userId: "17#x" },
      "userId must be the id of a Box user: a string of 1 to 20 digits.",
    ],
    ...["http://example.com", "https://user:pass@example.com/", "javascript:alert(1)", 7].map(
      (returnTo) =>
        [
          { action: "link", app: "crm", returnTo },
          "returnTo must be an https:// URL without credentials, of at most 512 characters.",
        ] as const,
    ),
    ...[0, 61, 1.5, "7"].map(
      (validDays) =>
        [
          { action: "link", app: "crm", validDays },
          "validDays must be a whole number from 1 to 60.",
        ] as const,
    ),
    [{ action: "disconnect", app: "crm", userId: "17", force: "yes" }, "force must be true or false."],
    [{ action: "list", next: 3 }, "next must be the next that the page before has."],
  ])("%j is refused with what is allowed", (event, message) => expect(messageOf(event)).toBe(message));
});
