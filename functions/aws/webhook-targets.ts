import type { Clock } from "../broker/ports.ts";
import type { TargetKind, WebhookTarget } from "../broker/webhooks/target.ts";

/** Where an app's events go. */
export interface TargetSettings {
  readonly kind: TargetKind;
  /** URL of the queue, ARN of the function, name or ARN of the bus. */
  readonly address: string;
  /** The one that the address names. */
  readonly region: string | undefined;
  /** Whether it receives Skill invocations, which hold tokens. */
  readonly takesSkills: boolean;
}

type MakeTarget = (address: string, region: string | undefined, clock: Clock) => WebhookTarget["handOn"];

/** The AWS client of each kind, loaded only where an app has such a target. */
const MAKERS: Readonly<Record<WebhookTarget["kind"], () => Promise<MakeTarget>>> = {
  queue: async () => (await import("./queue-target.ts")).queueTarget,
  function: async () => (await import("./function-target.ts")).functionTarget,
  bus: async () => (await import("./bus-target.ts")).busTarget,
};

/** The targets by app. Region, credentials and endpoints come from the AWS SDK's own chain where a target names none. */
export async function webhookTargets(
  settings: ReadonlyMap<string, TargetSettings>,
  clock: Clock,
): Promise<ReadonlyMap<string, WebhookTarget>> {
  const targets = await Promise.all(
    [...settings].map(async ([app, { kind, address, region, takesSkills }]) => {
      const make = await MAKERS[kind]();
      return [app, { kind, takesSkills, handOn: make(address, region, clock) }] as const;
    }),
  );
  return new Map(targets);
}
