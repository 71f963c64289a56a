import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { tokenIssuer } from "../../../../../functions/broker/issue-token.ts";
import type {
  AppTokenCredentials,
  CredentialStore,
  Credentials,
} from "../../../../../functions/broker/ports.ts";
import { tokenRevoker } from "../../../../../functions/broker/revoke-token.ts";
import { SharedTokens } from "../../../../../functions/broker/shared-cache/shared-tokens.ts";
import { TableFailure } from "../../../../../functions/broker/shared-cache/table.ts";
import { TokenMemory } from "../../../../../functions/broker/token-memory.ts";
import { tokenObtainer } from "../../../../../functions/lambda/token-wiring.ts";
import type { Statement } from "../../../../../schemas/policy/parse.ts";
import { Failure } from "../../../../../schemas/protocol/problems.ts";
import { parseRevocationRequest } from "../../../../../schemas/protocol/revocation-request.ts";
import { parseTokenRequest } from "../../../../../schemas/protocol/token-request.ts";
import { ConnectionsFleet } from "../../../../support/connections-fleet.ts";
import { CALLER, EVERYTHING, issued, policyOf, ScriptedBox } from "../../../../support/fake-ports.ts";
import { CREDENTIALS } from "../../../../support/oauth-fleet.ts";

const OTHER = { iam: "arn:aws:iam::123456789012:role/other" } as const;
const USER = { app: "crm", box_subject_type: "user", box_subject_id: "17" };
const READS = { scope: "item_download" };

const APP_TOKENS: AppTokenCredentials = {
  ...{ app: "view", versionId: "v1", stage: "AWSCURRENT", clientID: "client-2", clientSecret: "secret-2" },
  ...{ grant: "app_token", enterpriseID: "900001" },
  appTokens: { primary: { token: "primary-app-token" }, secondary: { token: "secondary-app-token" } },
};

const ALL: Statement = {
  ...{ id: "all", caller: EVERYTHING.caller, app: "*", subjects: ["enterprise", "user:*"] },
  ...{ unrestricted: true, revoke: true },
};
/** Another caller, which may have one scope, and may revoke what has it. */
const NARROW: Statement = {
  ...{ id: "narrow", caller: OTHER, app: "*", subjects: ["enterprise", "user:*"], revoke: true },
  scopes: ["item_download"],
};

/** A deployment with a connected user, an app with App Tokens, and a table. */
class Deployment extends ConnectionsFleet {
  readonly scripted = new ScriptedBox(this.clock);
  policy = policyOf(ALL, NARROW);

  static async start(): Promise<Deployment> {
    const deployment = new Deployment();
    deployment.apps.set("view", APP_TOKENS);
    await deployment.connect("17");
    return deployment;
  }

  /** A new environment of the token functions. */
  environment() {
    const { clock, audit, shared: instances, policy, scripted: box, apps } = this;
    const { keys, tokens: connected } = this.start();
    const random = { jti: () => randomUUID(), fraction: () => 0.5 };
    const shared = new SharedTokens({ table: instances.table, keys, clock, random });
    const memory = new TokenMemory();
    const loads: string[] = [];
    const credentials: CredentialStore = {
      async load(app) {
        loads.push(app);
        const found: Credentials | Failure = apps.get(app) ?? new Failure("secret_not_found", "none");
        if (found instanceof Failure) throw found;
        return found;
      },
      alternative: async () => undefined,
      newer: async () => undefined,
      ofClient: (app) => credentials.load(app, context()),
      accepted: () => {},
    };
    const obtainToken = tokenObtainer({ box, credentials, clock, random, store: memory, shared, connected });
    const common = { policy, credentials, clock, audit, apps: ["crm", "view"] };
    const issue = tokenIssuer({ ...common, obtainToken });
    const revokeAtBox: Parameters<typeof tokenRevoker>[0]["revokeAtBox"] = ({ credentials: used, token }) =>
      box.revoke(used, token);
    const revoke = tokenRevoker({ ...common, shared, memory, revokeAtBox });
    const context = () => this.start().context(30_000);
    return {
      loads,
      token: async (parameters: object, caller = CALLER) =>
        issued(await clock.finish(issue({ caller, request: parseTokenRequest(parameters) }, context())))
          .access_token,
      revoke: (token: string, caller: typeof CALLER = CALLER) =>
        clock.finish(revoke({ caller, revocation: parseRevocationRequest({ token }) }, context())),
    };
  }
}

