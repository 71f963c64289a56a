import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { addItem } from "../../../sandbox/box/items/create.ts";
import { addApp } from "../../../sandbox/box/state.ts";
import { type Sandbox, startSandbox } from "../../../sandbox/sandbox.ts";
import { needs } from "../needs.ts";
import { Chromium, type Tab } from "./chromium.ts";

/** The page in a real browser: its script, its style, its content security policy and what assistive technology gets. */
describe("in Chromium", needs("Chromium"), () => {
  let sandbox: Sandbox;
  let chromium: Chromium;
  let tab: Tab;

  beforeAll(async () => {
    sandbox = await startSandbox();
    chromium = new Chromium();
    tab = await chromium.newTab();
    await tab.emulate({ fasterTimers: 20 });
  }, 60_000);
  beforeEach(async () => {
    sandbox.box.reset();
    await tab.open(`${sandbox.box.url}/`);
  });
  afterAll(async () => {
    await chromium.close();
    await sandbox.close();
  });

  const text = (selector: string) =>
    tab.evaluate(`document.querySelector(${JSON.stringify(selector)}).innerText`);
  const press = (selector: string) =>
    tab.evaluate(`document.querySelector(${JSON.stringify(selector)}).click()`);
  const message = (section: string) =>
    tab.until(`document.querySelector("section[aria-labelledby=${section}] output").textContent !== ""`);
  const mainApp = () => sandbox.apps.sandbox?.box ?? addApp(sandbox.box.state, "1");
  const callBox = (path = "/2.0/users/me") =>
    fetch(`${sandbox.box.url}${path}`).then((response) => response.text());

  test("the page applies its style and runs its script within its content security policy", async () => {
    expect(await tab.evaluate("getComputedStyle(document.querySelector('main')).display")).toBe("grid");
    expect(await text("h1")).toBe("Box sandbox");
    expect(tab.violations).toEqual([]);
  });

  test("the policy turns no text into code, and sends nothing to another address", async () => {
    const page = await chromium.newTab();
    await page.open(`${sandbox.box.url}/`);
    await page.evaluate(`{
      window.violated = new Set();
      document.addEventListener("securitypolicyviolation", ({ effectiveDirective }) => {
        window.violated.add(effectiveDirective);
        document.body.dataset.violated = [...window.violated].sort().join(" ");
      });
    }`);
    const elsewhere = JSON.stringify(`${sandbox.invokeUrl}/x.png`);
    for (const sink of [
      "document.body.innerHTML = '<b>x</b>'",
      "document.createElement('script').textContent = 'window.hacked = 1'",
      "document.createElement('script').src = '/_console/console.js'",
      "document.body.setAttribute('onclick', 'window.hacked = 1')",
      "new DOMParser().parseFromString('<b>x</b>', 'text/html')",
      `fetch(${elsewhere})`,
    ])
      await expect(page.evaluate(sink), sink).rejects.toThrow(/Trusted|Failed to fetch/);
    await page.evaluate(`{
      document.querySelector("form").submit();
      document.body.append(Object.assign(document.createElement("style"), { textContent: "*{}" }));
      document.createElement("img").src = ${elsewhere};
    }`);
    const directives = [
      "connect-src",
      "form-action",
      "img-src",
      "require-trusted-types-for",
      "style-src-elem",
    ];
    await page.until(`document.body.dataset.violated === ${JSON.stringify(directives.join(" "))}`);
    expect(await page.evaluate("window.hacked")).toBeUndefined();
  });

  test("a switch disables the app at Box, shows that, and keeps the focus", async () => {
    const control = "button[name=enabled]";
    await tab.evaluate(`document.querySelector("${control}").focus()`);
    await tab.press("Enter");
    await tab.until(`document.querySelector("${control}").ariaChecked === "false"`);
    expect(mainApp()).toMatchObject({ authorized: true, enabled: false });
    expect(await tab.evaluate("document.activeElement.name")).toBe("enabled");
    expect(await text(".app h3")).toContain("not enabled");
    await tab.press("Enter");
    await tab.until(`document.querySelector("${control}").ariaChecked === "true"`);
    expect(mainApp().enabled).toBe(true);
  });

  test("a request appears in the log as it comes, and the rows before it are the same elements", async () => {
    await callBox("/2.0/folders/0");
    await tab.until(`document.querySelectorAll(".requests tbody tr").length === 1`);
    await tab.evaluate(`window.first = document.querySelector(".requests tbody tr")`);
    await callBox("/2.0/users/me");
    await tab.until(`document.querySelectorAll(".requests tbody tr").length === 2`);
    expect(await text(".requests tbody tr")).toMatch(/GET \/2\.0\/users\/me\s+api\/users\s+401/);
    expect(await tab.evaluate(`document.querySelectorAll(".requests tbody tr")[1] === window.first`)).toBe(
      true,
    );
  });

  test("paused, the page shows nothing new until it is resumed", async () => {
    await press("#pause");
    expect(await text("#connection")).toBe("Paused");
    await callBox();
    await tab.evaluate(`new Promise((resolve) => {
      const enough = window.timers + 8;
      const check = () => window.timers >= enough ? resolve() : requestAnimationFrame(check);
      check();
    })`);
    expect(await tab.evaluate(`document.querySelectorAll(".requests tbody tr").length`)).toBe(0);
    await press("#pause");
    await tab.until(`document.querySelectorAll(".requests tbody tr").length === 1`);
  });

  test("a token is listed by its start and hash, and is revoked by its button", async () => {
    const { tokens } = sandbox.box;
    const { clientId, serviceAccountId: userId } = mainApp();
    const { value } = tokens.mint(
      { clientId, userId, scopes: new Set(["item_read"]), downscoped: false },
      3_600,
    );
    await callBox();
    await tab.until(`document.querySelector(".tokens button") !== null`);
    expect(await tab.evaluate("document.documentElement.outerHTML")).not.toContain(value.slice(0, 20));
    await press(".tokens button");
    await tab.until(`document.querySelector(".tokens") === null`);
    expect(tokens.find(value)).toBeUndefined();
    expect(await text("section[aria-labelledby=developer] output")).toBe(
      `The token ${value.slice(0, 8)}… is revoked.`,
    );
  });

  test("a button injects a fault for one request, a form any other fault, and one button ends them all", async () => {
    await press("button[value='rate-limited:2']");
    await message("faults");
    await tab.evaluate(`{
      document.querySelector("#any-fault").open = true;
      document.querySelector("#fault").value = "lambda/slow";
      document.querySelector("#fault-setting").value = "20";
      document.querySelector("#fault-times").value = "5";
    }`);
    await press("#any-fault button.primary");
    await tab.until(`document.querySelectorAll(".in-force tbody tr").length === 2`);
    expect(sandbox.box.faults.active).toMatchObject([
      { name: "rate-limited", retryAfterSeconds: 2, times: 1 },
    ]);
    expect(sandbox.faults.lambda.active).toMatchObject([{ name: "slow", ms: 20, times: 5 }]);
    expect(await tab.evaluate(`document.querySelector("#any-fault").open`)).toBe(true);
    await press("[data-key=in-force] button");
    await tab.until(`document.querySelector(".in-force") === null`);
    expect([sandbox.box.faults.active, sandbox.faults.lambda.active]).toEqual([[], []]);
  });

  test("a fault that is refused is explained in the sandbox's words", async () => {
    await tab.evaluate(`document.querySelector("#fault-on").value = "function-url"`);
    await press("#any-fault button.primary");
    await message("faults");
    expect(await text("section[aria-labelledby=faults] output")).toMatch(
      /^There is no operation "function-url"\./,
    );
  });

  test("buttons move and freeze Box's clock", async () => {
    await press("button[value='86400']");
    await tab.until(`document.body.innerText.includes("1 day ahead of")`);
    expect(sandbox.box.clock.skewSeconds).toBeCloseTo(86_400, -1);
    await press("button[name=frozen]");
    await tab.until(`document.querySelector("#box-time").dataset.frozen === "true"`);
    expect(sandbox.box.clock.frozen).toBe(true);
    await press("button[name=frozen]");
    await tab.until(`document.querySelector("#box-time").dataset.frozen === "false"`);
    await press("button[name=set]");
    await tab.until(`document.body.innerText.includes("as this machine's")`);
    expect(Math.abs(sandbox.box.clock.skewSeconds)).toBeLessThan(60);
  });

  test("a reset needs a confirmation, which Escape refuses", async () => {
    mainApp().enabled = false;
    await press("button.danger");
    expect(await tab.evaluate(`document.querySelector("#confirm").open`)).toBe(true);
    await tab.press("Escape");
    await tab.until(`!document.querySelector("#confirm").open`);
    expect(mainApp().enabled).toBe(false);
    await press("button.danger");
    await press("#confirm button[value=confirm]");
    await tab.until(`document.querySelector("section[aria-labelledby=state] output").textContent !== ""`);
    expect(mainApp().enabled).toBe(true);
  });

  test("the state is saved as a document, and a document that is loaded replaces it", async () => {
    await tab.evaluate(`{
      const { createObjectURL } = URL;
      URL.createObjectURL = (blob) => (window.saved = blob, createObjectURL.call(URL, blob));
    }`);
    await press("form[data-download] button");
    await message("state");
    const saved = JSON.parse(String(await tab.evaluate("window.saved.text()")));
    expect(JSON.stringify(saved)).toContain("summary.txt");
    sandbox.box.state.users.delete(sandbox.sample.managedUser.id);
    await tab.evaluate(`{
      const files = new DataTransfer();
      files.items.add(new File([window.saved], "box-state.json"));
      document.querySelector("#state-file").files = files.files;
    }`);
    await press(".load button");
    expect(await text("#confirm-button")).toBe("Replace");
    await press("#confirm-button");
    await tab.until(
      `document.querySelector("section[aria-labelledby=state] output").textContent.includes("document")`,
    );
    expect(sandbox.box.state.users.has(sandbox.sample.managedUser.id)).toBe(true);
    expect(tab.violations).toEqual([]);
  });

  test("names of files, users and paths that are markup are shown as text and run nothing", async () => {
    const markup = `<img src=x onerror="window.hacked=1"><script>window.hacked=2</script>`;
    const { state } = sandbox.box;
    addItem(state, { type: "file", name: markup, parentId: "0", ownerId: mainApp().serviceAccountId });
    state.users.set(markup, { ...sandbox.sample.managedUser, id: markup, name: markup, login: markup });
    await callBox(`/2.0/users/${encodeURIComponent(markup)}`);
    await tab.until(`document.body.innerText.includes("window.hacked=1")`);
    await tab.reload();
    expect(await tab.evaluate("document.querySelector('main').innerText")).toContain(markup);
    expect(await tab.evaluate("document.querySelectorAll('main img, main script').length")).toBe(0);
    expect(await tab.evaluate("window.hacked")).toBeUndefined();
    expect(tab.violations).toEqual([]);
  });

  test("each caller is tried from the page: one gets a token, of which the start is shown, another a refusal", async () => {
    await press("button[value=everything]");
    await tab.until(`document.querySelector("#try-it-result").textContent !== ""`);
    expect(await text("#try-it-result")).toMatch(
      /^200 in \d+ ms\n\{\s+"access_token": "1!.{6}… \(\d+ characters, SHA-256 /,
    );
    await press("button[value=nothing]");
    await tab.until(`document.querySelector("#try-it-result").textContent.startsWith("403")`);
    expect(await text("#try-it-result")).toContain("unauthorized_client");
  });

  test("a page of before a restart takes over the token of the new server", async () => {
    await tab.evaluate(`document.querySelector("meta[name=control-token]").content = "stale"`);
    await press("button[name=authorized]");
    await tab.until(`document.querySelector("button[name=authorized]").ariaChecked === "false"`);
    expect(mainApp().authorized).toBe(false);
  });

  test("without JavaScript everything can be read, and nothing that needs a script is offered", async () => {
    const still = await chromium.newTab();
    await still.emulate({ scripts: false });
    await still.open(`${sandbox.box.url}/`);
    const roles = await still.roles();
    expect(roles).toContain("switch");
    const names = await still.names();
    for (const name of ["Developer Console", "summary.txt", "Mona Managed"]) expect(names).toContain(name);
    expect(names).toContain("Without JavaScript this page can be read; its switches and buttons do nothing.");
    expect(names.filter((name) => /^(?:Pause updates|Try it|Revoke|Freeze)/.test(name))).toEqual([]);
  });

  test.each([320, 390, 1_280])("nothing is wider than a window of %i pixels", async (width) => {
    await tab.emulate({ width });
    await tab.reload();
    await tab.evaluate("document.querySelectorAll('details').forEach((details) => { details.open = true; })");
    expect(await tab.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
    await tab.emulate({ width: 1_280 });
  });

  test("assistive technology is given landmarks, headings, one log and switches", async () => {
    const roles = await tab.roles();
    for (const role of ["banner", "main", "contentinfo", "log"])
      expect(
        roles.filter((one) => one === role),
        role,
      ).toEqual([role]);
    for (const [role, least] of [
      ["region", 7],
      ["heading", 12],
      ["switch", 2],
      ["table", 4],
      ["status", 7],
    ] as const)
      expect(roles.filter((one) => one === role).length, role).toBeGreaterThanOrEqual(least);
  });

  test("the keyboard reaches every control, and the one in focus has an outline", async () => {
    const seen = new Set<unknown>();
    for (let count = 0; count < 60; count += 1) {
      await tab.press("Tab");
      seen.add(await tab.evaluate("document.activeElement.textContent.trim() || document.activeElement.id"));
      if (count === 5)
        expect(await tab.evaluate("getComputedStyle(document.activeElement).outlineStyle")).toBe("solid");
    }
    for (const name of [
      "Skip to the content",
      "Pause updates",
      "Reset…",
      "Freeze",
      "Rate limit",
      "On",
      "scope",
    ])
      expect([...seen]).toContain(name);
  });
});
