/** Stands for the Lambda runtime: imports the handler of argv[2], invokes it once, says when the token is there. */
const { handler } = await import(process.argv[2]);
const answer = await handler(
  {},
  {
    awsRequestId: "bench",
    invokedFunctionArn: "arn:aws:lambda:us-east-1:123456789012:function:token-invoke:everything",
    getRemainingTimeInMillis: () => 30_000,
  },
);
process.stdout.write(answer.access_token ? "TOKEN\n" : `${JSON.stringify(answer)}\n`);
process.exit(0);
