import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import type { FunctionName } from "./bundles.ts";
import { MeasuredService } from "./measured-service.ts";

/** The functions that there are so far: `token-url` comes with the first grant for its Function URL. */
export type ServiceFunctions = Partial<Record<FunctionName, LambdaFunction>> & {
  readonly "token-invoke": LambdaFunction;
};

/** A service whose functions an operator can name. */
export abstract class NamedFunctions extends MeasuredService {
  protected abstract readonly functions: ServiceFunctions;

  /** Name of `token-invoke`, which callers invoke through their alias. */
  get invokeFunctionName(): string {
    return this.functions["token-invoke"].functionName;
  }

  /** ARN of `token-invoke`, without an alias. */
  get invokeFunctionArn(): string {
    return this.functions["token-invoke"].functionArn;
  }

  /** Name of the health function, which an operator may invoke; `undefined` without one. */
  get healthFunctionName(): string | undefined {
    return this.functions.health?.functionName;
  }

  /** Name of `authorize`, to stop it; `undefined` without `oauth`. */
  get authorizeFunctionName(): string | undefined {
    return this.functions.authorize?.functionName;
  }

  /** Name of `webhook`, to stop it; `undefined` without `webhooks`. */
  get webhookFunctionName(): string | undefined {
    return this.functions.webhook?.functionName;
  }

  /** Name of `connections`, which `grantManageConnections` is about; `undefined` without `oauth`. */
  get connectionsFunctionName(): string | undefined {
    return this.functions.connections?.functionName;
  }

  /** ARN of `connections`; `undefined` without `oauth`. */
  get connectionsFunctionArn(): string | undefined {
    return this.functions.connections?.functionArn;
  }

  /** Name of the log group of each function that there is so far. */
  get logGroupNames(): Readonly<Partial<Record<FunctionName, string>>> {
    return Object.fromEntries(
      Object.entries(this.functions).map(([name, { logGroup }]) => [name, logGroup.logGroupName]),
    );
  }
}
