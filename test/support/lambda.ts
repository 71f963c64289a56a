import type { Context } from "aws-lambda";

/** What Lambda hands to a handler beside the event. */
export function lambdaContext(changes: Partial<Context> = {}): Context {
  const functionName = "token-invoke";
  return {
    functionName,
    functionVersion: "$LATEST",
    invokedFunctionArn: `arn:aws:lambda:eu-west-1:123456789012:function:${functionName}`,
    memoryLimitInMB: "256",
    awsRequestId: "11111111-2222-3333-4444-555555555555",
    logGroupName: `/aws/lambda/${functionName}`,
    logStreamName: "stream",
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => 10_000,
    done: () => {},
    fail: () => {},
    succeed: () => {},
    ...changes,
  };
}
