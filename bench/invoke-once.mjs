/** Acts as the Lambda runtime: imports the handler of argv[2], invokes it once and reports when the token is there. */
const { handler } = await import(process.argv[2]);
const response = await handler(
  {},
  {
    awsRequestId: "bench",
    invokedFunctionArn: "arn:aws:lambda:us-east-1:123456789012:function:token-invoke:everything",
    getRemainingTimeInMillis: () => 30_000,
  },
);
process.stdout.write(response.access_token ? "TOKEN\n" : `${JSON.stringify(response)}\n`);
process.exit(0);
