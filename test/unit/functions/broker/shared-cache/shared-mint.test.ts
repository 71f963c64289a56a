import { beforeEach, describe, expect, test } from "vitest";
import type { HeldToken } from "../../../../../functions/broker/held-token.ts";
import type { Minted } from "../../../../../functions/broker/other-versions.ts";
import type { RequestContext } from "../../../../../functions/broker/ports.ts";
import { isCurrent, sharedMint } from "../../../../../functions/broker/shared-cache/shared-mint.ts";
import { TokenMemory } from "../../../../../functions/broker/token-memory.ts";
import type {
  DownscopedTokenNeed,
  FullTokenNeed,
  MintRequest,
} from "../../../../../functions/broker/token-source.ts";
import { Failure } from "../../../../../schemas/protocol/problems.ts";
import { credentialsOf } from "../../../../support/fake-ports.ts";
import { Fleet } from "../../../../support/fleet.ts";
import { type Instance, Instances } from "../../../../support/instances.ts";
import { VirtualClock } from "../../../../support/virtual-clock.ts";

const KEY = "cache-key";
const NEED = {
  credentials: credentialsOf(),
  subject: { type: "enterprise", id: "900001" } as const,
  policyDigest: "digest",
  minTtl: 300,
  rejectedSha256: undefined,
} satisfies FullTokenNeed;
const RESTRICTION = { scopes: ["item_download"], resource: "https://api.box.com/2.0/folders/1" } as const;

let clock: VirtualClock;
let instances: Instances;
beforeEach(() => {
  clock = new VirtualClock();
  instances = new Instances(clock);
});

const randomOf = (fraction: number) => ({ jti: () => "jti-0123456789abcdef", fraction: () => fraction });

/** One instance's mint, which counts what reaches Box. */
class Mint {
  readonly instance: Instance = instances.start();
  readonly store = new TokenMemory();
  readonly requests: MintRequest<FullTokenNeed | DownscopedTokenNeed>[] = [];
  /** The deadline of each mint, in milliseconds from its beginning. */
  readonly deadlines: number[] = [];
  /** Until when each mint may wait for Box's Retry-After, in the same way. */
  readonly waits: (number | undefined)[] = [];
  fraction = 0.5;
  /** What happens while the mint runs. */
  meanwhile = () => {};

  async obtain(
    changes: Partial<MintRequest<FullTokenNeed | DownscopedTokenNeed>> = {},
    lifetime = 3_600,
    context: RequestContext = this.instance.context(),
  ): Promise<Minted> {
    const mint = sharedMint<FullTokenNeed | DownscopedTokenNeed>(
      {
        shared: this.instance.tokens,
        store: this.store,
        clock: this.instance.clock,
        random: randomOf(this.fraction),
      },
      async (request, given) => {
        const token = this.instance.newToken(`token-${minted++}`, lifetime);
        this.requests.push(request);
        this.meanwhile();
        this.deadlines.push(given.deadline - clock.monotonic());
        this.waits.push(given.waitsUntil && given.waitsUntil - clock.monotonic());
        return { token, credentials: request.need.credentials };
      },
    );
    const serves = (token: HeldToken) => this.instance.lifeLeft(token) >= 1;
    const request = { key: KEY, need: NEED, held: undefined, serves, rejected: undefined, ...changes };
    return clock.finish(mint(request, context));
  }
}

let minted: number;
beforeEach(() => {
  minted = 1;
});
const nameOf = ({ token }: Minted) => token.token.access_token;

describe("the renewal of a token that still serves", () => {
  test.each([
    [0, 599],
    [0.5, 499],
    [0.999_999, 400],
  ])("with the random fraction %d begins when %d of 4,000 seconds are left", async (fraction, left) => {
    await new Mint().obtain({}, 4_000);
    const reader = new Mint();
    reader.fraction = fraction;
    await clock.advance((4_000 - left - 1) * 1_000);
    expect(nameOf(await reader.obtain())).toBe("token-1");
    await clock.advance(1_000);
    expect(nameOf(await reader.obtain())).toBe("token-2");
  });
});