const UNSUPPORTED = {
  denied: true,
  problem: { code: "unsupported_token_type", error: "unsupported_token_type" },
};
const NOT_ALLOWED = { denied: true, problem: { code: "unauthorized_client" } };

describe("the access token of a connected user", () => {
  test("is not revoked by a caller that has it in full, and stays in service", async () => {
    const deployment = await Deployment.start();
    const token = await deployment.environment().token(USER);
    expect(await deployment.environment().revoke(token)).toMatchObject(UNSUPPORTED);
    expect(deployment.audit.last).toMatchObject({
      ...{ action: "revoke", outcome: "denied", code: "unsupported_token_type", effect: null },
      ...{ app: "crm", subject: "user:17", statement: "all" },
    });
    expect(deployment.scripted.revoked).toEqual([]);
    expect(await deployment.environment().token(USER)).toBe(token);
  });

  test("is refused like any other token for a caller without a statement for it", async () => {
    const deployment = await Deployment.start();
    const token = await deployment.environment().token(USER);
    expect(await deployment.environment().revoke(token, OTHER)).toMatchObject(NOT_ALLOWED);
  });

  test("is registered once by an environment, and not at all for downscoped tokens", async () => {
    const deployment = await Deployment.start();
    const { items } = deployment.shared.table;
    const registered = () => [...items.keys()].filter((key) => key.startsWith("issued#")).length;
    const environment = deployment.environment();
    await environment.token({ ...USER, ...READS });
    expect(registered()).toBe(1);
    await environment.token(USER);
    expect(registered()).toBe(2);
    const calls = deployment.shared.table.calls.length;
    await environment.token(USER);
    // The connection itself is read for each request.
    expect(deployment.shared.table.calls.slice(calls)).toEqual(["read"]);
  });

  test("counts as unknown after its refresh, when it has expired", async () => {
    const deployment = await Deployment.start();
    const token = await deployment.environment().token(USER);
    deployment.clock.freeze(3_700_000);
    expect(await deployment.environment().revoke(token)).toEqual({ revoked: true });
    expect(deployment.audit.last).toMatchObject({ effect: "unknown_token" });
    const next = await deployment.environment().token(USER);
    expect(next).not.toBe(token);
    expect(await deployment.environment().revoke(next)).toMatchObject(UNSUPPORTED);
  });

  test("is issued although it could not be registered, and is registered with the next request", async () => {
    const deployment = await Deployment.start();
    const environment = deployment.environment();
    deployment.shared.table.failures.push(undefined, new TableFailure("DynamoDB: InternalServerError", true));
    const token = await environment.token(USER);
    await environment.token(USER);
    expect(await deployment.environment().revoke(token)).toMatchObject(UNSUPPORTED);
  });
});

