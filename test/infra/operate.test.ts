import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Template } from "aws-cdk-lib/assertions";
import { describe, expect, test } from "vitest";
import type { DeployConfig } from "../../schemas/deploy/parse.ts";
import { makeOrigin } from "../action/git/repository.ts";
import { KEY } from "../action/git/shapes.ts";
import {
  deploy,
  EXAMPLE_CONFIG,
  EXAMPLE_POLICY,
  newFolder,
  ofType,
  PUBLIC,
  type TemplateResource,
} from "./deployment.ts";
import { ROOT } from "./synth.ts";

const read = (page: string) => readFileSync(join(ROOT, "docs", page), "utf8");
const block = (page: string, name: string) => {
  const [, code] = new RegExp(`^\`\`\`${name}\\n([\\s\\S]*?)^\`\`\`$`, "m").exec(read(page)) ?? [];
  return code ?? expect.fail(`${page} has no block "${name}"`);
};

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** What an Allow demands besides who the caller is. */
const demands = ({ Action, Condition = {} }: Statement) => {
  const conditions = Object.entries(Condition).flatMap(([operator, keys]) =>
    Object.entries(keys)
      .filter(([key]) => !key.startsWith("aws:Principal"))
      .map(([key, value]) => `${operator} ${key} ${value}`),
  );
  return [Action, ...conditions];
};

