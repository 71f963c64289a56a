import { readdirSync, readFileSync } from "node:fs";
import { type AttributeValue, DynamoDBClient, ScanCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { dynamoDbTable } from "../../../functions/aws/token-table.ts";
import { TableRegister } from "../../../functions/broker/authorization/table-register.ts";
import { now } from "../../../functions/broker/clock.ts";
import { heldToken } from "../../../functions/broker/held-token.ts";
import { type Connection, storedPair } from "../../../functions/broker/oauth/connection.ts";
import { ConnectionStore } from "../../../functions/broker/oauth/connection-store.ts";
import type { RequestContext } from "../../../functions/broker/ports.ts";
import type { IssuedToken } from "../../../functions/broker/shared-cache/issued-token.ts";
import { unseal } from "../../../functions/broker/shared-cache/sealed-record.ts";
import { ServiceKeys } from "../../../functions/broker/shared-cache/service-keys.ts";
import { SharedTokens } from "../../../functions/broker/shared-cache/shared-tokens.ts";
import { HandledEvents } from "../../../functions/broker/webhooks/handled-events.ts";
import { systemClock as clock, systemRandomness } from "../../../functions/lambda/system.ts";
import { Failure } from "../../../schemas/protocol/problems.ts";
import {
  createTable,
  LOCAL_AWS,
  type LocalDynamoDb,
  startDynalite,
  stubAws,
} from "../../support/dynamodb.ts";

/** The tables of docs/storage.md against the items that the functions write into a DynamoDB. */
const PAGE = readFileSync(new URL("../../../docs/storage.md", import.meta.url), "utf8");
const SECRET = { versionId: "5d0e7d7e-0000-4000-8000-000000000001", text: "s".repeat(64) };
const ISSUED: Omit<IssuedToken, "clientID"> = {
  cacheKey: "k".repeat(43),
  app: "reports",
  subject: { type: "enterprise", id: "900001" },
  restriction: { scopes: ["item_download"], resource: "https://api.box.com/2.0/folders/1234567890" },
  isolatedFor: "arn:aws:iam::123456789012:role/service-role/reports-of-the-finance-department",
};

/** The cells of the table of the page whose head begins with these columns, without backticks. */
function rowsOf(...head: readonly string[]): readonly (readonly string[])[] {
  const [, body = ""] = PAGE.split(`| ${head.join(" | ")} |`);
  const lines = body.split("\n").slice(2);
  const rows = lines.slice(
    0,
    lines.findIndex((line) => !line.startsWith("|")),
  );
  expect(rows.length, `a table ${head[0]}`).toBeGreaterThan(0);
  return rows.map((row) =>
    row
      .slice(2, -2)
      .split(" | ")
      .map((cell) => cell.replaceAll("`", "")),
  );
}

type Item = Record<string, AttributeValue>;

/** Every item at the moments at which the table has one in each state. */
interface Seen {
  readonly items: Readonly<Record<string, Item>>;
}

let server: LocalDynamoDb;
let client: DynamoDBClient;
let seen: Seen;
beforeAll(async () => {
  server = await startDynalite();
  await createTable(server.url, "tokens");
  stubAws(server.url);
  client = new DynamoDBClient({ endpoint: server.url, ...LOCAL_AWS });
  seen = await everyState();
});
afterAll(async () => {
  vi.unstubAllEnvs();
  client.destroy();
  await server.close();
});

async function everyState(): Promise<Seen> {
  const keys = new ServiceKeys(async () => SECRET, clock);
  const shared = new SharedTokens({
    ...{ table: dynamoDbTable("tokens", clock), keys, clock, random: systemRandomness },
  });
  const context: RequestContext = {
    ...{ requestId: "request", deadline: clock.monotonic() + 60_000, trace: { steps: [] } },
  };
  const wanted = { serves: () => true, isDue: () => false, secretVersion: "v1", held: undefined };
  const read = async (prefix: string, cacheKey: string): Promise<Item> => {
    const { Items = [] } = await client.send(new ScanCommand({ TableName: "tokens" }));
    const found = Items.find(({ pk }) =>
      prefix === "token#" ? pk?.S === prefix + cacheKey : pk?.S?.startsWith(prefix),
    );
    return found ?? expect.fail(`no item ${prefix}`);
  };
  const items: Record<string, Item> = {};
  const mint = (cacheKey: string, state: string, token: string) => async () => {
    items[state] = await read("token#", cacheKey);
    const held = heldToken({ access_token: token, expires_in: 3_600, restricted_to: [] }, now(clock));
    return { token: held, credentials: { clientID: "c".repeat(32) } };
  };
  const issued = (cacheKey: string) => ({ ...ISSUED, cacheKey });

  const key = ISSUED.cacheKey;
  const first = mint(key, "an environment mints the first token", "a".repeat(32));
  await shared.obtain({ ...wanted, issued: ISSUED, mint: first }, context);
  items["the token was minted"] = await read("token#", key);
  items["a token was minted"] = await read("issued#", key);
  const renewal = mint(
    key,
    "an environment renews the token, and the others use the present one",
    "1!".padEnd(1_000, "b"),
  );
  const renewed = await shared.obtain(
    { ...wanted, isDue: () => true, issued: ISSUED, mint: renewal },
    context,
  );
  items.downscoped = await read("token#", key);
  const { sha256 } = "minted" in renewed ? renewed.minted.token : renewed.token;
  await shared.evict(key, sha256, context);
  items["the mint failed, or the token was evicted"] = await read("token#", key);
  const refused = () =>
    Promise.reject(new Failure("box_scope_refused", "no", { boxRequestId: "b".repeat(20) }));
  const refusedToken = shared.obtain({ ...wanted, issued: issued("refused"), mint: refused }, context);
  await expect(refusedToken).rejects.toMatchObject({ code: "box_scope_refused" });
  items["Box refused the request for good"] = await read("token#", "refused");
  const failed = () => Promise.reject(new Failure("box_unavailable", "no"));
  await expect(
    shared.obtain({ ...wanted, issued: issued("failed"), mint: failed }, context),
  ).rejects.toThrow();
  items.failed = await read("token#", "failed");
  Object.assign(items, await connectionStates(keys, context, (prefix = "connection#") => read(prefix, "")));
  await new HandledEvents(dynamoDbTable("tokens", clock), clock).add("0".repeat(64), "table", context);
  items["an event of Box was handed on"] = await read("webhook#", "");
  const register = new TableRegister({
    table: dynamoDbTable("tokens", clock),
    clock,
    random: systemRandomness,
  });
  const refusal = {
    state: "not_authorized",
    code: "box_app_not_authorized",
    boxRequestId: "b".repeat(20),
  } as const;
  await register.record({ app: "reports", begun: now(clock), ...refusal }, context);
  items["Box refused an app as not authorized, or accepted it again"] = await read("authorization#", "");
  return { items };
}

/** A user connects, is refreshed, and is disconnected. */
async function connectionStates(
  keys: ServiceKeys,
  context: RequestContext,
  read: (prefix?: string) => Promise<Item>,
) {
  const table = dynamoDbTable("tokens", clock);
  const store = new ConnectionStore({ table, keys, clock, random: systemRandomness });
  const token = { access_token: "a".repeat(32), expires_in: 3_600, restricted_to: [] };
  const pair = { access: heldToken(token, now(clock)), refreshToken: "b".repeat(32) };
  const connection: Connection = {
    ...{ app: "reports", clientID: "c".repeat(32), userId: "12345678901", login: "ann.example@example.com" },
    ...{ connectedAt: table.now(), pair: storedPair(pair, { clock, table }) },
    ...{ brokenAt: table.now(), pausedUntil: table.now(), pausedBy: "box_rate_limited" },
  };
  const { stored: connected } = await store.connect(connection, context);
  const states = { "a user has connected, or the pair was refreshed": await read() };
  const leased = await store.replace(connected, connection, context, 20_000);
  if (!leased.done) throw new Error("Another writer was faster.");
  const refreshing = await read();
  await store.remove(leased.stored, context);
  const disconnected = await read();
  await store.claimState("reports", "s".repeat(43), context);
  const claimed = await read("connection#reports#state#");
  return {
    ...states,
    "a user has come back from Box with a code": claimed,
    "an environment refreshes the pair, or ends the connection": refreshing,
    "a user was disconnected": disconnected,
  };
}

const recordOf = ({ pk, key_id, sealed }: Item) =>
  unseal({ keyId: key_id?.S ?? "", bytes: sealed?.B ?? new Uint8Array() }, pk?.S ?? "", {
    id: SECRET.versionId,
    secret: Buffer.from(SECRET.text),
  }) as object;

/** As DynamoDB counts it: names and values; a number has at most a byte for two digits, and one more. */
const sizeOf = (item: Item) =>
  Object.entries(item).reduce((bytes, [name, { S, N, B }]) => {
    const value = S?.length ?? B?.length ?? Math.ceil((N?.length ?? 0) / 2) + 1;
    return bytes + name.length + value;
  }, 0);

/** The numbers of an object literal, as written. */
const numbersIn = (literal: string) =>
  new Map([...literal.matchAll(/(\w+): ([\d_.]+)/g)].map(([, name = "", value = ""]) => [name, value]));

/** The layout of a sealed record, which the page has in its section on records. */
const LAYOUT: ReadonlySet<string> = new Set(["LAYOUT", "IV_BYTES", "TAG_BYTES"]);

describe("docs/storage.md", () => {
  test("has a row for each attribute of the items, with its type, and no other", () => {
    const written = new Map(
      Object.values(seen.items).flatMap((item) =>
        Object.entries(item).map(([name, value]) => [name, Object.keys(value)[0] ?? ""] as const),
      ),
    );
    const documented = rowsOf("attribute", "type", "meaning").map(([name, type]) => [name, type]);
    expect(documented.toSorted()).toEqual([...written].toSorted());
  });

  test("has a row for each kind of item, and no other", async () => {
    const kindOf = ({ pk }: Item) => /^[a-z]+#(?:[a-z]+#state#)?/.exec(pk?.S ?? "")?.[0];
    const kinds = new Set(Object.values(seen.items).map((item) => kindOf(item)?.replace("reports", "APP")));
    const documented = rowsOf("key", "one for", "its record").map(([cell = ""]) => cell.split(" ")[0]);
    expect(documented.toSorted()).toEqual([...kinds].toSorted());
  });

  test("says of each state whether the item has a lease and a record", () => {
    const rows = rowsOf("state", "key", "`lease_until`", "`sealed`");
    for (const [state = "", key, lease, sealed] of rows) {
      const item = seen.items[state] ?? expect.fail(`no state "${state}"`);
      const has = (name: string) => (Object.hasOwn(item, name) ? "yes" : "no");
      expect([`${item.pk?.S?.split("#")[0]}#`, has("lease_until"), has("sealed")], state).toEqual([
        ...[key, lease, sealed],
      ]);
      expect(has("key_id")).toBe(sealed);
    }
    const { failed, downscoped: _, ...states } = seen.items;
    expect(Object.keys(failed ?? {})).not.toContain("sealed");
    expect(rows.map(([state]) => state).toSorted()).toEqual(Object.keys(states).toSorted());
  });

  test("names each property of the records", () => {
    const rows = rowsOf("record", "properties");
    const propertiesOf = (name: string) => rows.find(([record]) => record === name)?.[1] ?? "";
    for (const [record, state] of [
      ["token", "the token was minted"],
      ["refusal", "Box refused the request for good"],
      ["issued token", "a token was minted"],
      ["connection", "a user has connected, or the pair was refreshed"],
    ] as const) {
      const names = Object.keys(recordOf(seen.items[state] ?? {}));
      expect(names.length).toBeGreaterThan(0);
      for (const name of names) expect(propertiesOf(record)).toMatch(new RegExp(`(?:^|\\W)${name} \\(`));
    }
    const { note } = seen.items["Box refused an app as not authorized, or accepted it again"] ?? {};
    const names = Object.keys(JSON.parse(note?.S ?? "{}"));
    const documented = [...propertiesOf("authorization").matchAll(/(\w+) \(/g)].map(([, name]) => name);
    expect(documented.toSorted()).toEqual(names.toSorted());
  });

  test.each(rowsOf("constant", "file", "value", "meaning"))(
    "has the value of %s in %s",
    (name, file, value) => {
      const folder = file === "token-table.ts" ? "aws" : "broker/shared-cache";
      const source = readFileSync(new URL(`../../../functions/${folder}/${file}`, import.meta.url), "utf8");
      const [constant = "", property] = (name ?? "").split(".");
      const [, whole] =
        new RegExp(`^(?:export )?const ${constant}(?:: \\w+)? = (.+);$`, "m").exec(source) ?? [];
      const found = property === undefined ? whole : numbersIn(whole ?? "").get(property);
      expect(found?.replaceAll("_", "")).toBe(value?.replaceAll(",", ""));
    },
  );

  test("has a row for each number that the shared cache is set by", () => {
    const documented = new Set(rowsOf("constant", "file", "value", "meaning").map(([name]) => name));
    const folder = new URL("../../../functions/broker/shared-cache/", import.meta.url);
    const numbers = readdirSync(folder).flatMap((file) => {
      const source = readFileSync(new URL(file, folder), "utf8");
      return [...source.matchAll(/^(?:export )?const ([A-Z_]+)(?:: \w+)? = ([\d_.]+|\{.+\});$/gm)].flatMap(
        ([, name = "", value = ""]) => [
          ...(value.startsWith("{")
            ? [...numbersIn(value).keys()].map((property) => `${name}.${property}`)
            : [name]),
        ],
      );
    });
    expect(numbers.length).toBeGreaterThan(10);
    expect(numbers.filter((name) => !documented.has(name) && !LAYOUT.has(name))).toEqual([]);
  });

  test("has sizes that no item exceeds, and none of which is twice the item", () => {
    const sizes = [
      sizeOf(seen.items["the token was minted"] ?? {}),
      sizeOf(seen.items.downscoped ?? {}),
      sizeOf(seen.items["a token was minted"] ?? {}),
      sizeOf(seen.items["a user has connected, or the pair was refreshed"] ?? {}),
    ];
    const documented = rowsOf("item", "bytes, at most").map(([, bytes = ""]) =>
      Number(bytes.replace(",", "")),
    );
    expect(documented).toHaveLength(sizes.length);
    for (const [index, bytes] of sizes.entries()) {
      expect(bytes).toBeLessThanOrEqual(documented[index] ?? 0);
      expect(bytes * 2).toBeGreaterThan(documented[index] ?? 0);
    }
  });
});
