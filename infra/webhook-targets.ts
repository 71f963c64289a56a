import { EventBus } from "aws-cdk-lib/aws-events";
import { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { Queue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import type { DeployedTarget } from "../schemas/deploy/parse.ts";
import type { WebhookTarget } from "./public-function-props.ts";
import { withoutUndefined } from "./without-undefined.ts";

/** The targets of a `deploy.json`, as the construct's props. */
export function importedTargets(
  scope: Construct,
  webhooks: Readonly<Record<string, DeployedTarget>>,
): Readonly<Record<string, WebhookTarget>> {
  const own = new Construct(scope, "WebhookTargets");
  return Object.fromEntries(
    Object.entries(webhooks).map(([app, target], index) => [
      app,
      // By index, because a name that is no app's is reported elsewhere.
      { ...importedTarget(own, `${index}`, target), ...withoutUndefined({ skill: target.skill }) },
    ]),
  );
}

function importedTarget(scope: Construct, id: string, target: DeployedTarget): WebhookTarget {
  if ("function" in target) return { function: LambdaFunction.fromFunctionArn(scope, id, target.function) };
  if ("bus" in target) return { bus: EventBus.fromEventBusArn(scope, id, target.bus) };
  const key = withoutUndefined({ keyArn: target.encryptionKey });
  return { queue: Queue.fromQueueAttributes(scope, id, { queueArn: target.queue, ...key }) };
}
