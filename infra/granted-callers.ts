import { didYouMean } from "../schemas/json/nearest.ts";
import type { Caller } from "../schemas/policy/caller.ts";
import { matchesCaller } from "../schemas/policy/caller-pattern.ts";
import type { Policy, Statement } from "../schemas/policy/parse.ts";

/** A caller of the Function URL, as far as the synth knows it. */
export interface UrlCaller {
  /** `undefined` where only the deployment knows it. */
  readonly arn: string | undefined;
  /** The name that policies know it by, if it has one. */
  readonly name: string | undefined;
}

/** Who may reach the service, and how. */
export interface GrantedCallers {
  readonly byUrl: readonly UrlCaller[];
  readonly aliases: readonly string[];
}

/** Callers that no statement of the policy names, and statements whose caller is granted nothing, a sentence each. */
export function mismatches({ statements }: Policy, granted: GrantedCallers): readonly string[] {
  return [
    ...granted.byUrl.flatMap((caller) => unheardByUrl(statements, caller)),
    ...granted.aliases.flatMap((alias) => unheardAlias(statements, alias)),
    ...statements.flatMap((statement) => unusedStatement(statement, granted)),
  ];
}

const isNamed = (statements: readonly Statement[], caller: Caller) =>
  statements.some((statement) => matchesCaller(statement.caller, caller));

function unheardByUrl(statements: readonly Statement[], { arn, name }: UrlCaller): readonly string[] {
  if (name !== undefined) {
    const names = statements.flatMap(({ caller }) => ("name" in caller ? [caller.name] : []));
    if (names.includes(name)) return [];
    return [
      `No statement of the policy names the caller "${name}"; add one with "caller": { "name": "${name}" }, or take the name away.${didYouMean(name, names)}`,
    ];
  }
  // The ARN that only the deployment knows may be any; the construct warns the user who granted it.
  if (arn === undefined || isNamed(statements, { iam: arn })) return [];
  const arns = statements.flatMap(({ caller }) => ("iam" in caller ? [caller.iam] : []));
  return [
    `No statement of the policy names the caller ${arn}; add one, or take its grant away.${didYouMean(arn, arns)}`,
  ];
}

function unheardAlias(statements: readonly Statement[], alias: string): readonly string[] {
  if (isNamed(statements, { alias })) return [];
  const named = statements.flatMap(({ caller }) => {
    if ("alias" in caller) return [caller.alias];
    return "name" in caller ? [caller.name] : [];
  });
  return [
    `No statement of the policy names the alias "${alias}"; add one, or take its grant away.${didYouMean(alias, named)}`,
  ];
}

function unusedStatement({ id, caller }: Statement, { byUrl, aliases }: GrantedCallers): readonly string[] {
  const hasAlias = aliases.some((alias) => matchesCaller(caller, { alias }));
  if ("alias" in caller) {
    if (hasAlias) return [];
    return [
      `The policy's statement ${id} names the alias "${caller.alias}", which no caller is granted; grant it (callers with alias, or grantInvoke), or remove the statement.`,
    ];
  }
  if ("name" in caller) {
    if (hasAlias || byUrl.some(({ name }) => name === caller.name)) return [];
    const names = [...byUrl.flatMap(({ name }) => name ?? []), ...aliases];
    return [
      `The policy's statement ${id} names the caller "${caller.name}", and no principal is granted this name; grant it (callers with name, or grantInvokeUrl with caller), or remove the statement.${didYouMean(caller.name, names)}`,
    ];
  }
  const canBeAny = byUrl.some(({ arn, name }) => arn === undefined && name === undefined);
  const isUsed = byUrl.some(({ arn }) => arn !== undefined && matchesCaller(caller, { iam: arn }));
  if (canBeAny || isUsed) return [];
  return [
    `The policy's statement ${id} names a caller that may not call the Function URL; grant it the URL (callers with url: true, or grantInvokeUrl), or remove the statement.`,
  ];
}
