import { inspect } from "node:util";
import { compactVerify, decodeProtectedHeader, SignJWT } from "jose";
import { describe, expect, it, vi } from "vitest";
import { noKmsSigner } from "../../../../functions/aws/no-kms-signer.ts";
import { assertionClaims } from "../../../../functions/box/assertion.ts";
import { credentialReader } from "../../../../functions/box/credentials.ts";
import type { Credentials } from "../../../../functions/broker/ports.ts";
import type { Failure } from "../../../../schemas/protocol/problems.ts";
import { boxStylePem, PASSPHRASE, pkcs8Pem, rsaKeyPair } from "../../../keys.ts";
import { contextOf } from "../../../support/fake-ports.ts";
import { turn, VirtualClock } from "../../../support/virtual-clock.ts";

const { privateKey, publicKey } = rsaKeyPair();
const appAuth = { publicKeyID: "abcd1234", privateKey: boxStylePem(privateKey), passphrase: PASSPHRASE };
const CLIENT = { clientID: "client-1", clientSecret: "client-secret-1" };
const CONFIG = { boxAppSettings: { ...CLIENT, appAuth }, enterpriseID: "900001" };
const withAuth = (changes: object) => ({
  ...CONFIG,
  boxAppSettings: { ...CLIENT, appAuth: { ...appAuth, ...changes } },
});

const context = () => contextOf(new VirtualClock());

function reader(config: object | string) {
  const lines: Record<string, unknown>[] = [];
  const requested: string[] = [];
  const text = typeof config === "string" ? config : JSON.stringify(config);
  const read = credentialReader(
    new Map([["reports", "box/reports"]]),
    async (secretId, stage) => {
      requested.push(`${secretId} ${stage}`);
      return { versionId: "v1", text };
    },
    noKmsSigner,
    async (line) => {
      lines.push({ ...line });
    },
  );
  const open = (app = "reports"): Promise<Credentials> => read({ app, stage: "AWSCURRENT" }, context());
  return { open, lines, requested };
}
const failureOf = (opening: Promise<unknown>) =>
  opening.then(
    () => expect.fail("it was opened"),
    (failure: Failure) => failure,
  );

describe("the file from Box's developer console", () => {
  it("opens by the secret's name and stage, without a log line", async () => {
    const { open, lines, requested } = reader(CONFIG);
    expect(await open()).toEqual({
      ...{ app: "reports", versionId: "v1", stage: "AWSCURRENT", ...CLIENT, enterpriseID: "900001" },
      grant: "jwt",
      signer: { publicKeyID: "abcd1234", sign: expect.any(Function) },
    });
    expect(requested).toEqual(["box/reports AWSCURRENT"]);
    expect(lines).toEqual([]);
  });

  it.each(["RS256", "RS384", "RS512"])("signs assertions with %s, kid and typ", async (algorithm) => {
    const { open } = reader(withAuth({ algorithm }));
    const claims = assertionClaims("client-1", { type: "user", id: "4711" }, 1_780_000_000_000, "jti-1");
    const assertion = await (await open()).signer?.sign(claims, context());
    expect(decodeProtectedHeader(assertion ?? "")).toEqual({ alg: algorithm, typ: "JWT", kid: "abcd1234" });
    const { payload } = await compactVerify(assertion ?? "", publicKey);
    expect(JSON.parse(Buffer.from(payload).toString())).toEqual(claims);
  });

  it("has jose sign its assertions", async () => {
    const sign = vi.spyOn(SignJWT.prototype, "sign");
    const signer = (await reader(CONFIG).open()).signer;
    await signer?.sign(assertionClaims("c", { type: "user", id: "1" }, 0, "j"), context());
    expect(sign).toHaveBeenCalledTimes(1);
    sign.mockRestore();
  });

  it("signs with RS256 if it names no algorithm", async () => {
    const assertion = await (await reader(CONFIG).open()).signer?.sign(
      assertionClaims("c", { type: "user", id: "1" }, 0, "j"),
      context(),
    );
    expect(decodeProtectedHeader(assertion ?? "").alg).toBe("RS256");
  });

  it("has no signer for an app with Client Credentials Grant", async () => {
    expect(await reader({ boxAppSettings: CLIENT, enterpriseID: "900001" }).open()).toEqual({
      ...{ app: "reports", versionId: "v1", stage: "AWSCURRENT", ...CLIENT, enterpriseID: "900001" },
      grant: "client_credentials",
    });
  });

  it("has no enterprise if it names a user", async () => {
    const { enterpriseID: _, ...withoutSubject } = CONFIG;
    expect(await reader({ ...withoutSubject, userID: "4711" }).open()).not.toHaveProperty("enterpriseID");
  });

  it("leaves neither the key nor its passphrase in memory", async () => {
    const seen = inspect(await reader(CONFIG).open(), { depth: 20, showHidden: true });
    expect(seen).not.toContain(PASSPHRASE);
    expect(seen).not.toContain("PRIVATE KEY");
  });

  it("is repaired where that is unambiguous, and the log reports the repair without any value", async () => {
    const oneLine = appAuth.privateKey.replaceAll("\n", "\\n");
    const { open, lines } = reader(withAuth({ privateKey: oneLine }));
    expect((await open()).signer).toBeDefined();
    await turn();
    expect(lines).toEqual([
      expect.objectContaining({
        level: "WARN",
        app: "reports",
        message: "the app's secret should be repaired",
      }),
    ]);
    expect(JSON.stringify(lines)).toContain("/boxAppSettings/appAuth/privateKey");
    expect(JSON.stringify(lines)).not.toContain(oneLine.slice(60, 100));
  });
});

describe("a secret that is not usable is secret_invalid, with the place and without the value:", () => {
  const canary = "canary-5f0c1d";
  it.each<[string, object | string, string]>([
    ["no JSON", `{"boxAppSettings":${canary}`, ""],
    ["nothing", "", ""],
    ["no clientSecret", { boxAppSettings: { clientID: canary }, enterpriseID: "1" }, "/boxAppSettings"],
    ["an enterprise id of 0", { ...CONFIG, enterpriseID: "0" }, "/enterpriseID"],
    ["a wrong passphrase", withAuth({ passphrase: canary }), "/boxAppSettings/appAuth/p"],
    ["no passphrase", withAuth({ passphrase: undefined }), "/boxAppSettings/appAuth/p"],
    ["no key but words", withAuth({ privateKey: canary }), "/boxAppSettings/appAuth/privateKey"],
    [
      "a key that is too short",
      withAuth({ privateKey: pkcs8Pem(rsaKeyPair(1024).privateKey), passphrase: undefined }),
      "/boxAppSettings/appAuth/privateKey",
    ],
  ])("%s", async (_case, config, pointer) => {
    const failure = await failureOf(reader(config).open());
    expect(failure.code).toBe("secret_invalid");
    expect(failure.message).toContain(pointer);
    expect(inspect(failure, { depth: 20, showHidden: true })).not.toContain(canary);
  });
});

it("a secret is not read for an app that is not configured", async () => {
  const { open, requested } = reader(CONFIG);
  expect((await failureOf(open("payroll"))).code).toBe("secret_not_found");
  expect(requested).toEqual([]);
});
