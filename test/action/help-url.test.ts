import { describe, expect, it } from "vitest";
import { readInputs } from "../../action/github/inputs.ts";
import { problemText } from "../../action/report/problems.ts";

const GITHUB = {
  GITHUB_SERVER_URL: "https://github.com",
  GITHUB_ACTION_REPOSITORY: "acme/box-sts",
  GITHUB_ACTION_REF: "v1.2.3",
};
const inputs = (
  given: Readonly<Record<string, string>>,
  environment: Readonly<Record<string, string | undefined>>,
) => readInputs((name) => given[name] ?? "", environment);

describe("the page of the rules", () => {
  it("is that of the Action's own repository at the version that runs", () => {
    expect(inputs({}, GITHUB).helpUrl).toBe("https://github.com/acme/box-sts/blob/v1.2.3/docs/rules.md");
    const enterprise = { ...GITHUB, GITHUB_SERVER_URL: "https://github.corp.example/" };
    expect(inputs({}, enterprise).helpUrl).toBe(
      "https://github.corp.example/acme/box-sts/blob/v1.2.3/docs/rules.md",
    );
  });

  it("is the one that the workflow names, where it names one", () => {
    const helpUrl = "https://wiki.example/rules?v=1";
    expect(inputs({ "help-url": helpUrl }, GITHUB)).toMatchObject({ helpUrl, problems: [] });
  });

  it.each<[string, Readonly<Record<string, string | undefined>>]>([
    ["the runner names no repository, as for uses: ./", { ...GITHUB, GITHUB_ACTION_REPOSITORY: "" }],
    ["the runner names no version", { ...GITHUB, GITHUB_ACTION_REF: undefined }],
    ["the server is not known", { ...GITHUB, GITHUB_SERVER_URL: undefined }],
    ["the server has no TLS", { ...GITHUB, GITHUB_SERVER_URL: "http://github.com" }],
    ["the repository is none", { ...GITHUB, GITHUB_ACTION_REPOSITORY: "a/b/../c" }],
    ["the version leads elsewhere", { ...GITHUB, GITHUB_ACTION_REF: "../../evil" }],
    ["the version has a fragment", { ...GITHUB, GITHUB_ACTION_REF: "v1#x" }],
  ])("is unknown where %s", (_, environment) => {
    expect(inputs({}, environment)).toMatchObject({ helpUrl: undefined, problems: [] });
  });

  it.each([
    "http://wiki.example/rules",
    "https://user:word@wiki.example/",
    "https://wiki.example/#top",
    "rules.md",
  ])("is refused as %s, with a sentence that says what is allowed", (url) => {
    expect(inputs({ "help-url": url }, {})).toMatchObject({
      helpUrl: undefined,
      problems: [
        {
          code: "input_invalid",
          input: "help-url",
          fault:
            "is no page that a person can open; write the https:// address at which docs/rules.md is published, without a fragment.",
        },
      ],
    });
  });
});

it("the Action accepts true and false for sarif-suppressed, and refuses any other word", () => {
  expect(inputs({}, {}).sarifSuppressed).toBe(true);
  expect(inputs({ "sarif-suppressed": "false" }, {})).toMatchObject({ sarifSuppressed: false, problems: [] });
  expect(inputs({ "sarif-suppressed": "no" }, {}).problems.map(problemText)).toEqual([
    'The input sarif-suppressed is "no"; write true or false.',
  ]);
});
