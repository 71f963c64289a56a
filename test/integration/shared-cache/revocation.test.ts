import { createHash } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { DynamoDb } from "../../../sandbox/dynamodb/server.ts";
import type { Caller } from "../../../sandbox/sample/callers.ts";
import { type Sandbox, startSandbox } from "../../../sandbox/sandbox.ts";
import { auditLines, invoke, requestToken, sendUrl } from "../../support/token-client.ts";

/** RFC 7009, from the caller's request to Box and the table, by the Function URL and by a direct invoke. */
let sandbox: Sandbox;
let table: DynamoDb;

const CALLERS = ["security", "alone"];

beforeAll(async () => {
  sandbox = await startSandbox({ sharedCache: true, callers: CALLERS });
  table = sandbox.sharedCache!.dynamoDb;
  await sandbox.deployPolicy({
    version: 1,
    statements: [
      ...statementsFor("everything", { subjects: ["enterprise", "user:*"], unrestricted: true }),
      ...statementsFor("one-folder", { subjects: ["enterprise"], scopes: ["item_download"] }),
      ...statementsFor("security", { subjects: ["enterprise"], unrestricted: true, revoke: true }),
      ...statementsFor("alone", { subjects: ["enterprise"], unrestricted: true, isolate: true }),
    ],
  });
});
afterAll(() => sandbox.close());
beforeEach(() => {
  table.faults.clear();
  table.clock.skewSeconds = 0;
  sandbox.box.faults.clear();
  sandbox.box.requests.clear();
});

const callerOf = (name: string): Caller => sandbox.callers[name]!;
const statementsFor = (name: string, rights: object) => [
  { id: `${name}-url`, caller: { iam: callerOf(name).roleArn }, app: "sandbox", ...rights },
  { id: `${name}-alias`, caller: { alias: name }, app: "sandbox", ...rights },
];
const isAlive = (token: string) => sandbox.box.tokens.find(token) !== undefined;
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const lastAudit = () => auditLines(sandbox).at(-1);

interface Result {
  /** Problem code; undefined for a success. */
  readonly code: string | undefined;
  readonly text: string;
}

interface Access {
  readonly statement: (caller: string) => string;
  readonly token: (caller: string, parameters?: Record<string, string>) => Promise<string>;
  readonly revoke: (caller: string, parameters: Record<string, string>) => Promise<Result>;
  /** What a success returns. */
  readonly success: string;
}

const ACCESSES: Readonly<Record<string, Access>> = {
  "the Function URL": {
    statement: (caller) => `${caller}-url`,
    async token(caller, parameters = {}) {
      return (await requestToken(sandbox, callerOf(caller), parameters)).body.access_token ?? "none";
    },
    async revoke(caller, parameters) {
      const body = new URLSearchParams(parameters).toString();
      const response = await sendUrl(sandbox, callerOf(caller), body, { path: "/oauth2/revoke" });
      expect([response.status === 200, response.headers["cache-control"]]).toEqual([
        response.body.code === undefined,
        "no-store",
      ]);
      return { code: response.body.code, text: response.text };
    },
    success: "",
  },
  "a direct invoke": {
    statement: (caller) => `${caller}-alias`,
    async token(caller, parameters = {}) {
      const response = await invoke(sandbox, callerOf(caller), parameters);
      return "token" in response ? response.token.access_token : "none";
    },
    async revoke(caller, parameters) {
      const response = await invoke(sandbox, callerOf(caller), parameters);
      if ("token" in response) return { code: undefined, text: JSON.stringify(response.token) };
      expect(response.errorType).toBe(response.problem.code);
      return { code: response.problem.code, text: JSON.stringify(response.problem) };
    },
    success: "{}",
  },
};

