import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import {
  PAGES,
  type PageName,
  page,
  pageOf,
  redirect,
} from "../../../../functions/lambda/authorize-pages.ts";
import { PROBLEMS, type ProblemCode } from "../../../../schemas/protocol/problems.ts";

const NAMES = Object.keys(PAGES) as PageName[];
const HOSTILE = `"><script>alert('1')</script>&`;
const shown = { requestId: "request-1" };
const bodyOf = (name: PageName, more: object = {}) => page(name, { ...shown, ...more }).body ?? "";

/** The elements of a document in order, as `<name` and `</name`; fails where they do not nest. */
function elementsOf(html: string): readonly string[] {
  const names: string[] = [];
  const open: string[] = [];
  const voids = new Set(["meta"]);
  for (const [, slash = "", name = ""] of html
    .replace(/^<!DOCTYPE html>\n/, "")
    .matchAll(/<(\/?)([a-z0-9]+)/g)) {
    if (slash === "") {
      names.push(name);
      if (!voids.has(name)) open.push(name);
    } else expect(open.pop()).toBe(name);
  }
  expect(open).toEqual([]);
  return names;
}

/** WCAG 2.2 §1.4.3. */
function contrast(one: string, other: string): number {
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(color: string): number {
  const hex =
    color.length === 4 ? [...color.slice(1)].map((digit) => digit + digit).join("") : color.slice(1);
  const [red = 0, green = 0, blue = 0] = [0, 2, 4]
    .map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

describe.each(NAMES)("the page %s", (name) => {
  test("is a whole document with a language, a title, one main part and one heading", () => {
    const html = bodyOf(name, { login: "ann@example.com", returnTo: "https://example.com/" });
    expect(html).toMatch(/^<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">/);
    const elements = elementsOf(html);
    for (const once of ["html", "head", "title", "body", "main", "h1"]) {
      expect(elements.filter((element) => element === once)).toEqual([once]);
    }
    expect(/<title>([^<]+)<\/title>/.exec(html)?.[1]).toBe(/<h1>([^<]+)<\/h1>/.exec(html)?.[1]);
  });

  test("has no script, no form, no frame and nothing from elsewhere", () => {
    const elements = new Set(elementsOf(bodyOf(name, { returnTo: "https://example.com/" })));
    const allowed = ["html", "head", "meta", "title", "style", "body", "main", "h1", "p", "a", "code"];
    expect(allowed).toEqual(expect.arrayContaining([...elements]));
    expect(bodyOf(name)).not.toMatch(/https?:|\ssrc=|\son[a-z]+=|url\(|@import/);
  });

  test("has the headers that keep it out of frames, caches and referrers, and its style's own hash", () => {
    const { headers = {}, body = "" } = page(name, shown);
    const style = /<style>([^<]*)<\/style>/.exec(body)?.[1] ?? "";
    const hash = createHash("sha256").update(style).digest("base64");
    expect(headers).toMatchObject({
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-store",
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
      "content-security-policy": `default-src 'none'; style-src 'sha256-${hash}'; frame-ancestors 'none'; form-action 'none'; base-uri 'none'`,
    });
  });

  test("says what happened and what to do, with the request's number", () => {
    const paragraphs = [...bodyOf(name).matchAll(/<p>(.*?)<\/p>/g)].map(([, text]) => text);
    expect(paragraphs.length).toBeGreaterThanOrEqual(2);
    expect(paragraphs.at(-1)).toBe("Request number: <code>request-1</code>");
  });

  test("escapes every value that it shows", () => {
    const html = bodyOf(name, {
      ...{ requestId: HOSTILE, login: HOSTILE },
      returnTo: `https://example.com/?a=${HOSTILE}`,
    });
    expect(html).not.toContain("<script");
    expect(html).not.toContain(`"><`);
    expect(html.match(/&lt;script&gt;alert\(&#39;1&#39;\)&lt;\/script&gt;&amp;/g)).toHaveLength(3);
  });
});

test("each page has a title of its own", () => {
  const titles = NAMES.map((name) => PAGES[name].title);
  expect(new Set(titles).size).toBe(NAMES.length);
});

test("texts and links have the contrast that WCAG's level AAA requires of texts", () => {
  const style = /<style>([^<]*)<\/style>/.exec(bodyOf("connected"))?.[1] ?? "";
  const colors = [...style.matchAll(/(?<![-\w])color:(#[0-9a-f]{3,6})/g)].map(([, color = ""]) => color);
  const background = /background:(#[0-9a-f]{3,6})/.exec(style)?.[1] ?? "";
  expect(colors).toHaveLength(2);
  for (const color of colors) expect(contrast(color, background)).toBeGreaterThanOrEqual(7);
});

test("every problem has a page that reports no success", () => {
  for (const code of Object.keys(PROBLEMS) as ProblemCode[]) {
    expect(PAGES[pageOf(code)].status).toBeGreaterThanOrEqual(400);
  }
});

test("a redirect is not stored, and takes no referrer along", () => {
  expect(redirect("https://account.box.com/")).toEqual({
    statusCode: 302,
    headers: {
      location: "https://account.box.com/",
      "cache-control": "no-store",
      "referrer-policy": "no-referrer",
    },
  });
});
