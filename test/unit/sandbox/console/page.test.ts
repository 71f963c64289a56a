import { describe, expect, test } from "vitest";
import { consolePage } from "../../../../sandbox/console/page.ts";
import type { ConsoleView } from "../../../../sandbox/console/view.ts";
import { type HtmlElement, htmlProblems, parseHtml } from "../../../support/html.ts";
import { aRequest, emptyView, fullView } from "./view.ts";

const SECRETS = { controlToken: "control-token-of-the-test", nonce: "bm9uY2U" };
const parsed = (view: ConsoleView) => parseHtml(consolePage(view, SECRETS));
const bySelector = (all: readonly HtmlElement[], name: string, attribute?: string, value?: string) =>
  all.filter(
    (element) =>
      element.name === name && (attribute === undefined || element.attributes.get(attribute) === value),
  );
const textOf = (all: readonly HtmlElement[]): string => all[0]?.text.replaceAll(/\s+/g, " ") ?? "";

test.each([
  ["with something of everything", fullView()],
  ["with nothing", emptyView],
])("the page %s is valid HTML with named controls and headings in order", (_, view) => {
  expect(htmlProblems(parsed(view))).toEqual([]);
});

describe("hostile names", () => {
  const HOSTILE = [
    `"><script>alert(1)</script>`,
    `' onmouseover='alert(1)`,
    `" autofocus onfocus="alert(1)`,
    "</title></head><body><img src=x onerror=alert(1)>",
    "<!--<script>",
    "</script><script>",
    "javascript:alert(1)",
    "&lt;b&gt;&#39;&amp",
    "{{1+1}}",
    "\u0000\u0008\u202Egpj.exe\u2066\uD800",
    "",
  ];

  test.each(HOSTILE)("%j instead of every text stays text", (text) => {
    const usual = parsed(fullView("usual"));
    const all = parsed(fullView(text));
    const shape = (elements: readonly HtmlElement[]) =>
      elements.map(({ name, attributes, parent }) => [parent?.name, name, ...attributes.keys()].join(" "));
    expect(shape(all)).toEqual(shape(usual));
  });

  test("is shown as it is, without control characters and overrides of direction", () => {
    expect(textOf(parsed(fullView(`<i>"A" & 'B'</i>`)))).toContain(`<i>"A" & 'B'</i>`);
    const shown = textOf(parsed(fullView("a\u0000b\u202Egpj.exe\uD800")));
    expect(shown).toContain("a\uFFFDb\uFFFDgpj.exe\uFFFD");
  });

  test("leads to no other address: every form and link is one of the console's own", () => {
    const all = parsed(fullView("../../evil?x=//evil.example/#"));
    const targets = all.flatMap(({ attributes }) =>
      ["action", "href", "src"].flatMap((name) => attributes.get(name) ?? []),
    );
    expect(targets.length).toBeGreaterThan(15);
    for (const target of targets) {
      const { origin, pathname, search } = new URL(target, "http://127.0.0.1:8702/t/one/");
      expect(origin).toBe("http://127.0.0.1:8702");
      expect(["", "?contents=true&secrets=true"]).toContain(search);
      expect(pathname).toMatch(/^\/(?:t\/[^/]+\/)?(?:$|_console\/|_sandbox\/)/);
    }
  });
});

test("the page carries the control token once, in a meta element, and the nonce at its script and style alone", () => {
  const page = consolePage(fullView(), SECRETS);
  const all = parseHtml(page);
  expect(page.split(SECRETS.controlToken)).toHaveLength(2);
  expect(bySelector(all, "meta", "name", "control-token")[0]?.attributes.get("content")).toBe(
    SECRETS.controlToken,
  );
  const named = all.filter(({ attributes }) => attributes.get("nonce") === SECRETS.nonce);
  expect(named.map(({ name }) => name)).toEqual(["link", "script"]);
  expect(all.filter(({ name }) => name === "script" || name === "style")).toHaveLength(1);
});

describe("what a person reads", () => {
  test("a switch reports its state and sends the other one", () => {
    const all = parsed(fullView());
    const switches = all.filter(({ attributes }) => attributes.get("role") === "switch").slice(0, 2);
    const facts = switches.map(({ attributes }) =>
      ["aria-label", "aria-checked", "name", "value"].map((name) => attributes.get(name)),
    );
    expect(facts).toEqual([
      ["JWT app abc123 is authorized", "true", "authorized", "false"],
      ["JWT app abc123 is enabled", "false", "enabled", "true"],
    ]);
  });

  test("a request has its method, path, operation, status, milliseconds and faults", () => {
    const text = textOf(parsed(fullView()));
    expect(text).toMatch(/02:10:11\s*GET \/2\.0\/users\/me\s*api\/users fault slow\s*200\s*1\.3/);
  });

  test.each([
    [0, "bad", "cut"],
    [200, "good", "200"],
    [302, "good", "302"],
    [404, "warn", "404"],
    [503, "bad", "503"],
  ])("the status %i is marked %s and reads %s", (status, kind, text) => {
    const shown = [{ ...aRequest, status }];
    const spans = bySelector(parsed({ ...emptyView, requests: { shown, total: 1 } }), "span", "class", kind);
    expect(spans.map((span) => span.text)).toContain(text);
  });

  test.each([
    [{ skewSeconds: 0, frozen: false }, "Box's clock is as this machine's."],
    [{ skewSeconds: 93_600, frozen: false }, "Box's clock is 1 day 2 hours ahead of this machine's."],
    [{ skewSeconds: -61, frozen: true }, "Box's clock is frozen, 1 minute 1 second behind this machine's."],
  ])("the clock at %o", (clock, sentence) => {
    expect(textOf(parsed({ ...emptyView, clock: { now: 0, ...clock } }))).toContain(sentence);
  });

  test("what is not shown is counted", () => {
    const text = textOf(parsed(fullView()));
    for (const sentence of ["2 more tokens are", "1 more users are"]) expect(text).toContain(sentence);
    expect(text).not.toContain("more items are");
  });

  test("without a token function there are no callers", () => {
    expect(textOf(parsed(emptyView))).not.toContain("Token function");
    expect(textOf(parsed(fullView()))).toContain("Token function");
  });

  test("the request log is a polite live region that the keyboard reaches", () => {
    const [log] = bySelector(parsed(fullView()), "div", "role", "log");
    expect(log?.attributes.get("tabindex")).toBe("0");
    expect(log?.attributes.get("aria-labelledby")).toBe("requests");
  });
});
