import { describe, expect, it } from "vitest";
import { printable, printableAws, printableCode } from "../../../../functions/log/printable.ts";

const SECRET = "Zk3vT9xQ2mB7nL5pR8sW1yH4";

describe("printable", () => {
  it("keeps a sentence, on one line", () => {
    expect(printable("Please check the 'sub' claim.\r\nNow.")).toBe("Please check the 'sub' claim.??Now.");
  });

  it("replaces every value that is long enough to be a secret", () => {
    expect(printable(`client_secret=${SECRET}&x`)).not.toContain(SECRET);
  });

  it("leaves no part of a secret where the text is truncated", () => {
    expect(printable(`${"no ".repeat(97)}${SECRET}`)).not.toContain(SECRET.slice(0, 4));
  });

  it("truncates text after 300 characters", () => {
    expect(printable("no ".repeat(500))).toHaveLength(300);
  });
});

describe("printableCode", () => {
  it("keeps a code of Box that is as long as a secret", () => {
    expect(printableCode("access_denied_insufficient_permissions")).toBe(
      "access_denied_insufficient_permissions",
    );
  });

  it.each([SECRET, SECRET.toLowerCase(), "a".repeat(32), `${SECRET}_${SECRET}`, "a_".repeat(40)])(
    "replaces text without the format of a code: %s",
    (text) => expect(printableCode(text)).toBe("[...]"),
  );
});

describe("printableAws", () => {
  const denied =
    "User: arn:aws:sts::123456789012:assumed-role/a-role-with-a-rather-long-name/fn is not authorized to perform: secretsmanager:GetSecretValue on resource: box/reports because no identity-based policy allows the action";

  it("keeps the ARNs that the operator needs", () => {
    expect(printableAws(denied)).toBe(denied);
  });

  it("replaces every other value that is long enough to be a secret", () => {
    expect(printableAws(`The security token ${SECRET} is expired`)).toBe(
      "The security token [...] is expired",
    );
  });

  it.each([
    ["a config", `{"clientSecret":"short"}`],
    ["an escaped config", `\\"passphrase\\":\\"short\\"`],
    ["a form", "client_id=a&client_secret=short"],
    ["a page", "<html>short</html>"],
    ["a key", "-----BEGIN PRIVATE KEY----- short"],
  ])("keeps nothing of %s, whose secrets may be short", (_, echoed) => {
    expect(printableAws(`The secret is ${echoed}`)).toBe("[...]");
  });
});