describe("a token in memory", () => {
  const current = (token: HeldToken, fraction = 0.5) =>
    isCurrent({ clock, random: randomOf(fraction) }, token);

  test("that this instance minted is served for a minute without a read of the table", async () => {
    const token = instances.start().newToken("own");
    await clock.advance(59_999);
    expect(current(token)).toBe(true);
    await clock.advance(1);
    expect(current(token)).toBe(false);
  });

  test("that came from the table is served for a minute after it was confirmed there", async () => {
    const born = instances.start().newToken("shared");
    await clock.advance(1_000_000);
    const token = { ...born, confirmed: { wall: clock.wall(), monotonic: clock.monotonic() } };
    await clock.advance(59_999);
    expect(current(token)).toBe(true);
    await clock.advance(1);
    expect(current(token)).toBe(false);
  });

  test("is confirmed again after a freeze of a minute", () => {
    const token = instances.start().newToken("own");
    clock.freeze(60_000);
    expect(current(token)).toBe(false);
  });

  test.each([
    [0, 599],
    [0.5, 499],
    [0.999_999, 400],
  ])(
    "with the random fraction %d is due for renewal when %d of 4,000 seconds are left",
    async (fraction, left) => {
      const born = instances.start().newToken("old", 4_000);
      await clock.advance((4_000 - left - 1) * 1_000);
      const confirmed = () => ({ wall: clock.wall(), monotonic: clock.monotonic() });
      expect(current({ ...born, confirmed: confirmed() }, fraction)).toBe(true);
      await clock.advance(1_000);
      expect(current({ ...born, confirmed: confirmed() }, fraction)).toBe(false);
    },
  );
});

describe("a token that another instance has minted", () => {
  test("is marked as shared and confirmed now, and is kept in this instance's memory", async () => {
    await new Mint().obtain();
    await clock.advance(5_000);
    const reader = new Mint();
    const obtained = await reader.obtain();
    expect(obtained).toMatchObject({
      isShared: true,
      credentials: NEED.credentials,
      token: { confirmed: { wall: clock.wall(), monotonic: clock.monotonic() } },
    });
    expect(await reader.store.get(KEY)).toEqual(obtained.token);
    expect(reader.requests).toEqual([]);
  });

  test("is neither marked as shared nor confirmed for the instance that mints it", async () => {
    const obtained = await new Mint().obtain();
    expect(obtained).not.toHaveProperty("isShared");
    expect(obtained.token).not.toHaveProperty("confirmed");
  });
});

describe("the deadline of a mint", () => {
  /** A lease of another instance, for which a request that has less than two seconds does not wait. */
  function leaseToAnother(): void {
    const lease = { until: clock.wall() + 10_000 };
    instances.table.items.set(`token#${KEY}`, { fence: 1, writer: "another", deleteAfter: 0, lease });
  }

  test.each([9_999, 30_000])("is that of the request, which has %d ms", async (timeLeft) => {
    const mint = new Mint();
    await mint.obtain({}, 3_600, mint.instance.context(timeLeft));
    expect(mint.deadlines).toEqual([timeLeft]);
  });

  test("is the end of the lease, where the table has a token that still serves", async () => {
    await new Mint().obtain({}, 4_000);
    const renewing = new Mint();
    await clock.advance(3_600_000);
    expect(nameOf(await renewing.obtain())).toBe("token-2");
    expect(renewing.deadlines).toEqual([10_000]);
  });

  test("leaves a wait for Box's Retry-After the time of the lease, which counts from before it was written", async () => {
    const mint = new Mint();
    const { replace } = instances.table;
    instances.table.replace = async (...request) => {
      const written = await replace.apply(instances.table, request);
      await clock.sleep(400);
      return written;
    };
    await mint.obtain();
    expect(mint.waits).toEqual([9_600]);
    const limited = mint.instance.context();
    await mint.obtain({ key: "another" }, 3_600, { ...limited, waitsUntil: clock.monotonic() + 1_000 });
    expect(mint.waits[1]).toBe(600);
  });

  test("is that of the request, where it mints without a lease", async () => {
    leaseToAnother();
    const mint = new Mint();
    await mint.obtain({}, 3_600, mint.instance.context(1_500));
    expect(mint.deadlines).toEqual([1_500]);
  });

  test.each([
    ["with a lease", () => {}, 5_000, 20_000],
    ["without a lease", leaseToAnother, 1_500, 20_000],
  ])("moves later, %s, while requests with more time join", async (_, arrange, timeLeft, expected) => {
    arrange();
    const mint = new Mint();
    const first = mint.instance.context(timeLeft);
    let { deadline } = first;
    const joined: RequestContext = {
      ...{ requestId: first.requestId, trace: first.trace },
      get deadline() {
        return deadline;
      },
    };
    mint.meanwhile = () => {
      deadline = clock.monotonic() + 20_000;
    };
    await mint.obtain({}, 3_600, joined);
    expect(mint.deadlines).toEqual([expected]);
  });
});