describe("docs/operate.md", () => {
  const caller = JSON.parse(block("operate.md", "json caller")) as DeployConfig["callers"][0];
  const [url, alias] = EXAMPLE_CONFIG.callers as [DeployConfig["callers"][0], DeployConfig["callers"][0]];

  test("shows a caller of another account that deploy.json accepts", () => {
    const [statement, sync] = EXAMPLE_POLICY.statements;
    const iam = { ...statement, caller: { iam: caller.principal } };
    const named = "name" in url ? { ...statement, caller: { name: "reports" } } : iam;
    const { name: _, ...unnamed } = caller as typeof caller & { readonly name?: string };
    const config = { callers: ["name" in url ? caller : unnamed, alias] };
    expect(() => deploy(config, { version: 1, statements: [named, sync] })).not.toThrow();
  });

  test.each([
    ["url-caller", "ServiceByUrl"],
    ["alias-caller", "ServiceByAliasnightly"],
  ])("gives a caller over there what the resource policy here allows (%s)", (name, id) => {
    const [, policy] = ofType(deploy(), "AWS::Lambda::ResourcePolicy").find(([one]) => one.startsWith(id))!;
    const { Statement: here } = policy.Properties.PolicyDocument as { Statement: readonly Statement[] };
    const { Statement: there } = JSON.parse(block("operate.md", `json ${name}`)) as {
      Statement: readonly Statement[];
    };
    const allowed = here.filter(({ Effect }) => Effect === "Allow");
    expect(there.map(demands).toSorted()).toEqual(allowed.map(demands).toSorted());
  });

  test("trusts one environment of one repository, which may assume no role but the bootstrap's", () => {
    const trust = JSON.parse(block("operate.md", "json trust")).Statement[0];
    const keys = trust.Condition.StringEquals;
    expect(Object.values(keys)).toEqual([
      "sts.amazonaws.com",
      expect.stringMatching(/^repo:[^*]+:environment:box-sts$/),
    ]);
    const deployer = JSON.parse(block("operate.md", "json deployer")).Statement;
    expect(deployer).toEqual([
      expect.objectContaining({ Action: "sts:AssumeRole", Resource: expect.stringContaining(":role/cdk-") }),
    ]);
    const environment = /environment: (\S+)/.exec(
      readFileSync(join(ROOT, "examples/workflows/deploy.yml"), "utf8"),
    )?.[1];
    expect(keys["token.actions.githubusercontent.com:sub"]).toMatch(
      new RegExp(`:environment:${environment}$`),
    );
  });

  test("rotates the service secret with a value like the generated one, and names the stage", () => {
    const command = block("operate.md", "sh rotate-service-secret").replaceAll("\\\n", " ");
    const [generate = "", trim = "", store = "", ...others] = command.split("|").map((part) => part.trim());
    expect(others).toEqual([]);
    const [, secret] = ofType(deploy({ sharedCache: true }), "AWS::SecretsManager::Secret").find(
      ([, { Properties }]) => Object.hasOwn(Properties, "GenerateSecretString"),
    )!;
    const { PasswordLength, ...rest } = secret.Properties.GenerateSecretString as Record<string, unknown>;
    expect(rest).toEqual({ ExcludePunctuation: true });
    expect(generate).toMatch(
      new RegExp(
        `^aws secretsmanager get-random-password --password-length ${PasswordLength} --exclude-punctuation `,
      ),
    );
    // Otherwise the AWS CLI's line end would be part of the secret.
    expect(trim).toBe("tr -d '\\n'");
    // Not as an argument, which every process of the machine can read.
    expect(store).toMatch(
      /^aws secretsmanager put-secret-value --secret-id "\$SERVICE_SECRET" --version-stages AWSCURRENT .*--secret-string file:\/\/\/dev\/stdin$/,
    );
  });

  describe("stops one caller", () => {
    const [reports, sync] = EXAMPLE_POLICY.statements;
    const outputs = (deployment: ReturnType<typeof deploy>) =>
      Object.keys(Template.fromStack(deployment.stack).toJSON().Outputs);

    test("by its statement and its entry; with one of them alone the synth fails and names the other", () => {
      expect(() => deploy({}, { version: 1, statements: [reports] })).toThrow(
        /names the alias "nightly-sync"/,
      );
      expect(() => deploy({ callers: [url] })).toThrow(
        /names the caller "nightly-sync"|alias "nightly-sync"/,
      );
      expect(() => deploy({ callers: [url] }, { version: 1, statements: [reports] })).not.toThrow();
    });

    test("and loses the Function URL with its last caller", () => {
      expect(outputs(deploy())).toContain("UrlFunction");
      const without = deploy({ callers: [alias] }, { version: 1, statements: [sync] });
      expect(outputs(without)).not.toContain("UrlFunction");
    });
  });

  test("shows an endpoint's policy that names one alias and one role", () => {
    expect(JSON.parse(block("operate.md", "json endpoint")).Statement).toEqual([
      expect.objectContaining({
        Resource: expect.stringMatching(/:function:NAME:nightly-sync$/),
        Condition: { ArnEquals: { "aws:PrincipalArn": expect.stringMatching(/role\/nightly$/) } },
      }),
    ]);
  });
});

describe("docs/incidents.md", () => {
  const functionsOf = (changes: Partial<DeployConfig>) =>
    Object.fromEntries(
      ofType(deploy({ ...PUBLIC, ...changes }), "AWS::Lambda::Function").map(([id, { Properties }]) => [
        id.replace(/^Service|[0-9A-F]{8}$/g, ""),
        Properties,
      ]),
    );
  const isGivenServiceSecret = ({ Environment }: TemplateResource["Properties"]) =>
    Object.hasOwn((Environment as { Variables: object }).Variables, "BOX_STS_SERVICE_SECRET");

  test("names all functions that know the service secret, and a change that replaces the token functions", () => {
    const before = functionsOf({});
    const knowing = Object.keys(before).filter((name) => isGivenServiceSecret(before[name] ?? {}));
    expect(knowing.toSorted()).toEqual(["Authorize", "Connections", "TokenInvoke", "TokenUrl"]);
    const [, memory] = /to (\d+), and deploy/.exec(read("incidents.md").replaceAll(/\s+/g, " ")) ?? [];
    const after = functionsOf({ memorySize: Number(memory) });
    for (const name of ["TokenInvoke", "TokenUrl"]) {
      expect(after[name]?.MemorySize).toBe(520);
      expect(before[name]?.MemorySize).toBe(512);
    }
  });
});

