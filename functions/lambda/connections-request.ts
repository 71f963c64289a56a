import { isObject } from "../../schemas/json/is-object.ts";
import { didYouMean } from "../../schemas/json/nearest.ts";
import { APP_NAME } from "../../schemas/protocol/token-request.ts";
import type { LinkRequest } from "../broker/oauth/connect-link.ts";
import type { DisconnectRequest } from "../broker/oauth/disconnect.ts";
import {
  DEFAULT_INVITATION_DAYS,
  MAX_INVITATION_DAYS,
  MAX_RETURN_TO_LENGTH,
  returnAddress,
} from "../broker/oauth/invitation.ts";
import type { ListRequest } from "../broker/oauth/list.ts";

/** What an event requests of the connections function. */
export type ConnectionsRequest =
  | { readonly action: "sweep" }
  | { readonly action: "list"; readonly request: ListRequest }
  | { readonly action: "link"; readonly request: LinkRequest }
  | { readonly action: "disconnect"; readonly request: DisconnectRequest };

/** The properties that each action has besides `action`. */
const ACTIONS = {
  sweep: { required: [], optional: [] },
  list: { required: [], optional: ["app", "next"] },
  link: { required: ["app"], optional: ["userId", "returnTo", "validDays"] },
  disconnect: { required: ["app", "userId"], optional: ["force"] },
} as const satisfies Readonly<Record<ConnectionsRequest["action"], object>>;

type Action = keyof typeof ACTIONS;
type Event = Readonly<Record<string, unknown>>;

const ACTION_NAMES = Object.keys(ACTIONS) as readonly Action[];
const USER_ID = /^[0-9]{1,20}$/;

/** Returned to the operator who invoked the function, hence without a stack. */
export class InvalidRequest extends Error {
  override readonly name = "InvalidRequest";

  constructor(message: string) {
    super(message);
    this.stack = "";
  }
}

/**
 * @param apps names of the configured apps
 * @throws {InvalidRequest} what is wrong, and what is allowed
 */
export function parseConnectionsRequest(event: unknown, apps: readonly string[]): ConnectionsRequest {
  if (!isObject(event)) throw new InvalidRequest("The event must be one JSON object.");
  if (isScheduled(event)) return { action: "sweep" };
  const action = actionOf(event);
  const { app, userId, returnTo, validDays, force, next } = event;
  switch (action) {
    case "sweep":
      return { action };
    case "list": {
      const request = {
        ...(app !== undefined && { app: configuredApp(app, apps) }),
        ...(next !== undefined && { next: pageOf(next) }),
      };
      return { action, request };
    }
    case "link": {
      const request = {
        app: configuredApp(app, apps),
        ...(userId !== undefined && { userId: userIdOf(userId) }),
        ...(returnTo !== undefined && { returnTo: addressOf(returnTo) }),
        validDays: daysOf(validDays ?? DEFAULT_INVITATION_DAYS),
      };
      return { action, request };
    }
    case "disconnect": {
      const isForced = flagOf(force ?? false);
      const name = isForced ? appName(app) : configuredApp(app, apps, DISCONTINUED);
      return { action, request: { app: name, userId: userIdOf(userId), force: isForced } };
    }
  }
}

/** EventBridge's own event, of a rule or of a schedule without an input. */
function isScheduled(event: Event): boolean {
  const isAws = event.source === "aws.events" || event.source === "aws.scheduler";
  return isAws && event["detail-type"] === "Scheduled Event";
}

function actionOf(event: Event): Action {
  const action = ACTION_NAMES.find((name) => name === event.action);
  if (action === undefined) {
    const meant = typeof event.action === "string" ? didYouMean(event.action, ACTION_NAMES) : "";
    throw new InvalidRequest(`action must be one of: ${ACTION_NAMES.join(", ")}.${meant}`);
  }
  const required: readonly string[] = ACTIONS[action].required;
  const allowed = ["action", ...required, ...ACTIONS[action].optional];
  const missing = required.find((name) => event[name] === undefined);
  if (missing !== undefined) throw new InvalidRequest(`The action ${action} requires ${missing}.`);
  const unknown = Object.keys(event).find((name) => !allowed.includes(name));
  if (unknown === undefined) return action;
  const meant = didYouMean(unknown, allowed);
  throw new InvalidRequest(
    `The action ${action} has no such property; it has ${allowed.join(", ")}.${meant}`,
  );
}

const DISCONTINUED = " With force, the connection of an app that is not configured any more is removed.";

function configuredApp(given: unknown, apps: readonly string[], otherwise = ""): string {
  if (typeof given === "string" && apps.includes(given)) return given;
  const meant = typeof given === "string" ? didYouMean(given, apps) : "";
  throw new InvalidRequest(`The app must be one of: ${apps.join(", ")}.${meant}${otherwise}`);
}

function appName(given: unknown): string {
  if (typeof given === "string" && APP_NAME.test(given)) return given;
  throw new InvalidRequest(
    "The app must have a name of 1 to 64 letters, digits, dots, hyphens and underscores.",
  );
}

function userIdOf(given: unknown): string {
  if (typeof given === "string" && USER_ID.test(given)) return given;
  throw new InvalidRequest("userId must be the id of a Box user: a string of 1 to 20 digits.");
}

function addressOf(given: unknown): string {
  const address = typeof given === "string" ? returnAddress(given) : undefined;
  if (address !== undefined) return address;
  throw new InvalidRequest(
    `returnTo must be an https:// URL without credentials, of at most ${MAX_RETURN_TO_LENGTH} characters.`,
  );
}

function daysOf(given: unknown): number {
  const isValid =
    Number.isInteger(given) && (given as number) >= 1 && (given as number) <= MAX_INVITATION_DAYS;
  if (isValid) return given as number;
  throw new InvalidRequest(`validDays must be a whole number from 1 to ${MAX_INVITATION_DAYS}.`);
}

function flagOf(given: unknown): boolean {
  if (typeof given === "boolean") return given;
  throw new InvalidRequest("force must be true or false.");
}

function pageOf(given: unknown): string {
  if (typeof given === "string" && given.length <= 256) return given;
  throw new InvalidRequest(UNKNOWN_PAGE);
}

/** For a page of `list` that is none. */
export const UNKNOWN_PAGE = "next must be the next that the page before has.";