describe("the description that a mint leaves in the table", () => {
  async function describedAs(need: FullTokenNeed | DownscopedTokenNeed) {
    const { token } = await new Mint().obtain({ need });
    const other = instances.start();
    return other.tokens.register.find(token.sha256, other.context());
  }

  test("of a full token is its cache key, app, client ID and subject, and nothing else", async () => {
    expect(await describedAs(NEED)).toStrictEqual({
      cacheKey: KEY,
      app: "reports",
      clientID: "client-1",
      subject: { type: "enterprise", id: "900001" },
    });
  });

  test("of a restricted and isolated token has the restriction and its caller too", async () => {
    const need = { ...NEED, restriction: RESTRICTION, isolatedFor: "alias:nightly" };
    expect(await describedAs(need)).toStrictEqual({
      cacheKey: KEY,
      app: "reports",
      clientID: "client-1",
      subject: { type: "enterprise", id: "900001" },
      restriction: RESTRICTION,
      isolatedFor: "alias:nightly",
    });
  });
});

describe("a token that a caller reports as rejected", () => {
  /** Mints instead of the table's `token-1`, which does not serve. */
  async function replaceWith(changes: (present: HeldToken) => Partial<MintRequest<FullTokenNeed>>) {
    const { token } = await new Mint().obtain();
    const mint = new Mint();
    const obtained = await mint.obtain({ serves: () => false, ...changes(token) });
    expect(nameOf(obtained)).toBe("token-2");
    return { token, rejected: mint.requests[0]?.rejected };
  }

  test("is what the mint replaces, although only the table has it", async () => {
    const { token, rejected } = await replaceWith(({ sha256 }) => ({
      need: { ...NEED, rejectedSha256: sha256 },
    }));
    expect(rejected?.sha256).toBe(token.sha256);
  });

  test("is not what the mint replaces where the table has another token", async () => {
    const { rejected } = await replaceWith(() => ({ need: { ...NEED, rejectedSha256: "f".repeat(64) } }));
    expect(rejected).toBeUndefined();
  });

  test("is not what the mint replaces where no token was reported", async () => {
    expect((await replaceWith(() => ({}))).rejected).toBeUndefined();
  });

  test("is the one that this instance's memory has, rather than the table's", async () => {
    const own = instances.start().newToken("own");
    const { rejected } = await replaceWith(({ sha256 }) => ({
      rejected: own,
      need: { ...NEED, rejectedSha256: sha256 },
    }));
    expect(rejected).toBe(own);
  });

  test("reaches Box as one grant, whose token every instance then serves, also to the next report of the old one", async () => {
    const fleet = new Fleet();
    await fleet.start().token();
    const rejected_token_sha256 = fleet.audit.last?.token_sha256;
    await fleet.clock.advance(60_000);
    const replacement = await fleet.start().token({ rejected_token_sha256 });
    expect(await fleet.start().token({ rejected_token_sha256 })).toBe(replacement);
    expect(fleet.box.kinds).toEqual(["jwt", "jwt"]);
  });
});

describe("the parent of a downscoped token", () => {
  const scope = { scope: "item_download" };

  test("is kept when one downscoped token is rejected, and replaced when its replacement is rejected too", async () => {
    const fleet = new Fleet();
    await fleet.start().token(scope);
    const report = async () => {
      const rejected_token_sha256 = fleet.audit.last?.token_sha256;
      await fleet.clock.advance(60_000);
      await fleet.start().token({ ...scope, rejected_token_sha256 });
    };
    await report();
    expect(fleet.box.kinds).toEqual(["jwt", "exchange", "exchange"]);
    await report();
    expect(fleet.box.kinds).toEqual(["jwt", "exchange", "exchange", "jwt", "exchange"]);
  });

  test("is shared by the downscoped tokens of all instances", async () => {
    const fleet = new Fleet();
    await fleet.start().token(scope);
    await fleet.start().token({ scope: "item_upload" });
    await fleet.start().token();
    expect(fleet.box.kinds).toEqual(["jwt", "exchange", "exchange"]);
    expect(fleet.box.calls.map(({ token }) => token)).toEqual([undefined, "jwt-token-1", "jwt-token-1"]);
  });

  test("that Box refuses to exchange is replaced once for all instances", async () => {
    const fleet = new Fleet();
    await fleet.start().token();
    await fleet.clock.advance(60_000);
    fleet.box.rule = ({ token }) =>
      token === "jwt-token-1"
        ? new Failure("box_token_refused", "invalid", { suspectsToken: true })
        : undefined;
    const requests = Array.from({ length: 10 }, () => fleet.start().begin(scope));
    await fleet.clock.finish(Promise.all(requests));
    expect(fleet.box.kinds.filter((kind) => kind === "jwt")).toHaveLength(2);
  });
});
