import { type Grant, stored } from "./aws/iam.ts";
import { type Identity, newIdentity } from "./aws/identities.ts";
import { type Caller, newCaller, SAMPLE_CALLERS } from "./callers.ts";
import { secretNameOf } from "./configured-app.ts";
import { deployedGrants } from "./grants.ts";
import { SAMPLE_APP } from "./policy.ts";
import type { SandboxOptions } from "./sandbox-options.ts";
import { SERVICE_SECRET, TABLE } from "./shared-cache-names.ts";

/** The region of everything that the sandbox has of AWS. */
export const REGION = "us-east-1";

/** Who exists at the sandbox's AWS, and what each may do. */
export interface People {
  readonly callers: readonly Caller[];
  /** The deployer: may do everything that no statement denies. */
  readonly operator: Identity;
  /** The role of the functions. */
  readonly functionRole: Identity;
  /** All of these. */
  readonly identities: readonly Identity[];
  readonly grants: readonly Grant[];
}

/** Names of the apps, the main one first. */
export const appNamesOf = ({ cast, apps = {} }: SandboxOptions): readonly string[] => [
  ...new Set([...(cast?.apps ?? [SAMPLE_APP]), ...Object.keys(apps)]),
];

/** The callers of the cast or the sample policy, the operator and the functions' role, with the deployed permissions. */
export function peopleOf(options: SandboxOptions): People {
  const first = options.cast?.callers ?? Object.keys(SAMPLE_CALLERS).map(newCaller);
  const callers = [...first, ...(options.callers ?? []).map(newCaller)];
  const functionRole = newIdentity("box-sts-function", { temporary: true });
  const operator = newIdentity("operator");
  const identities = [...callers, functionRole, operator];
  const { sharedCache = false } = options;
  const secrets = [...appNamesOf(options).map(secretNameOf), ...(sharedCache ? [SERVICE_SECRET] : [])];
  const table = sharedCache ? TABLE : undefined;
  const deployed = deployedGrants(REGION, callers, functionRole, operator, secrets, table);
  const grants = stored(deployed, identities);
  return { callers, operator, functionRole, identities, grants };
}
