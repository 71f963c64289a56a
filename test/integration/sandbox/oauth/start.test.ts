import { afterEach, expect, test } from "vitest";
import { FetchBrowser } from "../../../support/authorize-front.ts";
import { type Running, ready, requestToken, startMain } from "../command-line.ts";
import { openPage, submit } from "./oauth-requests.ts";

let running: Running | undefined;
afterEach(async () => {
  running?.child.kill("SIGKILL");
  await running?.ended;
});

test("npm start -- --oauth prints a link by which a user connects, whose token callers then get", async () => {
  running = startMain(["--oauth", "--port", "0", "--json"]);
  const facts = await ready(running);
  const browser = new FetchBrowser();
  const toBox = await browser.open(facts.connect_url ?? "");
  const page = await openPage(toBox.location);
  const userId =
    /name="user_id" value="(\d+)"|<option value="(\d+)"/.exec(page.text)?.slice(1).find(Boolean) ?? "";
  const back = await submit(page, { user_id: userId, consent: "grant" });
  expect((await browser.open(back.headers.get("location") ?? "")).text).toContain("is now connected");
  const wanted = { app: "crm", box_subject_type: "user", box_subject_id: userId };
  const response = await requestToken(facts, JSON.stringify(wanted));
  const body = (await response.json()) as { readonly access_token: string };
  expect([response.status, body.access_token]).toEqual([200, expect.stringMatching(/^\w{32}$/)]);
  const user = await fetch(`${facts.box_url}/2.0/users/me`, {
    headers: { authorization: `Bearer ${body.access_token}` },
  });
  expect(await user.json()).toMatchObject({ id: userId });
});

test.each(["--config", "--policy", "--no-shared-cache"])(
  "--oauth with %s is refused with a sentence",
  async (option) => {
    running = startMain(["--oauth", option, ...(option === "--no-shared-cache" ? [] : ["file.json"])]);
    expect(await running.ended).toBe(1);
    expect(running.stderr.join("")).toBe(
      `--oauth serves the sandbox's own app, policy and table; leave ${option} out.`,
    );
  },
);
