import { randomUUID } from "node:crypto";
import { isObject } from "../../schemas/json/is-object.ts";
import { ACCOUNT } from "../aws/identities.ts";
import {
  type Json,
  type OneOperation,
  type OneOperationOptions,
  ServiceError,
  startOneOperation,
} from "../aws/one-operation.ts";

/** One event, as rules match it. */
export interface BusEvent {
  readonly bus: string;
  readonly source: string;
  readonly detailType: string;
  /** JSON. */
  readonly detail: string;
}

export interface EventBridge extends OneOperation<"eventbridge"> {
  /** Stored events, oldest first. */
  readonly events: readonly BusEvent[];
}

interface PutEvents {
  readonly arn: string;
  readonly event: BusEvent;
}

/** The size of an entry that EventBridge takes since January 2026. */
const MAX_BYTES = 1_048_576;

const invalid = (message: string) => new ServiceError("ValidationException", message);

/** An EventBridge with `PutEvents` of one entry and nothing else, over AWS JSON 1.1. */
export async function startEventBridge(
  options: OneOperationOptions & { readonly buses: readonly string[] },
): Promise<EventBridge> {
  const events: BusEvent[] = [];

  const parse = ({ Entries }: Json, region: string): PutEvents => {
    const [entry, ...more] = Array.isArray(Entries) ? Entries : [];
    if (!isObject(entry) || more.length > 0) throw invalid("One entry is required.");
    const { EventBusName = "default", Source, DetailType, Detail } = entry;
    const prefix = `arn:aws:events:${region}:${ACCOUNT}:event-bus/`;
    const arn = String(EventBusName).startsWith("arn:") ? String(EventBusName) : `${prefix}${EventBusName}`;
    const bus = arn.slice(prefix.length);
    return {
      arn,
      event: { bus, source: String(Source), detailType: String(DetailType), detail: String(Detail) },
    };
  };

  const run = ({ event }: PutEvents, faults: ReadonlySet<string>): Json => {
    const { bus, source, detailType, detail } = event;
    if (Buffer.byteLength(source + detailType + detail) > MAX_BYTES) {
      throw invalid("Total size of the entries in the request is over the limit.");
    }
    if (faults.has("entry-failed")) return failed("InternalFailure", "Internal failure");
    if (!isJsonObject(detail)) return failed("MalformedDetail", "Detail is malformed.");
    // EventBridge does not report that a bus does not exist: the event is gone.
    if (options.buses.includes(bus)) events.push(event);
    return { FailedEntryCount: 0, Entries: [{ EventId: randomUUID() }] };
  };

  const service = await startOneOperation(
    {
      ...{
        place: "eventbridge",
        service: "events",
        action: "events:PutEvents",
        target: "AWSEvents.PutEvents",
      },
      ...{ contentType: "application/x-amz-json-1.1", throttled: "ThrottlingException" },
      ...{ parse, run, resourceOf: ({ arn }) => arn, errorHeaders: () => ({}) },
    },
    options,
  );
  return { ...service, events };
}

const failed = (ErrorCode: string, ErrorMessage: string): Json => ({
  FailedEntryCount: 1,
  Entries: [{ ErrorCode, ErrorMessage }],
});

function isJsonObject(text: string): boolean {
  try {
    return isObject(JSON.parse(text));
  } catch {
    return false;
  }
}
