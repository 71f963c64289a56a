import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import { boxConfig } from "./kinds.ts";

/** Steps of a recipe: each wraps what it is given once more. Text goes through Latin-1, so that bytes survive. */
type Step = (text: string, argument: string) => string | Buffer;

const latin1 = (bytes: Uint8Array) => Buffer.from(bytes).toString("latin1");
const bytesOf = (text: string) => Buffer.from(text, "latin1");
const lines = (text: string) => text.replace(/\n$/, "").split("\n");
const eachLine = (text: string, write: (line: string, at: number, all: readonly string[]) => string) =>
  `${lines(text).map(write).join("\n")}\n`;
const quoted = (line: string) => JSON.stringify(line);
const wrap = (text: string, width: number) => text.match(new RegExp(`[\\s\\S]{1,${width}}`, "g")) ?? [];
/** A line of quoted-printable; no break is inside of an escape. */
const softlyBroken = (line: string) => {
  const pieces = [...bytesOf(line)].map((code) =>
    code === 0x3d || code > 0x7e ? `=${hexOf(code).toUpperCase()}` : String.fromCharCode(code),
  );
  let column = 0;
  return pieces.reduce((written, piece) => {
    const breaks = column + piece.length > 75;
    column = (breaks ? 0 : column) + piece.length;
    return `${written}${breaks ? "=\n" : ""}${piece}`;
  }, "");
};
const everyChar = (text: string, write: (code: number) => string) => [...bytesOf(text)].map(write).join("");
const hexOf = (code: number) => code.toString(16).padStart(2, "0");