describe.each(Object.entries(ACCESSES))("by %s", (_, { token: tokenOf, revoke, statement, success }) => {
  const revoked = { code: undefined, text: success };

  test("a caller removes the token that it was given from every cache, and others keep what they have", async () => {
    const token = await tokenOf("everything");
    expect(await revoke("everything", { token })).toEqual(revoked);
    expect(isAlive(token)).toBe(true);
    expect(sandbox.box.requests.count("revoke")).toBe(0);
    expect(lastAudit()).toMatchObject({
      ...{ action: "revoke", outcome: "revoked", effect: "evicted", isolated: false },
      ...{ statement: statement("everything"), app: "sandbox", token_sha256: sha256(token) },
    });
    await sandbox.coldStart();
    const next = await tokenOf("everything");
    expect(next).not.toBe(token);
    expect(isAlive(next)).toBe(true);
  });

  test("an environment that never had the token revokes it, by its hash in the table", async () => {
    const scope = { scope: "item_upload" };
    const token = await tokenOf("everything", scope);
    await sandbox.coldStart();
    expect(await revoke("everything", { token })).toEqual(revoked);
    expect(await tokenOf("everything", scope)).not.toBe(token);
  });

  test("a token can be revoked again and again, with a hint or without", async () => {
    const token = await tokenOf("everything", { scope: "item_preview" });
    for (const hint of [{}, { token_type_hint: "access_token" }, { token_type_hint: "refresh_token" }]) {
      expect(await revoke("everything", { token, ...hint })).toEqual(revoked);
    }
  });

  test("a caller with revoke ends the token at Box, once and again", async () => {
    const token = await tokenOf("everything");
    for (const count of [1, 2]) {
      expect(await revoke("security", { token })).toEqual(revoked);
      expect(isAlive(token)).toBe(false);
      expect(sandbox.box.requests.count("revoke")).toBe(count);
      expect(lastAudit()).toMatchObject({ effect: "ended_at_box", statement: statement("security") });
    }
    expect(await tokenOf("everything")).not.toBe(token);
  });

  test("a caller with revoke cannot end what its statement does not cover", async () => {
    const user = { box_subject_type: "user", box_subject_id: sandbox.sample.managedUser.id };
    const token = await tokenOf("everything", user);
    expect(await revoke("security", { token })).toMatchObject({ code: "unauthorized_client" });
    expect(isAlive(token)).toBe(true);
    expect(await tokenOf("everything", user)).toBe(token);
    expect(lastAudit()).toMatchObject({ action: "issue" });
    expect(auditLines(sandbox).findLast(({ action }) => action === "revoke")).toMatchObject({
      outcome: "denied",
      token_sha256: sha256(token),
    });
  });

  test("a caller cannot revoke a token that is wider than what the policy gives it", async () => {
    const token = await tokenOf("everything");
    for (const caller of ["one-folder", "nothing"]) {
      expect(await revoke(caller, { token })).toMatchObject({ code: "unauthorized_client" });
    }
    expect(await tokenOf("everything")).toBe(token);
  });

  test("an isolated token ends at Box when its own caller revokes it, and for no other caller", async () => {
    const token = await tokenOf("alone");
    expect(token).not.toBe(await tokenOf("everything"));
    expect(await revoke("everything", { token })).toMatchObject({ code: "unauthorized_client" });
    expect(isAlive(token)).toBe(true);
    expect(await revoke("alone", { token })).toEqual(revoked);
    expect(isAlive(token)).toBe(false);
    expect(lastAudit()).toMatchObject({ effect: "ended_at_box", isolated: true });
    expect(await tokenOf("alone")).not.toBe(token);
  });

  test("a token that is not one of the service's is a success, without a call to Box", async () => {
    expect(await revoke("everything", { token: "1!garbage~.." })).toEqual(revoked);
    expect(lastAudit()).toMatchObject({ outcome: "revoked", effect: "unknown_token", app: null });
    expect(sandbox.box.requests.count()).toBe(0);
  });

  test("a token that has expired is a success, without a call to Box", async () => {
    const token = await tokenOf("everything", { scope: "base_preview" });
    table.clock.skewSeconds = 2 * 3_600;
    expect(await revoke("security", { token })).toEqual(revoked);
    expect(lastAudit()).toMatchObject({ effect: "unknown_token" });
    expect(sandbox.box.requests.count("revoke")).toBe(0);
  });

  test.each<[string, Record<string, string>]>([
    ["an empty token", { token: "" }],
    ["a token with a space", { token: "two words" }],
    ["a token of more than 8,192 characters", { token: "x".repeat(8_193) }],
    ["a parameter that does not exist", { token: "1!abc", scope: "item_download" }],
  ])("%s is refused as invalid, and the response does not repeat it", async (_, parameters) => {
    const { code, text } = await revoke("everything", parameters);
    expect(code).toBe("invalid_request");
    expect(text).not.toMatch(/two words|x{100}|1!abc/);
  });

  test("where the table is away, the revocation fails, and succeeds when it is repeated", async () => {
    const token = await tokenOf("everything", { scope: "item_rename" });
    table.faults.inject("throttled", { on: "dynamodb.get" });
    expect(await revoke("everything", { token })).toMatchObject({ code: "shared_cache_unavailable" });
    table.faults.clear();
    expect(await revoke("everything", { token })).toEqual(revoked);
  });

  test.each([
    ["Box is away", "server-error", "box_unavailable"],
    ["a web page with 200 responds in Box's place", "html-body", "box_unexpected_answer"],
  ] as const)(
    "where %s, the token is out of the cache, and a repeated revocation ends it at Box",
    async (_, fault, code) => {
      const token = await tokenOf("everything");
      sandbox.box.faults.inject(fault, { on: "revoke" });
      expect(await revoke("security", { token })).toMatchObject({ code });
      expect(isAlive(token)).toBe(true);
      expect(await tokenOf("everything")).not.toBe(token);
      sandbox.box.faults.clear();
      expect(await revoke("security", { token })).toEqual(revoked);
      expect(isAlive(token)).toBe(false);
    },
  );

  test("no line of the log holds a token that was revoked", async () => {
    const token = await tokenOf("everything");
    await revoke("one-folder", { token });
    await revoke("security", { token });
    expect(sandbox.functionLines().join("\n").includes(token)).toBe(false);
  });
});

test("without a shared cache a revocation is refused with the problem that names it", async () => {
  await sandbox.coldStart({ BOX_STS_TABLE: "" });
  const [url] = Object.values(ACCESSES);
  expect(await url!.revoke("everything", { token: "1!abc" })).toMatchObject({
    code: "revocation_not_configured",
  });
  await sandbox.coldStart(sandbox.environment);
});
