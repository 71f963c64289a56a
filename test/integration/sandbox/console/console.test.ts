import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type GeneratedApp, generateApp } from "../../../../sandbox/apps/app.ts";
import { addItem } from "../../../../sandbox/box/items/create.ts";
import { addSample } from "../../../../sandbox/box/sample.ts";
import { type Box, startBox } from "../../../../sandbox/box/server.ts";
import { addConfiguredApp, type BoxApp } from "../../../../sandbox/box/state.ts";
import type { CallerConsole, TriedRequest } from "../../../../sandbox/console/try-it.ts";
import { type HtmlElement, htmlProblems, parseHtml } from "../../../support/html.ts";

let box: Box;
let app: BoxApp;

let generated: GeneratedApp;
beforeAll(async () => {
  generated = await generateApp();
});

beforeEach(async () => {
  box = await startBox();
  const { config, publicKey } = generated;
  app = addConfiguredApp(box.state, config, publicKey, { signatureKeys: true });
  addSample(box.state, app);
});
afterEach(() => box.close());

interface Received {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** `fetch` does not allow a test to write `Host`. */
function send(path: string, headers: Readonly<Record<string, string>> = {}, method = "GET", form?: string) {
  return new Promise<Received>((resolve, reject) => {
    const sending = httpRequest(new URL(path, box.url), { method, headers, path }, async (response) => {
      let text = "";
      for await (const chunk of response.setEncoding("utf8")) text += chunk;
      resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
    });
    sending.once("error", reject).end(form);
  });
}

const tokenIn = ({ text }: Received): string | undefined =>
  parseHtml(text)
    .find(({ attributes }) => attributes.get("name") === "control-token")
    ?.attributes.get("content");
const textOf = ({ text }: Received): string => parseHtml(text)[0]?.text.replaceAll(/\s+/g, " ") ?? "";

describe("who gets the page", () => {
  const served = async (options: Parameters<typeof startBox>[0]): Promise<number> => {
    const other = await startBox(options);
    const { status } = await fetch(`${other.url}/`);
    const asset = await fetch(`${other.url}/_console/icon.svg`);
    await other.close();
    expect(asset.status).toBe(status);
    return status;
  };

  test("is every program of this machine, where Box listens on a loopback address", async () => {
    expect(await served({})).toBe(200);
    expect(await served({ host: "127.0.0.1" })).toBe(200);
  });

  test("is nobody where other machines reach the port, unless the operator wants it", async () => {
    expect(await served({ host: "0.0.0.0" })).toBe(404);
    expect(await served({ host: "0.0.0.0", console: true })).toBe(200);
  });

  test("is nobody where the operator turns it off, and the response names the option without the token", async () => {
    const other = await startBox({ console: false });
    const response = await fetch(`${other.url}/`);
    const text = await response.text();
    expect(response.status).toBe(404);
    expect(text).toContain("--console");
    expect(text).not.toContain(other.control.token);
    await other.close();
  });
});

describe("the page", () => {
  test("is valid HTML with the apps, users and files of the enterprise, and the token of its control endpoints", async () => {
    const page = await send("/");
    expect(page.status).toBe(200);
    expect(htmlProblems(parseHtml(page.text))).toEqual([]);
    for (const shown of [app.clientId, "Mona Managed", "summary.txt", ...app.publicKeys.keys()])
      expect(textOf(page)).toContain(shown);
    const authorization = `Bearer ${tokenIn(page)}`;
    expect((await send("/_sandbox/clock", { authorization })).status).toBe(200);
  });

  test("has a policy that allows its own script and style by a nonce of this response, and nothing else", async () => {
    const pages = [await send("/"), await send("/")];
    const nonces = pages.map(({ headers, text }) => {
      const policy = String(headers["content-security-policy"]);
      const nonce = /script-src 'nonce-([A-Za-z0-9+/]{24})'/.exec(policy)?.[1];
      const nonced = parseHtml(text).filter(({ attributes }) => attributes.get("nonce") === nonce);
      expect(nonced.map(({ name }) => name)).toEqual(["link", "script"]);
      expect(policy.replaceAll(String(nonce), "N").split("; ")).toEqual([
        "default-src 'none'",
        "script-src 'nonce-N'",
        "style-src 'nonce-N'",
        "img-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
      ]);
      expect(headers).toMatchObject({
        "cache-control": "no-store",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
      });
      expect(headers).not.toHaveProperty("access-control-allow-origin");
      return nonce;
    });
    expect(nonces[0]).not.toBe(nonces[1]);
  });

  test("loads files that are there, each with its type", async () => {
    const references = parseHtml((await send("/")).text).flatMap(({ name, attributes }) =>
      name === "link" || name === "script" ? [attributes.get("href") ?? attributes.get("src") ?? ""] : [],
    );
    const types = await Promise.all(
      [...references, "_console/morph.js"].map(async (path) => {
        const { status, headers } = await send(`/${path}`);
        return [status, path, headers["content-type"], headers["x-content-type-options"]];
      }),
    );
    expect(types).toEqual([
      [200, "_console/icon.svg", "image/svg+xml", "nosniff"],
      [200, "_console/console.css", "text/css; charset=utf-8", "nosniff"],
      [200, "_console/console.js", "text/javascript; charset=utf-8", "nosniff"],
      [200, "_console/morph.js", "text/javascript; charset=utf-8", "nosniff"],
    ]);
  });

  test("shows no client secret, signature key, refresh token or whole access token", async () => {
    const facts = {
      clientId: app.clientId,
      userId: app.serviceAccountId,
      scopes: new Set<string>(),
      downscoped: false,
    };
    const server = box.tokens.mint(facts, 3_600).value;
    const pair = box.connections.open({ ...facts }, 3_600);
    const { text } = await send("/");
    for (const start of [server, pair.accessToken])
      expect(text).toContain(`<code>${start.slice(0, 8)}…</code>`);
    const { primary = "", secondary = "" } = app.signatureKeys;
    const secrets = [app.clientSecret, primary, secondary, pair.refreshToken];
    for (const secret of [...secrets, server.slice(8), pair.accessToken.slice(8)])
      expect(text).not.toContain(secret);
  });

  test("does not count as a request to Box, and no fault affects it", async () => {
    box.faults.inject("reset");
    expect((await send("/")).status).toBe(200);
    expect((await send("/_console/console.js")).status).toBe(200);
    expect([box.requests.count(), box.faults.active[0]?.hits]).toEqual([0, 0]);
  });

  test("of thousands of tokens and items, and of folders a thousand levels deep, shows the first and counts them", async () => {
    const facts = {
      clientId: app.clientId,
      userId: app.serviceAccountId,
      scopes: new Set<string>(),
      downscoped: false,
    };
    for (let count = 0; count < 3_000; count += 1) box.tokens.mint(facts, 3_600);
    const ownerId = app.serviceAccountId;
    let parentId = "0";
    for (let level = 0; level < 1_000; level += 1)
      parentId = addItem(box.state, { type: "folder", name: "deep", parentId, ownerId }).id;
    for (let count = 0; count < 2_000; count += 1)
      addItem(box.state, { type: "file", name: `${count}.txt`, parentId: "0", ownerId });
    const page = await send("/");
    expect(textOf(page)).toMatch(/2950 more tokens are not shown/);
    expect(textOf(page)).toMatch(/\d{4} more items are not shown/);
    expect(page.text.length).toBeLessThan(250_000);
    expect(depthOf(parseHtml(page.text))).toBeLessThan(120);
  });
});

const depthOf = (all: readonly HtmlElement[]): number =>
  Math.max(
    ...all.map((element) => {
      let depth = 0;
      for (let at: HtmlElement | undefined = element; at !== undefined; at = at.parent) depth += 1;
      return depth;
    }),
  );

describe("of a named enterprise", () => {
  test("the page shows that enterprise alone, links to the others and is relative to its own path", async () => {
    const named = await box.enterprise("worker-1");
    const page = await send("/t/worker-1/");
    expect(textOf(page)).toContain(named.app.clientId);
    expect(textOf(page)).not.toContain(app.clientId);
    const links = parseHtml(page.text).filter(
      ({ name, attributes }) => name === "a" && !attributes.get("href")?.startsWith("#"),
    );
    const targets = links.map(
      ({ attributes }) => new URL(attributes.get("href") ?? "", `${box.url}/t/worker-1/`).pathname,
    );
    expect(targets).toEqual(["/", "/t/worker-1/"]);
    expect((await send("/t/worker-1/_console/console.css")).status).toBe(200);
  });

  test("without the slash at its end the address leads to the one with it", async () => {
    await box.enterprise("worker-1");
    const { status, headers } = await send("/t/worker-1");
    expect([status, headers.location]).toEqual([308, `${box.url}/t/worker-1/`]);
  });

  test("one that nobody has created has no page", async () => {
    const { status, text } = await send("/t/nobody/");
    expect(status).toBe(404);
    expect(text).toContain("There is no enterprise");
    expect(text).not.toContain(box.control.token);
  });
});

describe("attacks", () => {
  test.each([
    "evil.example",
    "evil.example:80",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "evil.example#.localhost",
    "127.0.0.1@evil.example",
  ])("the host %j, which a name of an attacker may be, gets neither page nor file", async (host) => {
    for (const path of ["/", "/_console/console.js"]) {
      const { status, text } = await send(path, { host });
      expect([status, text]).toEqual([403, expect.stringContaining("for an address of this machine")]);
      expect(text).not.toContain(box.control.token);
    }
  });

  test.each(["localhost", "127.0.0.1:49153", "[::1]:8702", "box:8702", "sandbox.localhost"])(
    "the host %j is one of this machine or of a container",
    async (host) => {
      expect((await send("/", { host })).status).toBe(200);
    },
  );

  test.each(["constructor", "__proto__", "toString", "..%2fpage.ts", "../page.ts", "tsconfig.json", ""])(
    "the file %j is not there",
    async (name) => {
      const { status, headers } = await send(`/_console/${name}`);
      expect([status, headers["content-security-policy"]]).toEqual([404, "default-src 'none'"]);
    },
  );

  test("a page of another origin reads nothing: no response allows it, and its calls are refused", async () => {
    const token = tokenIn(await send("/"));
    const headers = { authorization: `Bearer ${token}`, origin: "https://evil.example" };
    const refused = await send(`/_sandbox/apps/${app.clientId}`, headers, "POST", "enabled=false");
    expect([refused.status, app.enabled]).toEqual([403, true]);
    expect(refused.headers).not.toHaveProperty("access-control-allow-origin");
  });

  test.each(["POST", "PUT", "DELETE", "OPTIONS"])(
    "%s of the page gets Box's own response",
    async (method) => {
      const { text, headers } = await send("/", {}, method);
      expect(text).not.toContain(box.control.token);
      expect(headers).toHaveProperty("box-request-id");
    },
  );
});

describe("the callers of the token function", () => {
  const tried: [string, TriedRequest][] = [];
  const callerConsole: CallerConsole = {
    callers: [{ name: "reports", roleArn: "arn:aws:iam::123456789012:role/reports", gets: "anything" }],
    apps: ["sandbox"],
    async call(name, request) {
      tried.push([name, request]);
      if (request.scope === "broken") throw new TypeError("fetch failed");
      return { status: 200, durationMs: 1, body: {} };
    },
  };
  const call = (form: string, token: string = box.control.token) =>
    send("/_sandbox/callers", { authorization: `Bearer ${token}` }, "POST", form);

  beforeEach(() => {
    tried.length = 0;
  });

  test("are called by name, with what the form says", async () => {
    box.control.extend({ callers: callerConsole });
    expect(JSON.parse((await call("caller=reports&subject=3&scope=item_read&app=")).text)).toMatchObject({
      status: 200,
    });
    expect(tried).toEqual([["reports", { app: undefined, subject: "3", scope: "item_read" }]]);
    expect(textOf(await send("/"))).toContain("Token function");
  });

  test.each([
    ["caller=repots", 400, 'There is no caller "repots". Did you mean reports? There are reports.'],
    ["caller=constructor", 400, 'There is no caller "constructor". There are reports.'],
    ["", 400, 'There is no caller "". There are reports.'],
    ["caller=reports&url=http://evil.example", 400, 'There is no field "url".'],
    ["caller=reports&scope=broken", 502, "The token function broke the connection."],
  ])("%j is refused with a sentence", async (form, status, sentence) => {
    box.control.extend({ callers: callerConsole });
    const response = await call(form);
    expect([response.status, JSON.parse(response.text).error]).toEqual([
      status,
      expect.stringContaining(sentence),
    ]);
  });

  test("need the control token, and are not there where Box runs alone", async () => {
    expect((await call("caller=reports")).status).toBe(404);
    expect(textOf(await send("/"))).not.toContain("Token function");
    box.control.extend({ callers: callerConsole });
    expect((await call("caller=reports", "wrong")).status).toBe(401);
    expect(tried).toEqual([]);
  });
});
