import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { diagnostics } from "../types/diagnostics.ts";

/**
 * The examples in the docstrings of the client and the construct, and the TypeScript in the documents, compiled as
 * programs of a package that depends on box-sts.
 */
const ROOT = join(import.meta.dirname, "../..");
const read = (path: string) => readFileSync(join(ROOT, path), "utf8");
const filesOf = (folder: string, ending: string) =>
  readdirSync(join(ROOT, folder)).flatMap((name) => (name.endsWith(ending) ? [`${folder}/${name}`] : []));

interface Example {
  /** The file, and its line there. */
  readonly place: string;
  readonly code: string;
}

const FENCE = /^( *(?:\* )?)```ts\n([\s\S]*?)^\1```$/gm;

const examples: readonly Example[] = [
  ...["client", "infra"].flatMap((folder) => filesOf(folder, ".ts")),
  ...filesOf("docs", ".md"),
  "README.md",
].flatMap((path) =>
  [...read(path).matchAll(FENCE)].map(({ 1: lead = "", 2: code = "", index, input }) => ({
    place: `${path}:${input.slice(0, index).split("\n").length + 1}`,
    code: code.replaceAll(/^ *\*(?: |$)/gm, lead.includes("*") ? "" : "$&"),
  })),
);

/** The declaration of each public entry point, with the docstring directly before it. */
const docstringOf = (folder: string, declaration: RegExp): string => {
  for (const path of filesOf(folder, ".ts")) {
    const text = read(path);
    const at = text.search(declaration);
    if (at !== -1) return /\/\*\*(?:(?!\*\/)[\s\S])*\*\/\s*$/.exec(text.slice(0, at))?.[0] ?? "";
  }
  return expect.fail(`${folder} has no ${declaration}`);
};

const ENTRY_POINTS: readonly (readonly [string, readonly string[]])[] = [
  ["client", Object.keys(await import("../../client/index.ts"))],
  ["infra", Object.keys(await import("../../infra/index.ts"))],
];
const TYPES = [
  ["client", "BoxAuthOptions"],
  ["client", "CredentialProvider"],
  ["infra", "BoxAppProps"],
  ["infra", "BoxTokenServiceProps"],
] as const;
const METHODS = [
  ["client", "refreshToken("],
  ["client", "downscopeToken("],
  ["infra", "static fromAttributes("],
  ["infra", "grantInvokeUrl(grantee: IGrantable, options"],
  ["infra", "grantInvoke(grantee: IGrantable, alias: string, options"],
  ["infra", "aliasCallerPolicy("],
  ["infra", "metric(name: MetricName"],
] as const;

const declared: readonly (readonly [string, RegExp])[] = [
  ...ENTRY_POINTS.flatMap(([folder, names]) => names.map((name) => [folder, name] as const)),
  ...TYPES,
].map(([folder, name]) => [
  folder,
  new RegExp(`^export (?:function|class|const|interface|type) ${name}\\b`, "m"),
]);
const methods: readonly (readonly [string, RegExp])[] = METHODS.map(([folder, begins]) => [
  folder,
  new RegExp(`^  ${begins.replaceAll(/[()]/g, "\\$&")}`, "m"),
]);

test.each([...declared, ...methods])(
  "the public entry point of %s, %s, has an example",
  (folder, declaration) => {
    expect(docstringOf(folder, declaration)).toMatch(/@example\n *\* ```ts\n/);
  },
);

/** Every name that a caller's program can import, types included, by the file that declares it. */
const exported = ["client", "infra"].flatMap((folder) =>
  [...read(`${folder}/index.ts`).matchAll(/^export (?:type )?\{([^}]*)\} from "\.\.?\/(.*)";$/gm)].flatMap(
    ([, names = "", path = ""]) =>
      names.split(",").map((name) => ({
        name: name.replace(/\btype\b/, "").trim(),
        path: path.includes("/") ? path : `${folder}/${path}`,
      })),
  ),
);

test("every export of the package has a docstring", () => {
  expect(exported.length).toBeGreaterThan(15);
  const without = exported.filter(({ name, path }) => {
    const declaration = new RegExp(`\\*\\/\\nexport (?:function|class|const|interface|type) ${name}\\b`);
    return !declaration.test(read(path));
  });
  expect(without).toEqual([]);
});

/** Shows that the compiler reads the published types, and that they are not `any`. */
const MISSPELT =
  'import { boxAuth } from "box-sts/client";\nboxAuth({ functionName: "f", alias: "a", scop: "x" });\n';

let folder: string;
/** Error codes by the name of the file. */
let found: ReadonlyMap<string, readonly string[]>;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "box-sts-examples-"));
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(ROOT, join(folder, "node_modules/box-sts"));
  for (const name of readdirSync(join(ROOT, "node_modules")))
    if (!name.startsWith(".") && name !== "box-sts")
      symlinkSync(join(ROOT, "node_modules", name), join(folder, "node_modules", name));
  writeFileSync(join(folder, "package.json"), '{"private":true,"type":"module"}');
  const { compilerOptions } = JSON.parse(read("test/types/fixtures/tsconfig.json"));
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts"] }));
  for (const [index, { code }] of examples.entries())
    writeFileSync(join(folder, `example-${index}.ts`), code);
  writeFileSync(join(folder, "misspelt.ts"), MISSPELT);
  const errors = await diagnostics(folder);
  found = new Map([...errors].map(([path, codes]) => [basename(path), codes]));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("every example compiles under the published types", () => {
  expect(examples.length).toBeGreaterThan(15);
  const broken = examples.flatMap(({ place }, index) => {
    const codes = found.get(`example-${index}.ts`);
    return codes === undefined ? [] : [`${place}: ${codes}`];
  });
  expect(broken).toEqual([]);
});

test("a program that misspells an option does not compile, and nothing else has an error", () => {
  expect([...found]).toEqual([["misspelt.ts", ["TS2561"]]]);
});