describe("an App Token", () => {
  test.each(["primary-app-token", "secondary-app-token"])("is not revoked by a caller: %s", async (token) => {
    const deployment = await Deployment.start();
    expect(await deployment.environment().revoke(token)).toMatchObject(UNSUPPORTED);
    expect(deployment.audit.last).toMatchObject({
      app: "view",
      subject: "enterprise:900001",
      statement: "all",
    });
    expect(deployment.scripted.revoked).toEqual([]);
  });

  test("is refused like any other token for a caller without a statement for it", async () => {
    const deployment = await Deployment.start();
    expect(await deployment.environment().revoke("primary-app-token", OTHER)).toMatchObject(NOT_ALLOWED);
  });

  test("counts as unknown while its secret is no config, and does not disturb other revocations", async () => {
    const deployment = await Deployment.start();
    deployment.apps.set("view", new Failure("secret_invalid", "not a config"));
    expect(await deployment.environment().revoke("primary-app-token")).toEqual({ revoked: true });
    expect(await deployment.environment().revoke("never-issued")).toEqual({ revoked: true });
  });

  test.each([
    ["an outage of Secrets Manager", "secret_unavailable"],
    ["a deadline that passes first", "deadline_exceeded"],
  ] as const)(
    "is not reported as unknown where %s keeps its secret from being read",
    async (reason, code) => {
      const deployment = await Deployment.start();
      deployment.apps.set("view", new Failure(code, reason));
      expect(await deployment.environment().revoke("primary-app-token")).toMatchObject({
        ...{ denied: false, problem: { code, retryable: true } },
      });
      expect(deployment.audit.last).toMatchObject({ outcome: "failed", code, reason, effect: null });
      deployment.apps.set("view", APP_TOKENS);
      expect(await deployment.environment().revoke("primary-app-token")).toMatchObject(UNSUPPORTED);
    },
  );

  test("is recognised while the secret of another app cannot be read", async () => {
    const deployment = await Deployment.start();
    deployment.apps.set("crm", new Failure("secret_unavailable", "Secrets Manager is away"));
    expect(await deployment.environment().revoke("primary-app-token")).toMatchObject(UNSUPPORTED);
  });

  test("is not reported as unknown where a defect keeps its secret from being read", async () => {
    const deployment = await Deployment.start();
    const environment = deployment.environment();
    deployment.apps.get = () => {
      throw new TypeError("a defect");
    };
    expect(await environment.revoke("primary-app-token")).toMatchObject({
      problem: { code: "internal_error" },
    });
  });

  test("is searched for among the apps whose App Tokens the policy gives in full, and among no others", async () => {
    const deployment = await Deployment.start();
    deployment.policy = policyOf({ ...ALL, app: "view" }, NARROW);
    const environment = deployment.environment();
    expect(await environment.revoke("never-issued")).toEqual({ revoked: true });
    expect(environment.loads).toEqual(["view"]);
    deployment.policy = policyOf(NARROW);
    const other = deployment.environment();
    expect(await other.revoke("never-issued", OTHER)).toEqual({ revoked: true });
    expect(other.loads).toEqual([]);
  });

  test("costs other revocations no secret: only a token that nobody issued is compared with App Tokens", async () => {
    const deployment = await Deployment.start();
    const token = await deployment.environment().token({ app: "view", ...READS });
    const environment = deployment.environment();
    await environment.revoke(token, OTHER);
    expect(environment.loads).toEqual(["view"]);
  });
});

describe("a downscoped token", () => {
  test.each([
    ["a connected user", USER],
    ["an app with App Tokens", { app: "view" }],
  ])(
    "of %s is evicted and not ended at Box, whose end might be that of the full token too",
    async (_, parameters) => {
      const deployment = await Deployment.start();
      const token = await deployment.environment().token({ ...parameters, ...READS });
      expect(await deployment.environment().revoke(token, OTHER)).toEqual({ revoked: true });
      expect(deployment.audit.last).toMatchObject({
        outcome: "revoked",
        effect: "evicted",
        statement: "narrow",
      });
      expect(deployment.scripted.revoked).toEqual([]);
      expect(await deployment.environment().token({ ...parameters, ...READS })).not.toBe(token);
    },
  );

  test("of an app with Client Credentials Grant ends at Box as before", async () => {
    const deployment = await Deployment.start();
    deployment.apps.set("crm", { ...CREDENTIALS, grant: "client_credentials", enterpriseID: "900001" });
    const token = await deployment.environment().token({ app: "crm", ...READS });
    expect(await deployment.environment().revoke(token, OTHER)).toEqual({ revoked: true });
    expect(deployment.scripted.revoked).toEqual([token]);
  });
});
