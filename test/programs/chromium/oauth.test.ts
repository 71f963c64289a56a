import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Sandbox, startSandbox } from "../../../sandbox/sandbox.ts";
import { type AuthorizeFront, startAuthorizeFront } from "../../support/authorize-front.ts";
import { needs } from "../needs.ts";
import { Chromium, type Tab } from "./chromium.ts";

/** The flow in a real browser, which alone judges cookies, redirects and the content security policy as a user's does. */
describe("in Chromium", needs("Chromium"), () => {
  let sandbox: Sandbox;
  let front: AuthorizeFront;
  let chromium: Chromium;

  beforeAll(async () => {
    sandbox = await startSandbox({
      sharedCache: true,
      apps: { crm: { authentication: "oauth2" }, drive: { authentication: "oauth2" } },
    });
    front = await startAuthorizeFront(sandbox, { app: "crm", tls: true });
    chromium = new Chromium();
  }, 60_000);
  afterAll(async () => {
    await chromium.close();
    await front.close();
    await sandbox.close();
  });

  const headingOf = (tab: Tab) => tab.evaluate("document.querySelector('h1').textContent");
  const GRANT = "button[value=grant]";
  const DENY = "button[value=deny]";

  test("a user consents, and the browser brings its cookie back from Box's page", async () => {
    const tab = await chromium.newTab();
    await tab.open(front.link());
    expect(await headingOf(tab)).toBe("Grant access to Box");
    await tab.click(GRANT);
    expect(await headingOf(tab)).toBe("You are connected");
    expect(await tab.evaluate("document.body.textContent")).toContain(sandbox.sample.managedUser.login);
  });

  test("the page applies its own style, shows a cookie to no script, and breaks no content security policy", async () => {
    const tab = await chromium.newTab();
    // Two attempts, of which one ends: the cookie of the other one is still there.
    await tab.open(front.link());
    await tab.open(front.link());
    await tab.click(GRANT);
    expect(await headingOf(tab)).toBe("You are connected");
    expect(await tab.evaluate("getComputedStyle(document.body).maxWidth")).toBe("576px");
    expect(await tab.evaluate("document.cookie")).toBe("");
    expect(await tab.evaluate("document.referrer")).toBe("");
    expect(tab.violations).toEqual([]);
  });

  test("assistive technology is given one main part with one heading, paragraphs and the link", async () => {
    const tab = await chromium.newTab();
    await tab.open(front.link({ returnTo: "https://intranet.example.com/" }));
    await tab.click(GRANT);
    const roles = await tab.roles();
    for (const role of ["main", "heading", "link"])
      expect(roles.filter((one) => one === role)).toEqual([role]);
    expect(roles).toContain("paragraph");
  });

  test("the page that is loaded again connects nothing a second time", async () => {
    const tab = await chromium.newTab();
    await tab.open(front.link());
    await tab.click(GRANT);
    const exchanges = sandbox.box.requests.count("token/authorization_code");
    await tab.reload();
    expect(await headingOf(tab)).toBe("This attempt to connect has ended");
    expect(sandbox.box.requests.count("token/authorization_code")).toBe(exchanges);
  });

  test("two tabs connect to two apps, in the other order than they began", async () => {
    const [first, second] = [await chromium.newTab(), await chromium.newTab()];
    await first.open(front.link());
    await second.open(front.link({ app: "drive" }));
    await second.click(GRANT);
    await first.click(GRANT);
    expect([await headingOf(first), await headingOf(second)]).toEqual([
      ...["You are connected", "You are connected"],
    ]);
  });

  test("a user who denies reads so", async () => {
    const tab = await chromium.newTab();
    await tab.open(front.link());
    await tab.click(DENY);
    expect(await headingOf(tab)).toBe("You did not consent");
  });
});
