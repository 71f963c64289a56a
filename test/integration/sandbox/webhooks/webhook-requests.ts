import { addSample, type Sample } from "../../../../sandbox/box/sample.ts";
import { type Box, type BoxOptions, startBox } from "../../../../sandbox/box/server.ts";
import { addApp, type BoxApp } from "../../../../sandbox/box/state.ts";
import { webhookEvent } from "../../../../sandbox/box/webhooks/webhook-event.ts";
import { ENTERPRISE } from "../box-requests.ts";

export interface WebhookScene {
  readonly box: Box;
  /** With both signature keys. */
  readonly app: BoxApp;
  readonly sample: Sample;
}

export async function webhookScene(options: BoxOptions = {}): Promise<WebhookScene> {
  const box = await startBox(options);
  const app = addApp(box.state, ENTERPRISE, { signatureKeys: true });
  return { box, app, sample: addSample(box.state, app) };
}

/** An upload of the sample's report by the managed user. */
export const uploadOf = ({ box, sample }: WebhookScene, changes = {}) =>
  webhookEvent(box.state, box.now(), {
    trigger: "FILE.UPLOADED",
    item: sample.nestedFile,
    user: sample.managedUser,
    ...changes,
  });
