import { type Grant, stored } from "../aws/iam.ts";
import { type Identity, newIdentity } from "../aws/identities.ts";
import { SERVICE_SECRET, TABLE } from "../deployment/shared-cache-names.ts";
import type { SandboxOptions } from "../sandbox-options.ts";
import { type Caller, newCaller, SAMPLE_CALLERS } from "./callers.ts";
import { secretNameOf } from "./configured-app.ts";
import { deployedGrants } from "./grants.ts";
import { SAMPLE_APP } from "./policy.ts";

/** The region of everything that the sandbox has of AWS. */
export const REGION = "us-east-1";

/** Who exists at the sandbox's AWS, and what each may do. */
export interface People {
  readonly callers: readonly Caller[];
  /** The deployer: may do everything that no statement denies. */
  readonly operator: Identity;
  /** The role of the functions. */
  readonly functionRole: Identity;
  /** The role of the connections function. */
  readonly connectionsRole: Identity;
  /** All of these. */
  readonly identities: readonly Identity[];
  readonly grants: readonly Grant[];
}

/** Names of the apps, the main one first. */
export const appNamesOf = ({ policySample, apps = {} }: SandboxOptions): readonly string[] => [
  ...new Set([...(policySample?.apps ?? [SAMPLE_APP]), ...Object.keys(apps)]),
];

/** Whether users connect to an app. */
export const hasOAuthApp = ({ apps = {} }: SandboxOptions): boolean =>
  Object.values(apps).some(({ authentication }) => authentication === "oauth2");

/** The callers of the given policy or the sample policy, the operator and the functions' role, with the deployed permissions. */
export function peopleOf(options: SandboxOptions): People {
  const first = options.policySample?.callers ?? Object.keys(SAMPLE_CALLERS).map(newCaller);
  const callers = [...first, ...(options.callers ?? []).map(newCaller)];
  const functionRole = newIdentity("box-sts-function", { temporary: true });
  const connectionsRole = newIdentity("box-sts-connections", { temporary: true });
  const operator = newIdentity("operator");
  const roles = { functionRole, connectionsRole, operator };
  const identities = [...callers, ...Object.values(roles)];
  const { sharedCache = false } = options;
  const secretNames = [...appNamesOf(options).map(secretNameOf), ...(sharedCache ? [SERVICE_SECRET] : [])];
  const tableName = sharedCache ? TABLE : undefined;
  const lister = hasOAuthApp(options) ? connectionsRole : undefined;
  const deployed = deployedGrants(REGION, {
    ...{ callers, functionRole, connectionsRole: lister, operator, secretNames, tableName },
  });
  return { callers, ...roles, identities, grants: stored(deployed, identities) };
}
