import type { IEventBus } from "aws-cdk-lib/aws-events";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import type { IQueue } from "aws-cdk-lib/aws-sqs";

/**
 * Apps with User Authentication (OAuth 2.0), whose users connect by consent (docs/oauth.md).
 * @example
 * ```ts
 * import type { OAuthProps } from "box-sts/infra";
 *
 * export const oauth: OAuthProps = { apps: ["files"], publicUrl: "https://connect.example.com" };
 * ```
 */
export interface OAuthProps {
  /** Names of the OAuth 2.0 apps, at least one, as in `apps` of the service. */
  readonly apps: readonly string[];
  /**
   * The https address at which users reach the function `authorize`, such as one of a CDN in front of its Function URL.
   * `callback` below it is the redirect URI to register at Box.
   * @default the Function URL itself
   */
  readonly publicUrl?: string;
  /**
   * Invocations at once that are reserved for `authorize`, which can have no more: what the internet can cost. 0 stops it.
   * @default 5; none where the service's `reservedConcurrency` is `"unreserved"`
   */
  readonly reservedConcurrency?: number;
}

interface WebhookSettings {
  /**
   * Whether the target receives Skill invocations too, which hold tokens for the file.
   * @default false: they are refused
   */
  readonly skill?: boolean;
}

interface QueueTarget extends WebhookSettings {
  /** An SQS queue, FIFO or not. */
  readonly queue: IQueue;
  readonly function?: never;
  readonly bus?: never;
}

interface FunctionTarget extends WebhookSettings {
  readonly queue?: never;
  /** A function or an alias, which is invoked asynchronously. */
  readonly function: IFunction;
  readonly bus?: never;
}

interface BusTarget extends WebhookSettings {
  readonly queue?: never;
  readonly function?: never;
  /** An EventBridge bus. */
  readonly bus: IEventBus;
}

/**
 * Where the webhooks of one app go: one of `queue`, `function` and `bus`.
 * @example
 * ```ts
 * import type { IQueue } from "aws-cdk-lib/aws-sqs";
 * import type { WebhookTarget } from "box-sts/infra";
 *
 * export const webhooks = (queue: IQueue): Readonly<Record<string, WebhookTarget>> => ({ reports: { queue } });
 * ```
 */
export type WebhookTarget = QueueTarget | FunctionTarget | BusTarget;
