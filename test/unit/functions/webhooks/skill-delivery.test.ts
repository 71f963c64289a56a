import { describe, expect, test } from "vitest";
import { TableFailure } from "../../../../functions/broker/shared-cache/table.ts";
import { TargetFailure } from "../../../../functions/broker/webhooks/target.ts";
import { MemoryTable } from "../../../support/memory-table.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";
import {
  newKeys,
  RecordedTarget,
  signedDelivery,
  skillEvent,
  webhookEvent,
  webhookFunction,
} from "../../../support/webhooks.ts";

const KEYS = newKeys();

async function setUp({ takesSkills = false, table }: { takesSkills?: boolean; table?: MemoryTable } = {}) {
  const clock = new VirtualClock();
  const target = new RecordedTarget(takesSkills);
  const targets = { reports: target };
  const environment = () =>
    webhookFunction({ clock, keys: { reports: KEYS }, targets, ...(table !== undefined && { table }) });
  const good = (body: string | object = webhookEvent()) =>
    signedDelivery({ keys: KEYS, sentAt: clock.wall() - 1_000, body });
  return { clock, target, environment, good, ...(await environment()) };
}

describe("a Skill invocation", () => {
  const CANARIES = ["canaryReadToken0123456789abcdef", "canaryWriteToken0123456789abcde"] as const;

  test("is refused where the target is not marked for Skills, and its tokens go nowhere", async () => {
    const { target, good, send, lines, line } = await setUp();
    const response = await send(good(skillEvent(...CANARIES)));
    expect(response.statusCode).toBe(403);
    expect(line()).toMatchObject({ code: "skill_not_configured", event_type: "skill_invocation" });
    expect(target.messages).toEqual([]);
    expect(JSON.stringify([response, lines])).not.toContain("canary");
  });

  test("goes to a target that is marked for Skills, with its tokens", async () => {
    const { target, good, status } = await setUp({ takesSkills: true });
    const event = skillEvent(...CANARIES);
    expect(await status(good(event))).toBe(204);
    expect(JSON.parse(target.messages[0]?.text ?? "").event).toEqual(event);
  });

  const OUTCOMES = {
    "handed on": {},
    "not handed on, because the target is away": {
      failure: new TargetFailure("target_unavailable", "TimeoutError"),
    },
    "not handed on, because the target refuses it": {
      failure: new TargetFailure("target_misconfigured", "AccessDenied"),
    },
    "not handed on, because it is too large": { failure: new TargetFailure("event_too_large", "2 bytes") },
    "not handed on by a bug that quotes its tokens": { failure: new Error(`unexpected ${CANARIES.join()}`) },
    "handed on without the table": { outage: new TableFailure("DynamoDB: TimeoutError", true) },
    malformed: { changes: { id: 7 } },
    "of a trigger that is a token": { changes: { trigger: CANARIES[0].repeat(3), id: `${CANARIES[1]}!` } },
    "signed with other keys": { keys: newKeys() },
    "too old": { ageMs: 700_000 },
  } as const;

  test.each(Object.entries(OUTCOMES))(
    "that is %s leaves no token in a line or a response",
    async (_, given) => {
      const {
        failure,
        outage,
        changes,
        keys = KEYS,
        ageMs = 0,
      } = given as {
        readonly failure?: Error;
        readonly outage?: TableFailure;
        readonly changes?: object;
        readonly keys?: typeof KEYS;
        readonly ageMs?: number;
      };
      const clock = new VirtualClock();
      const table = new MemoryTable(() => clock.wall());
      table.outage = outage;
      const target = new RecordedTarget(true);
      target.failure = failure;
      const { send, lines } = await webhookFunction({
        ...{ clock, table, keys: { reports: KEYS }, targets: { reports: target } },
      });
      const body = skillEvent(...CANARIES, changes);
      const responses = [
        await send(signedDelivery({ keys, body, sentAt: clock.wall() - ageMs })),
        await send(signedDelivery({ keys, body, sentAt: clock.wall() - ageMs })),
      ];
      const printed = JSON.stringify([responses, lines, [...table.items]]);
      expect(lines.length).toBeGreaterThan(0);
      expect(printed).not.toMatch(/canary/i);
      for (const key of Object.values(KEYS)) expect(printed).not.toContain(key.slice(0, 12));
    },
  );
});
