import { describe, expect, it } from "vitest";
import { errorName } from "../../../../functions/aws/error-name.ts";

const error = (facts: object) => Object.assign(new Error("canary"), facts);

describe("an error of the AWS SDK is named in the log", () => {
  it.each([
    ["as AWS names it", { name: "ThrottlingException", code: "ECONNRESET" }, "ThrottlingException"],
    ["by the code of a connection that was refused", { code: "ECONNREFUSED" }, "ECONNREFUSED"],
    ["by the code of a name that does not resolve", { code: "ENOTFOUND" }, "ENOTFOUND"],
    [
      "by OpenSSL's code for a certificate",
      { code: "UNABLE_TO_VERIFY_LEAF_SIGNATURE" },
      "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    ],
    [
      "by the status of a response without a name",
      { name: "Unknown", $metadata: { httpStatusCode: 503 } },
      "Unknown with status 503",
    ],
    ["in general terms where nothing is known", {}, "Error"],
    [
      "without a name or code of another form",
      { name: "a canary", code: "a canary" },
      "an error without a name",
    ],
  ])("%s", (_, facts, name) => {
    expect(errorName(error(facts))).toBe(name);
  });

  it.each([undefined, null, "canary", 5])("in general terms where it is %j", (thrown) => {
    expect(errorName(thrown)).toBe("an error without a name");
  });
});
