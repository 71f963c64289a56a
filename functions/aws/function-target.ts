import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import type { Clock } from "../broker/ports.ts";
import type { WebhookTarget } from "../broker/webhooks/target.ts";
import { checkSize, targetCall, targetClientConfig, targetFailure } from "./target-call.ts";

/**
 * A Lambda function, invoked asynchronously: Lambda has stored the event when it responds, and repeats it as the
 * function's settings say.
 * @param arn with the alias, where there is one
 */
export function functionTarget(
  arn: string,
  region: string | undefined,
  clock: Clock,
): WebhookTarget["handOn"] {
  const client = new LambdaClient(targetClientConfig(region));
  return async ({ text }, context) => {
    const payload = Buffer.from(text);
    const command = new InvokeCommand({ FunctionName: arn, InvocationType: "Event", Payload: payload });
    await targetCall("lambda.invoke", clock, context, async (options) => {
      checkSize(payload.length);
      const { StatusCode } = await client.send(command, options);
      if (StatusCode !== 202) throw targetFailure(`Status${StatusCode}`, true);
    });
  };
}
