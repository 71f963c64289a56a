import { randomBytes } from "node:crypto";
import { DynamoDBClient, GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Sandbox, startSandbox } from "../../../sandbox/sandbox.ts";
import { auditLines, linesOfKind, requestToken } from "../../support/token-client.ts";

/** What is in the table: nothing that anybody can read, and nothing that is served against the policy. */
let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox({ sharedCache: true, callers: ["alone"] });
});
afterAll(() => sandbox.close());
beforeEach(() => sandbox.box.requests.clear());

const everything = () => sandbox.callers.everything!;
const dynamoDb = () => sandbox.sharedCache!.dynamoDb;
const grants = () => sandbox.box.requests.count("token");
const lastCache = () => auditLines(sandbox).at(-1)?.cache;
const lastRequest = () => linesOfKind(sandbox, "request").at(-1);
const userOf = (id: string) => ({ box_subject_type: "user", box_subject_id: id });

async function token(
  parameters: Readonly<Record<string, string>> = {},
  caller = everything(),
): Promise<string> {
  const { status, body } = await requestToken(sandbox, caller, parameters);
  expect([status, body.code]).toEqual([200, undefined]);
  return body.access_token ?? "";
}

/** Every byte of the table: the JSON of its items, and the bytes that are Base64 in it. */
async function bytesOfTable(): Promise<Buffer> {
  const items = await dynamoDb().items();
  const binaries = items.flatMap((item) =>
    Object.values(item).map((value) => Buffer.from((value as { readonly B?: string }).B ?? "", "base64")),
  );
  return Buffer.concat([Buffer.from(JSON.stringify(items)), ...binaries]);
}

test("no token and no secret is in the table, and none is in the log or the metrics", async () => {
  const tokens = [
    await token(),
    await token({ scope: "item_download" }),
    await token(userOf(sandbox.sample.managedUser.id)),
    await token({
      scope: "item_preview",
      resource: `https://api.box.com/2.0/folders/${sandbox.sample.reports.id}`,
    }),
  ];
  await sandbox.coldStart();
  expect(await token()).toBe(tokens[0]);
  const { boxAppSettings } = sandbox.apps.sandbox!.config;
  const { SecretString: serviceSecret = "" } = [
    ...sandbox.secretsManager.secrets.get(sandbox.sharedCache!.serviceSecret)!.versions.values(),
  ].at(-1)!;
  const atBox = [...sandbox.box.tokens.all.keys()];
  expect(atBox).toEqual(expect.arrayContaining(tokens));
  const { clientSecret, appAuth } = boxAppSettings;
  const secrets = [...atBox, clientSecret, appAuth.passphrase, appAuth.privateKey, serviceSecret];
  const stored = await bytesOfTable();
  const written = sandbox.functionLines().join("\n");
  expect(stored.length).toBeGreaterThan(4 * 600);
  expect(written).toContain("CloudWatchMetrics");
  for (const secret of secrets) {
    expect(secret.length).toBeGreaterThan(16);
    // A part suffices: half a token in the clear would be half too much.
    for (const part of [secret.slice(0, 40), secret.slice(-40)]) {
      expect(stored.includes(part)).toBe(false);
      expect(written.includes(part)).toBe(false);
    }
  }
});

describe("an item that is not what the functions wrote is refused and replaced by a new token:", () => {
  const client = () =>
    new DynamoDBClient({
      endpoint: dynamoDb().url,
      region: sandbox.region,
      credentials: sandbox.operator,
    });
  type Item = NonNullable<PutItemCommand["input"]["Item"]>;
  const put = (Item: Item) => client().send(new PutItemCommand({ TableName: dynamoDb().tableName, Item }));
  const sealed = (item: Item) => Buffer.from((item.sealed as { readonly B: Uint8Array }).B);

  /** The item of the token that these parameters get, which a new environment would read. */
  async function storedItem(
    parameters: Readonly<Record<string, string>>,
  ): Promise<{ item: Item; value: string }> {
    const known = new Set((await dynamoDb().items()).map(({ pk }) => (pk as { S: string }).S));
    const value = await token(parameters);
    const keys = (await dynamoDb().items()).map(({ pk }) => (pk as { S: string }).S);
    const pk = keys.find((key) => key.startsWith("token#") && !known.has(key)) ?? expect.fail("no new item");
    const read = new GetItemCommand({ TableName: dynamoDb().tableName, Key: { pk: { S: pk } } });
    return { item: (await client().send(read)).Item ?? expect.fail("no item"), value };
  }

  const CHANGES: Readonly<Record<string, (item: Item, other: Item) => Item>> = {
    tampered: (item) => {
      const bytes = sealed(item);
      bytes[40]! ^= 1;
      return { ...item, sealed: { B: bytes } };
    },
    truncated: (item) => ({ ...item, sealed: { B: sealed(item).subarray(0, 60) } }),
    empty: (item) => ({ ...item, sealed: { B: Buffer.of(1) } }),
    "swapped with another token's": (item, other) => ({ ...item, sealed: { B: sealed(other) } }),
    "sealed with a key that nobody has": (item) => ({ ...item, key_id: { S: "no-such-version" } }),
    "of somebody else": ({ pk }) => ({ pk: pk!, fence: { S: "seven" }, sealed: { S: "text" } }),
    "as large as DynamoDB allows": (item) => ({ ...item, sealed: { B: randomBytes(400 * 1_024 - 1_000) } }),
  };

  type Scene = { readonly user: ReturnType<typeof addUser>; readonly stored: readonly string[] };
  /** Each row has users of its own, so that the environments that meet the items are the same ones for all rows. */
  const scenes = new Map<string, Scene>();
  const replacements = new Map<string, string>();

  beforeAll(async () => {
    for (const [name, change] of Object.entries(CHANGES)) {
      const user = addUser();
      const [own, other] = [await storedItem(user), await storedItem(addUser())];
      await put(change(own.item, other.item));
      scenes.set(name, { user, stored: [own.value, other.value] });
    }
    await sandbox.coldStart();
  });

  test.each(Object.keys(CHANGES))("an item that is %s", async (name) => {
    const { user, stored } = scenes.get(name)!;
    const replaced = await token(user);
    expect(stored).not.toContain(replaced);
    expect(grants()).toBe(1);
    expect(lastRequest()).not.toHaveProperty("shared_cache_failure");
    replacements.set(name, replaced);
  });

  test("a new environment finds each replacement in the table", async () => {
    await sandbox.coldStart();
    expect(replacements.size).toBe(Object.keys(CHANGES).length);
    for (const [name, replaced] of replacements) {
      expect(await token(scenes.get(name)!.user), name).toBe(replaced);
      expect(lastCache(), name).toBe("shared");
    }
  });

  let users = 0;
  /** A user of whom no token was requested before. */
  function addUser() {
    const id = String(7_000_000 + ++users);
    const { enterpriseId } = sandbox.sample.managedUser;
    sandbox.box.state.users.set(id, { id, name: id, login: `${id}@x`, enterpriseId, kind: "managed" });
    return userOf(id);
  }
});

