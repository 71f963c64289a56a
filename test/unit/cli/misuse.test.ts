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
        "box-config-lint: The folder that this command was started in does not exist any more; change to another one.\n",
      ],
    ],
  ]);
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
