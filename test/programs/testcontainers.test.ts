import { execFile, spawnSync } from "node:child_process";
import {
  cpSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, test } from "vitest";
import { execForm, parseDockerfile } from "../support/dockerfile.ts";
import { needs } from "./needs.ts";
import { JACKSON } from "./programs.ts";

/**
 * The recipes for Testcontainers, without Docker: a library of the same names starts the image's own command line as a
 * process.
 */
const ROOT = join(import.meta.dirname, "../..");
const RECIPES = join(ROOT, "examples/testcontainers");
const FAKES = join(ROOT, "test/support/containers");
const run = promisify(execFile);
const image = parseDockerfile(readFileSync(join(ROOT, "Dockerfile"), "utf8")).at(-1);
const entrypoint = execForm(image?.instructions.find(({ name }) => name === "ENTRYPOINT")?.text ?? "") ?? [];
/** The source instead of the bundle, which `test/integration/sandbox/image.test.ts` runs. */
const command = [
  process.execPath,
  join(ROOT, "cli/main.ts"),
  ...entrypoint.slice(2),
  "--port",
  "0",
  "--json",
];
const env = {
  PATH: process.env.PATH,
  TMPDIR: process.env.TMPDIR ?? "/tmp",
  HOME: homedir(),
  PYTHONDONTWRITEBYTECODE: "1",
  FAKE_CONTAINER_COMMAND: command.join("\n"),
};

/** The recipe with the library beside it. */
function folderOf(language: string): string {
  const folder = mkdtempSync(join(tmpdir(), `box-sts-${language}-`));
  cpSync(join(RECIPES, language), folder, { recursive: true });
  return folder;
}

test("every recipe names the image and its port as the Dockerfile and the workflow do", () => {
  const exposed = image?.instructions.find(({ name }) => name === "EXPOSE")?.text.split(" ") ?? [];
  const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const files = globSync(["testcontainers/*/*[bB]ox.*", "workflows/local-box.yml"], {
    cwd: join(ROOT, "examples"),
  });
  expect(files).toHaveLength(4);
  for (const file of files) {
    const text = readFileSync(join(ROOT, "examples", file), "utf8");
    expect(text).toContain(`ghcr.io/OWNER/box-sts-box:${version}`);
    expect(exposed).toContain(/\b(87\d\d)\b/.exec(text)?.[1]);
  }
});

describe("the recipe for Node", () => {
  test("runs its tests with the official SDK, and stops the container", async () => {
    const folder = folderOf("node");
    mkdirSync(join(folder, "node_modules"));
    cpSync(join(FAKES, "node/testcontainers"), join(folder, "node_modules/testcontainers"), {
      recursive: true,
    });
    symlinkSync(join(ROOT, "node_modules/box-node-sdk"), join(folder, "node_modules/box-node-sdk"));
    const { stdout } = await run(process.execPath, ["--test", "--test-reporter", "tap"], {
      cwd: folder,
      env,
    });
    expect(stdout).toMatch(/^# pass 2$/m);
    expect(stdout).toMatch(/^# fail 0$/m);
  });
});

describe("the recipe for Python", needs("Python"), () => {
  test("opens an enterprise with a config of its own, and stops the container", async () => {
    const folder = folderOf("python");
    const script = [
      "from local_box import LocalBox",
      "with LocalBox() as box:",
      "    enterprise = box.enterprise('python')",
      "    box.control('faults', {'fault': 'server-error'}, enterprise['url'])",
      "    print(enterprise['url'].replace(box.url, ''), 'appAuth' in enterprise['config']['boxAppSettings'])",
    ].join("\n");
    const { stdout } = await run("python3", ["-c", script], {
      cwd: folder,
      env: { ...env, PYTHONPATH: join(FAKES, "python") },
    });
    expect(stdout).toBe("/t/python True\n");
  });

  test("has a test that Python compiles", async () => {
    const script = "import ast, sys; ast.parse(sys.stdin.read())";
    const input = readFileSync(join(RECIPES, "python/test_list_folder.py"), "utf8");
    const { status, stderr } = spawnSync("python3", ["-c", script], { input, encoding: "utf8" });
    expect([status, stderr]).toEqual([0, ""]);
  });
});

describe("the recipe for Java", needs("Java"), () => {
  let folder: string;
  beforeAll(() => {
    folder = folderOf("java");
    cpSync(join(FAKES, "java"), folder, { recursive: true });
  });

  test(
    "opens an enterprise with a config of its own",
    needs("Java", "Jackson in Maven's local repository"),
    async () => {
      const path = [...JACKSON, folder].join(":");
      await run("javac", ["-cp", path, "-d", folder, "Enterprise.java", "LocalBox.java"], {
        cwd: folder,
        env,
      });
      const { stdout } = await run("java", ["-cp", path, "Enterprise"], { cwd: folder, env });
      expect(stdout).toBe("/t/java true\n");
    },
  );

  test("has no syntax error, with Box's SDK or without", () => {
    const sources = readdirSync(join(RECIPES, "java"));
    expect(sources).toEqual(["ListFolder.java", "LocalBox.java"]);
    writeFileSync(join(folder, "Parse.java"), PARSE);
    const { status, stdout } = spawnSync("java", ["Parse.java", ...sources], {
      cwd: folder,
      encoding: "utf8",
    });
    expect([status, stdout]).toEqual([0, ""]);
    writeFileSync(join(folder, "Broken.java"), "class Broken { int x = ; }");
    const broken = spawnSync("java", ["Parse.java", "Broken.java"], { cwd: folder, encoding: "utf8" });
    expect(broken.stdout).toContain("illegal start of expression");
  });
});

/** Prints each syntax error: the compiler's own parser, without what it would need to resolve names. */
const PARSE = `
import com.sun.source.util.JavacTask;
import java.nio.file.Path;
import java.util.Arrays;
import javax.tools.*;
class Parse {
  public static void main(String[] names) throws Exception {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    var files = compiler.getStandardFileManager(null, null, null);
    var units = files.getJavaFileObjectsFromPaths(Arrays.stream(names).map(Path::of).toList());
    DiagnosticListener<JavaFileObject> print = error -> System.out.println(error.getMessage(null));
    ((JavacTask) compiler.getTask(null, files, print, null, null, units)).parse();
  }
}
`;