export const STEPS: Readonly<Record<string, Step>> = {
  // Lines.
  crlf: (text) => text.replaceAll("\n", "\r\n"),
  cr: (text) => text.replaceAll("\n", "\r"),
  "one-line": (text) => text.trimEnd().replaceAll("\n", ""),
  "joined-by": (text, by) => text.trimEnd().replaceAll("\n", by),
  "lost-backslashes": (text, left) => text.replaceAll("\n", left),
  "no-end": (text) => text.trimEnd(),
  prefix: (text, prefix) => eachLine(text, (line) => `${prefix}${line}`),
  suffix: (text, suffix) => eachLine(text, (line) => `${line}${suffix}`),
  "line-feed": (text) => `${text}\n`,
  rewrapped: (text, width) => {
    const [first = "", ...rest] = lines(text);
    const headers = rest.filter((line) => line.includes(":"));
    const body = rest
      .slice(0, -1)
      .filter((line) => line !== "" && !line.includes(":"))
      .join("");
    return `${[first, ...headers, ...wrap(body, Number(width)), rest.at(-1)].join("\n")}\n`;
  },
  numbered: (text) => eachLine(text, (line, at) => `${String(at + 1).padStart(4)}  ${line}`),
  logged: (text) =>
    eachLine(text, (line, at) => `2024-05-01T10:00:${String(at % 60).padStart(2, "0")}Z app[1]: ${line}`),
  "blank-lines": (text) => text.replaceAll("\n", "\n\n"),
  "far-down": (text, size) => `${"Some words of a text.\n".repeat(Number(size) / 22)}${text}`,
  "under-japanese": (text, lines) =>
    `${latin1(Buffer.from("# 鍵は必ず安全な場所に保管してください。\n".repeat(Number(lines))))}${text}`,
  before: (text, before) => `${before}${text}`,
  after: (text, after) => `${text}${after}`,
  // Source code. The argument is between the pieces.
  concatenated: (text, by) =>
    lines(text)
      .map((line) => quoted(`${line}\n`))
      .join(by),
  "concatenated-bare": (text, by) =>
    lines(text)
      .map((line) => `'${line}'`)
      .join(by),
  "line-calls": (text, call) => eachLine(text, (line) => `${call}("${line}\\n");`),
  echo: (text) => eachLine(text, (line) => `echo "${line}" >> key.pem`),
  continued: (text) => `const key = "${text.trimEnd().replaceAll("\n", "\\n\\\n")}";\n`,
  split: (text, width) =>
    `[\n${wrap(text, Number(width))
      .map((part) => `  ${JSON.stringify(part)},`)
      .join("\n")}\n].join("")\n`,
  template: (text) => `const key = \`${text}\`;\n`,
  lines: (text) => `${JSON.stringify(lines(text), null, 1)}\n`,
  notebook: (text) =>
    JSON.stringify(
      {
        cells: [
          {
            cell_type: "code",
            metadata: {},
            outputs: [],
            source: [`key = """`, ...lines(text).map((line) => `${line}\n`), '"""'],
          },
        ],
        nbformat: 4,
      },
      null,
      1,
    ),
  // Documents.
  json: (text) => `${JSON.stringify({ name: "x", value: text })}\n`,
  "json-string": (text) => JSON.stringify(text),
  "php-json": (text) => JSON.stringify({ value: text }).replaceAll("/", "\\/"),
  yaml: (text) => `name: x\nvalue: |\n${eachLine(text, (line) => `  ${line}`)}other: y\n`,
  "yaml-folded": (text) => `name: x\nvalue: >-\n${eachLine(text, (line) => `  ${line}\n`)}other: y\n`,
  "yaml-quoted": (text) => `name: x\nvalue: "${lines(text).join("\n\n  ")}"\n`,
  "yaml-properties": (text) => `key:\n${text.replace(/[{}",]/g, "").replace(/^\n|\n$/g, "")}\n`,
  "toml-properties": (text) =>
    `[key]\n${text
      .replace(/[{},]/g, "")
      .replace(/"(\w+)":/g, "$1 =")
      .trim()}\n`,
  "k8s-secret": (text) =>
    `apiVersion: v1\nkind: Secret\ntype: Opaque\ndata:\n  key: ${bytesOf(text).toString("base64")}\n  other: aGVsbG8=\n`,
  env: (text) => `NODE_ENV=production\nBOX_KEY="${text.trimEnd().replaceAll("\n", "\\n")}"\nPORT=80\n`,
  export: (text) => `export BOX_KEY='${text.trimEnd()}'\n`,
  heredoc: (text) =>
    `variable "key" {\n  default = <<-EOT\n${eachLine(text, (line) => `    ${line}`)}  EOT\n}\n`,
  toml: (text) => `[box]\nkey = """\n${text}"""\n`,
  properties: (text) => `key=${lines(text).join("\\n\\\n    ")}\n`,
  cdata: (text) => `<config><key><![CDATA[${text}]]></key></config>\n`,
  "xml-element": (text) => `<config>\n  <key>${text.trimEnd()}</key>\n</config>\n`,
  "html-pre": (text) => `<pre>${text.trimEnd().replaceAll("\n", "<br/>\n")}</pre>\n`,
  markdown: (text) =>
    `1. Put this there:\n\n   \`\`\`pem\n${eachLine(text, (line) => `   ${line}`)}   \`\`\`\n`,
  csv: (text) => `id,key\n1,"${text.trimEnd()}"\n2,""\n`,
  diff: (text) =>
    `diff --git a/k b/k\n--- a/k\n+++ b/k\n@@ -0,0 +1,9 @@\n${eachLine(text, (line) => `+${line}`)}`,
  removed: (text) => `--- a/k\n+++ /dev/null\n@@ -1,9 +0,0 @@\n${eachLine(text, (line) => `-${line}`)}`,
  conflict: (text) => `<<<<<<< HEAD\n${text}=======\nnone\n>>>>>>> other\n`,
  minified: (text) =>
    `${"var a=function(b,c){return b+c};".repeat(40_000)}var k=${JSON.stringify(text)};${"a(1,2);".repeat(9000)}`,
  sql: (text) => `INSERT INTO secrets VALUES (1, '${text.trimEnd()}');\n`,
  // Escapes.
  "unicode-lines": (text) => text.replaceAll("\n", "\\u000a"),
  "unicode-marks": (text) =>
    text.replace(/[^A-Za-z0-9]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`),
  unicode: (text) => everyChar(text, (code) => `\\u${hexOf(code).padStart(4, "0")}`),
  "unicode-upper": (text) => everyChar(text, (code) => `\\u${hexOf(code).toUpperCase().padStart(4, "0")}`),
  "hex-escapes": (text) => everyChar(text, (code) => `\\x${hexOf(code)}`),
  "octal-marks": (text) =>
    text.replace(/[-\n]/g, (char) => `\\${char.charCodeAt(0).toString(8).padStart(3, "0")}`),
  "xml-lines": (text, reference) => text.replaceAll("\n", reference),
  "xml-marks": (text) => text.replace(/[^A-Za-z0-9 ]/g, (char) => `&#${char.charCodeAt(0)};`),
  "xml-decimal": (text) => everyChar(text, (code) => `&#${code};`),
  "xml-hex": (text) => everyChar(text, (code) => `&#x${hexOf(code)};`),
  "html-names": (text) =>
    text
      .replaceAll("+", "&plus;")
      .replaceAll("/", "&sol;")
      .replaceAll("=", "&equals;")
      .replaceAll("\n", "&NewLine;")
      .replaceAll('"', "&quot;")
      .replaceAll("<", "&lt;")
      .replaceAll(">", "&gt;"),
  url: (text) => encodeURIComponent(text),
  "url-all": (text) => everyChar(text, (code) => `%${hexOf(code).toUpperCase()}`),
  form: (text) => new URLSearchParams({ name: "x", key: text }).toString(),
  "percent-lines": (text) => `::set-output name=key::${text.replaceAll("\n", "%0A")}\n`,
  // Encodings.
  base64: (text) => bytesOf(text).toString("base64"),
  base64url: (text) => bytesOf(text).toString("base64url"),
  "base64-wrapped": (text, width) => `${wrap(bytesOf(text).toString("base64"), Number(width)).join("\n")}\n`,
  "data-uri": (text) =>
    `<a href="data:application/x-pem-file;base64,${bytesOf(text).toString("base64")}">key</a>\n`,
  // RFC 2045 §6.7, as a mail has it.
  "quoted-printable": (text) =>
    `Content-Transfer-Encoding: quoted-printable\n\n${text.split("\n").map(softlyBroken).join("\n")}`,
  // The name takes a part of the first line, and a blank is before the others.
  ldif: (text, width) => {
    const line = `userPrivateKey:: ${bytesOf(text).toString("base64")}`;
    const first = line.slice(0, Number(width));
    const rest = wrap(line.slice(Number(width)), Number(width) - 1);
    return `dn: cn=box,dc=example,dc=com\nobjectClass: top\n${[first, ...rest].join("\n ")}\nmail: box@example.com\n`;
  },
  hex: (text) => bytesOf(text).toString("hex"),
  "hex-upper": (text) => bytesOf(text).toString("hex").toUpperCase(),
  "hex-wrapped": (text, width) => `${wrap(bytesOf(text).toString("hex"), Number(width)).join("\n")}\n`,
  "hex-by": (text, by) =>
    `${wrap(wrap(bytesOf(text).toString("hex"), 2).join("\0"), 48)
      .join("\n")
      .replaceAll("\0", by)}\n`,
  "c-array": (text) =>
    `static const unsigned char key[] = {\n${wrap(
      [...bytesOf(text)].map((code) => `0x${hexOf(code)}, `).join(""),
      72,
    )
      .map((line) => `  ${line.trimEnd()}`)
      .join("\n")}\n};\n`,
  "c-string": (text) =>
    `${wrap([...bytesOf(text)].map((code) => `\\x${hexOf(code)}`).join(""), 64)
      .map((line) => `  "${line}"`)
      .join("\n")};\n`,
  decimal: (text) => JSON.stringify(Buffer.from(bytesOf(text))),
  "java-bytes": (text) => `byte[] key = { ${[...new Int8Array(bytesOf(text))].join(", ")} };\n`,
  "sql-hex": (text) => `INSERT INTO files VALUES (1, 0x${bytesOf(text).toString("hex").toUpperCase()});\n`,
  "sql-bytea": (text) => `COPY files FROM stdin;\n1\t\\\\x${bytesOf(text).toString("hex")}\n\\.\n`,
  "utf-16le": (text) => Buffer.from(latin1(bytesOf(text)), "utf16le"),
  "utf-16be": (text) => Buffer.from(text, "utf16le").swap16(),
  "utf-16le-bom": (text) => Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, "utf16le")]),
  "utf-16be-bom": (text) => Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from(text, "utf16le").swap16()]),
  "utf-32le": (text) => Buffer.concat([...bytesOf(text)].map((code) => Buffer.from([code, 0, 0, 0]))),
  "utf-8-bom": (text) => Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytesOf(text)]),
  "nul-lines": (text) => text.replaceAll("\n", "\n\0"),
  "in-binary": (text) =>
    Buffer.concat([
      Buffer.from("89504e470d0a1a0a", "hex"),
      randomBytes(3000),
      Buffer.alloc(64),
      bytesOf(text),
      Buffer.alloc(8),
      randomBytes(3000),
    ]),
  "box-config": (text) => boxConfig(text),
};

/** Runs a recipe: `name` or `name:argument`, one after the other. */
export function cook(content: Buffer, recipe: readonly string[]): Buffer {
  return recipe.reduce<Buffer>((given, step) => {
    const [name = ""] = step.split(":", 1);
    const write = STEPS[name];
    if (!write) throw new Error(`There is no step ${name}.`);
    const made = write(latin1(given), step.slice(name.length + 1));
    return typeof made === "string" ? bytesOf(made) : made;
  }, content);
}
