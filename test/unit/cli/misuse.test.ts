import { afterEach, expect, test, vi } from "vitest";
import { boxSts } from "../../support/terminal.ts";

afterEach(() => vi.restoreAllMocks());

test("box-sts lint names the removed folder that it was started in, with status 2", async () => {
  vi.spyOn(process, "cwd").mockImplementation(() => {
    throw new Error("ENOENT: no such file or directory, uv_cwd");
  });
  const write = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  const { status } = await boxSts(["lint"]);
  expect([status, write.mock.calls]).toEqual([
    2,
    [
      [
        "box-sts lint: The folder that this command was started in does not exist any more; change to another one.\n",
      ],
    ],
  ]);
});

/** What `box-sts lint` writes, which uses the process's own stream. */
async function lintErrors(...args: readonly string[]) {
  const write = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  const { status, stderr } = await boxSts(["lint", ...args]);
  return { status, text: stderr + write.mock.calls.map(([text]) => String(text)).join("") };
}

test.each([[["--json", "--format", "sarif"]], [["--format=sarif", "--json"]]])(
  "box-sts lint refuses %j, which contradict each other, with status 2",
  async (args) => {
    expect(await lintErrors(...args)).toEqual({
      status: 2,
      text: "box-sts lint: --json and --format contradict each other: --json means --format json. Leave one of them out.\n",
    });
  },
);

test("box-sts lint refuses an option that is repeated, in its own name", async () => {
  expect(await lintErrors("--config", "a", "--config", "b")).toEqual({
    status: 2,
    text: "box-sts lint: --config is there twice; write it once.\n",
  });
});

test("box-sts lint names itself where an option is unknown", async () => {
  expect(await lintErrors("--formt", "json")).toEqual({
    status: 2,
    text: "box-sts lint: Unknown option '--formt'; did you mean --format? see: box-sts lint --help\n",
  });
});

test("a command refuses an option that is repeated, of which only the last value would count", async () => {
  const { stdout: help } = await boxSts(["--help"]);
  const names = [...help.matchAll(/^ {2}([a-z]+(?: [a-z]+)?) {2,}\S/gm)].map(([, name = ""]) => name);
  const refused: string[] = [];
  for (const name of names.filter((one) => one !== "lint")) {
    const { stdout } = await boxSts([...name.split(" "), "--help"]);
    const option = name === "sandbox" ? "--port" : / {2}(--[a-z-]+) [A-Z]/.exec(stdout)?.[1];
    if (option === undefined) continue;
    const { status, stderr } = await boxSts([...name.split(" "), option, "1", `${option}=2`]);
    expect([name, status, stderr]).toEqual([
      name,
      2,
      expect.stringContaining(`box-sts ${name}: ${option} is there twice; write it once.`),
    ]);
    refused.push(name);
  }
  expect(refused).toEqual(
    names.filter((name) => !["lint", "policy check", "policy test", "completion"].includes(name)),
  );
});

test.each([
  [["policy", "check", ""], "The argument FILE is empty; give the path of a policy."],
  [["policy", "test", "policy.json", ""], "The argument TESTS is empty; give the path of a file of tests."],
  [["completion", ""], "The argument SHELL is empty; give the name of a shell."],
])("box-sts %j says which argument is empty, and what it is", async (args, sentence) => {
  const { status, stderr } = await boxSts(args);
  expect(status).toBe(2);
  expect(stderr).toContain(`: ${sentence}`);
});

test.each(["0", "61", "99", "x"])(
  "box-sts connections link refuses --days %s by its bounds, and requests nothing",
  async (days) => {
    const args = ["connections", "link", "--function", "f", "--app", "crm", "--days", days];
    expect(await boxSts(args, { AWS_REGION: "us-east-1" })).toEqual({
      status: 2,
      stdout: "",
      stderr: `box-sts connections link: --days is ${days}; write a number from 1 to 60.\n`,
    });
  },
);

test.each(["http://app.example.com/", "https://user:secret@app.example.com/", "app.example.com"])(
  "box-sts connections link refuses --return-to %s without repeating it, and requests nothing",
  async (address) => {
    const args = ["connections", "link", "--function", "f", "--app", "crm", "--return-to", address];
    expect(await boxSts(args, { AWS_REGION: "us-east-1" })).toEqual({
      status: 2,
      stdout: "",
      stderr:
        "box-sts connections link: --return-to must be an https:// URL without credentials, of at most 512 characters.\n",
    });
  },
);
