import type { RefreshRotation } from "./box/oauth/connections.ts";
import type { AppSettings } from "./box/state.ts";
import type { Scaling } from "./lambda/environments.ts";
import type { FrontEvent } from "./lambda/front-faults.ts";
import type { PolicySample } from "./sample/policy-sample.ts";

export interface SandboxOptions {
  /** Each 0 or absent picks a free one. */
  readonly ports?: Partial<
    Record<"tokenUrl" | "invokeApi" | "authorize" | "box" | "boxTls" | "secretsManager" | "dynamoDb", number>
  >;
  /** Replaces the sample policy: a document, or its text as it is. */
  readonly policy?: unknown;
  /** Callers, apps and what belongs to them, instead of the sample's; see `policySample()`. */
  readonly policySample?: PolicySample;
  /** Callers besides those of the sample policy; IAM lets each call, the policy need not. */
  readonly callers?: readonly string[];
  /**
   * Apps besides `sandbox`, or settings for that one, by name; `authentication` decides which kind it is. The functions
   * find the config of each in Secrets Manager.
   */
  readonly apps?: Readonly<Record<string, AppSettings>>;
  /** Folder whose files and folders become items of the main app's Service Account; see `seedFolder`. */
  readonly seed?: string;
  /** Text of a config file that is served instead of the generated app, against the real Box. */
  readonly realConfig?: string;
  /** Whether the environments of the functions share their tokens in a DynamoDB table; default: no. */
  readonly sharedCache?: boolean;
  /** Variables of all functions, which win over the sandbox's. */
  readonly env?: Readonly<Record<string, string>>;
  /** Folder with `<function>/index.mjs`; default `dist/functions`. */
  readonly bundles?: string;
  /** Timeout of the functions; default: the deployed one. */
  readonly timeoutMs?: number;
  /** How many requests each function serves at once; default: as Lambda on demand, one in an environment. */
  readonly scaling?: Scaling;
  /** Life of Box's tokens in seconds; default: any from 3600 to 4200. */
  readonly expiresIn?: number;
  /** When a refresh ends the old pair of an OAuth app's tokens; default `strict`. */
  readonly refreshRotation?: RefreshRotation;
  /** Of the control endpoints: at least 16 visible ASCII characters; default: a random one. */
  readonly controlToken?: string | undefined;
  readonly onLine?: (functionName: string, line: string) => void;
  readonly onFrontEvent?: (event: FrontEvent) => void;
}

/** Has a part closed with the sandbox, after those that were started later. */
export type Closing = <Part extends { close(): Promise<void> }>(part: Part) => Part;