describe("a rotation of the service secret", () => {
  test("keeps the stored tokens readable for new environments, once, and costs no grant", async () => {
    const before = await token();
    sandbox.sharedCache!.rotateServiceSecret();
    await sandbox.coldStart();
    sandbox.box.requests.clear();
    expect(await token()).toBe(before);
    expect([lastCache(), grants()]).toEqual(["shared", 0]);
  });

  test("has new tokens sealed with the new version, which environments with the old one read too", async () => {
    await sandbox.coldStart();
    const user = userOf(sandbox.sample.appUser.id);
    // The alias function's environment has read the version that becomes the previous one.
    await sandbox.functions.tokenInvoke.invoke({}, { qualifier: everything().alias });
    sandbox.sharedCache!.rotateServiceSecret();
    await sandbox.functions.tokenUrl.restart();
    const minted = await token(user);
    sandbox.box.requests.clear();
    // It reads the secret again at most every 10 s; its wall clock jumps over that.
    sandbox.functions.tokenInvoke.freeze(11_000);
    const outcome = await sandbox.functions.tokenInvoke.invoke(user, { qualifier: everything().alias });
    expect(outcome.ok && JSON.parse(outcome.payload).access_token).toBe(minted);
    expect(grants()).toBe(0);
  });

  test("done twice makes the older tokens unreadable: they are replaced, and no caller sees an error", async () => {
    const before = await token();
    sandbox.sharedCache!.rotateServiceSecret();
    sandbox.sharedCache!.rotateServiceSecret();
    await sandbox.coldStart();
    sandbox.box.requests.clear();
    expect(await token()).not.toBe(before);
    expect(grants()).toBe(1);
    expect(lastRequest()).not.toHaveProperty("shared_cache_failure");
  });
});

describe("a policy that is narrowed", () => {
  const statement = { id: "one", app: "sandbox", subjects: ["enterprise"] };
  const policyOf = (rights: object) => ({
    version: 1,
    statements: [{ ...statement, caller: { iam: everything().roleArn }, ...rights }],
  });

  test("ends the service of wider tokens at once, although the table has them", async () => {
    await sandbox.deployPolicy(policyOf({ unrestricted: true }));
    const wide = await token();
    await sandbox.deployPolicy(policyOf({ scopes: ["item_download", "item_preview"] }));
    const narrowed = await token();
    expect(narrowed).not.toBe(wide);
    expect(sandbox.box.tokens.find(narrowed)?.scopes).toEqual(new Set(["item_download", "item_preview"]));
    await sandbox.deployPolicy(policyOf({ scopes: ["item_preview"] }));
    const narrowest = await token();
    expect([wide, narrowed]).not.toContain(narrowest);
    expect(sandbox.box.tokens.find(narrowest)?.scopes).toEqual(new Set(["item_preview"]));
    const refused = await requestToken(sandbox, everything(), { scope: "item_download" });
    expect([refused.status, refused.body.code]).toEqual([403, "unauthorized_client"]);
  });

  test("to nothing refuses the caller whose token the table still has", async () => {
    await sandbox.deployPolicy(policyOf({ unrestricted: true }));
    await token();
    await sandbox.deployPolicy({ version: 1, statements: [] });
    expect((await requestToken(sandbox, everything())).status).toBe(403);
  });

  test("keeps an isolated token from every other caller", async () => {
    const alone = sandbox.callers.alone!;
    const statements = [
      { ...statement, caller: { iam: everything().roleArn }, unrestricted: true },
      { ...statement, id: "two", caller: { iam: alone.roleArn }, unrestricted: true, isolate: true },
    ];
    await sandbox.deployPolicy({ version: 1, statements });
    const [shared, isolated] = [await token(), await token({}, alone)];
    expect(isolated).not.toBe(shared);
    await sandbox.coldStart();
    expect([await token(), await token({}, alone)]).toEqual([shared, isolated]);
  });
});