describe("the search for copies of docs/migrate.md", () => {
  /** `gh` over two repositories on the disk, and one that cannot be cloned; `npx` as in a checkout of this repository. */
  function commands(): string {
    const clean = makeOrigin([{ id: "main", files: { "a.txt": "a" } }], { "refs/heads/main": "main" });
    const leaky = makeOrigin(
      [
        { id: "first", files: { "deep/config.txt": KEY } },
        { id: "main", files: { "deep/config.txt": null, "a.txt": "a" } },
      ],
      { "refs/heads/main": "main" },
    );
    const bin = newFolder();
    const write = (name: string, text: string) => {
      writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`);
      chmodSync(join(bin, name), 0o755);
    };
    write(
      "gh",
      `case "$2 $3" in
        "list org") printf 'org/clean\\norg/leaky\\norg/gone\\n' ;;
        "clone org/clean") git clone --quiet --no-checkout "${clean.folder}" "$4" ;;
        "clone org/leaky") git clone --quiet --no-checkout "${leaky.folder}" "$4" ;;
        *) exit 1 ;;
      esac`,
    );
    write("npx", `shift 2; exec "${process.execPath}" "${join(ROOT, "action/dist/cli.mjs")}" "$@"`);
    return bin;
  }

  test("lists repositories with a key in any commit, and those that it could not scan", () => {
    const folder = newFolder();
    mkdirSync(folder, { recursive: true });
    const printed = execFileSync("bash", ["--norc", "-c", block("migrate.md", "sh find-copies")], {
      cwd: folder,
      env: { ...process.env, PATH: `${commands()}:${process.env.PATH}`, ORGANIZATION: "org" },
      stdio: "pipe",
    });
    expect(readFileSync(join(folder, "scan/found.txt"), "utf8")).toBe("org/leaky\n");
    expect(readFileSync(join(folder, "scan/failed.txt"), "utf8")).toBe("org/gone: not cloned\n");
    expect(printed.toString().trim()).toBe(
      "3 repositories listed, 1 with findings, 1 not scanned completely.",
    );
    const report = readFileSync(join(folder, "scan/org_leaky.json"), "utf8");
    expect(report).toContain("deep/config.txt");
    expect(existsSync(join(folder, "scan/org_leaky"))).toBe(false);
  });

  test.each([
    ["gh fails", "exit 4", "gh could not list the repositories of"],
    ["gh lists none", "exit 0", "gh lists no repository of"],
  ])("says so where %s, and leaves no lists that look like a clean search", (_, gh, sentence) => {
    const folder = newFolder();
    const bin = commands();
    writeFileSync(join(bin, "gh"), `#!/bin/sh\n${gh}\n`);
    const { stderr } = spawnSync("bash", ["--norc", "-c", block("migrate.md", "sh find-copies")], {
      cwd: folder,
      env: { ...process.env, PATH: `${bin}:${process.env.PATH}`, ORGANIZATION: "org" },
      encoding: "utf8",
    });
    expect(stderr).toContain(`${sentence} "org"`);
    expect(existsSync(join(folder, "scan"))).toBe(false);
  });

  test("names the package to install where it is not, and lists nothing", () => {
    const folder = newFolder();
    mkdirSync(folder, { recursive: true });
    const bin = commands();
    writeFileSync(join(bin, "npx"), "#!/bin/sh\nexit 1\n");
    const { stderr } = spawnSync("bash", ["--norc", "-c", block("migrate.md", "sh find-copies")], {
      cwd: folder,
      env: { ...process.env, PATH: `${bin}:${process.env.PATH}`, ORGANIZATION: "org" },
      encoding: "utf8",
    });
    expect(stderr).toBe("There is no box-config-lint here: run npm install --save-dev box-sts.\n");
    expect(existsSync(join(folder, "scan"))).toBe(false);
  });
});
