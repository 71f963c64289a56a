import type { CallerPattern, Policy, Statement } from "../../schemas/policy/parse.ts";
import { ACCOUNT, type Identity, newIdentity } from "../aws/identities.ts";
import { addNamedItems } from "../box/sample.ts";
import type { BoxState } from "../box/state.ts";
import type { Caller } from "./callers.ts";
import type { AnyConfiguredApp } from "./configured-app.ts";

/** The callers, apps and statements of a policy; they replace the callers and the app of the sample. */
export interface PolicySample {
  readonly callers: readonly Caller[];
  /** Names of the apps; the first is the main one. */
  readonly apps: readonly string[];
  readonly statements: readonly Statement[];
}

/** What replaces a `*` of a pattern. */
const ANY = "example";

/**
 * The callers and apps that the statements name, one of each for a pattern. A name, a role and an alias of one name are
 * one caller, for whom a role is made up where no statement has one; a caller that no statement knows by its role or
 * name, or by its alias, is refused that way.
 */
export function policySample({ statements }: Policy): PolicySample {
  const callers = new Map<string, Caller>();
  for (const { caller } of statements) {
    const principal = "iam" in caller ? caller.iam.replaceAll("*", ANY) : undefined;
    const name = principal === undefined ? nameIn(caller) : lastOf(principal);
    const known = callers.get(name);
    if (principal === undefined) callers.set(name, known ?? { ...newIdentity(name), alias: name });
    else if (known === undefined || known.roleArn === defaultArn(name)) {
      callers.set(name, { ...identityOf(principal, known), alias: name });
    } else if (known.roleArn !== principal) {
      const other = `${name}-${callers.size + 1}`;
      callers.set(other, { ...identityOf(principal), name: other, alias: other });
    }
  }
  const apps = [...new Set(statements.map(({ app }) => app.replaceAll("*", ANY)))];
  return { callers: [...callers.values()], apps: apps.length === 0 ? [ANY] : apps, statements };
}

/** Makes the users, folders and files that statements name exist at the sandbox's Box, for their apps. */
export function addPolicySample(
  state: BoxState,
  apps: Readonly<Record<string, AnyConfiguredApp>>,
  { statements }: PolicySample,
): void {
  for (const { app: pattern, subjects, resources = [] } of statements) {
    const app = apps[pattern.replaceAll("*", ANY)];
    if (app === undefined) continue;
    const users = subjects
      .map((subject) => /^user:(\d+)$/.exec(subject)?.[1])
      .filter((id) => id !== undefined);
    const items = resources
      .map((url) => /\/(files|folders)\/(\d+)$/.exec(url))
      .filter((found) => found !== null);
    addNamedItems(state, app.box, {
      users,
      files: items.filter(([, kind]) => kind === "files").map(([, , id]) => id as string),
      folders: items.filter(([, kind]) => kind === "folders").map(([, , id]) => id as string),
    });
  }
}

/** The parameters of a request that the statement grants. */
export function requestFor(
  statement: Statement,
  userId: string,
  folderId: string,
): Readonly<Record<string, string>> {
  const { app, subjects, scopes, resources = [] } = statement;
  const user = subjects.find((subject) => subject.startsWith("user:"))?.slice(5) ?? "";
  const [resource] = resources;
  return {
    app: app.replaceAll("*", ANY),
    ...(subjects.includes("enterprise")
      ? { box_subject_type: "enterprise" }
      : { box_subject_type: "user", box_subject_id: user.includes("*") ? userId : user }),
    ...(scopes === undefined ? {} : { scope: scopes.join(" ") }),
    ...(resource === undefined ? {} : { resource: resource.replace("*", folderId) }),
  };
}

function nameIn(caller: CallerPattern): string {
  if ("name" in caller) return caller.name;
  return "alias" in caller ? caller.alias.replaceAll("*", ANY) : "";
}

const lastOf = (arn: string): string => arn.split("/").at(-1) ?? arn;
const defaultArn = (name: string): string => `arn:aws:iam::${ACCOUNT}:role/${name}`;

/** An identity of that role or user; with the keys of one that is known already. */
function identityOf(arn: string, known?: Identity): Identity {
  const [, partition = "aws", , , account = ACCOUNT] = arn.split(":");
  const name = lastOf(arn);
  const made = known ?? newIdentity(name);
  if (/:user\//.test(arn)) {
    return {
      ...made,
      account,
      roleArn: arn,
      sessionArn: arn,
      userId: `AIDA${made.userId.slice(4).split(":")[0]}`,
    };
  }
  const sessionArn = `arn:${partition}:sts::${account}:assumed-role/${name}/sandbox`;
  return { ...made, account, roleArn: arn, sessionArn };
}
