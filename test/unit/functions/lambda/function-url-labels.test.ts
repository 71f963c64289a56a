import { describe, expect, it } from "vitest";
import { functionUrlAdapter } from "../../../../functions/lambda/function-url.ts";
import { lambdaContext } from "../../../support/lambda.ts";

const ROLE = "arn:aws:sts::123456789012:assumed-role";

function labelsOf(userArn: string, sourceIp: unknown, qualifier = "") {
  const context = lambdaContext();
  const event = { requestContext: { http: { method: "POST", sourceIp }, authorizer: { iam: { userArn } } } };
  const { session, sourceIp: address } =
    functionUrlAdapter.parse(event, {
      ...context,
      invokedFunctionArn: `${context.invokedFunctionArn}${qualifier}`,
    }).labels ?? {};
  return { session, address };
}

describe("the labels of a caller in the audit log", () => {
  it("are the session's name and the address that AWS reports", () => {
    expect(labelsOf(`${ROLE}/reports/i-0abc`, "2001:db8::1")).toEqual({
      session: "i-0abc",
      address: "2001:db8::1",
    });
  });

  it("are not taken from the event of a direct invocation, which its caller has written", () => {
    for (const qualifier of [":$LATEST", ":7", ":live"])
      expect(labelsOf(`${ROLE}/reports/somebody-else`, "203.0.113.7", qualifier)).toEqual({});
  });

  it.each([
    ["a session of a length that AWS does not allow", "x".repeat(65)],
    ["a session with a line feed", "x\ny"],
    ["a session with letters that AWS does not allow", "sеssion"],
  ])("have no session where the identity has %s", (_, session) => {
    expect(labelsOf(`${ROLE}/reports/${session}`, "203.0.113.7").session).toBeUndefined();
  });

  it.each([
    ["a text of any length", "1".repeat(100)],
    ["words", "not an address"],
    ["a number", 7],
  ])("have no address where the event has %s in its place", (_, sourceIp) => {
    expect(labelsOf(`${ROLE}/reports/s`, sourceIp).address).toBeUndefined();
  });
});
