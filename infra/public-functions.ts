import { Annotations } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { didYouMean } from "../schemas/json/nearest.ts";
import type { ReadableSecret } from "./app-secrets.ts";
import type { FunctionNames } from "./props.ts";
import type { ServiceFunctionProps } from "./service-function.ts";
import type { SharedCache } from "./shared-cache.ts";
import { SynthError } from "./synth-error.ts";

/** What the functions for OAuth 2.0 users and for webhooks have in common with the others of the service. */
export interface FunctionSettings {
  /** Name of the deployment. */
  readonly service: string;
  /** As in the props. */
  readonly appNames: readonly string[];
  /** Of each app, but for those with a mistake, which is reported. */
  readonly secrets: ReadonlyMap<string, ReadableSecret>;
  readonly cache: SharedCache | undefined;
  readonly functionNames: FunctionNames;
  readonly common: Pick<ServiceFunctionProps, "network" | "logRetention" | "logEncryptionKey" | "protectLog">;
  /** False where the account has too small a quota to reserve anything. */
  readonly canReserve: boolean;
}

/** Of each function that the internet can reach: 50 requests a second, of which Lambda refuses and does not bill the rest. */
const PUBLIC_CONCURRENCY = 5;

/**
 * The secrets of some of the apps, as a function reads them.
 * @param property what names the apps, for the sentences
 * @throws {SynthError} with a line for each name that no app has
 */
export function chosenSecrets(
  property: string,
  names: readonly string[],
  { appNames, secrets }: FunctionSettings,
): { readonly secrets: readonly ReadableSecret[]; readonly environment: string } {
  if (names.length === 0) throw new SynthError(`${property}: there is no app; name at least one of apps.`);
  const unknown = names.filter((name) => !appNames.includes(name));
  if (unknown.length > 0) {
    const sentences = unknown.map(
      (name) =>
        `${property}: "${name}" is no app of apps; add it there, or remove it here.${didYouMean(name, appNames)}`,
    );
    throw new SynthError(sentences.join("\n"));
  }
  const chosen = [...new Set(names)].flatMap((name) => {
    const secret = secrets.get(name);
    return secret === undefined ? [] : [[name, secret] as const];
  });
  return {
    secrets: chosen.map(([, secret]) => secret),
    environment: JSON.stringify(Object.fromEntries(chosen.map(([name, { arn }]) => [name, arn]))),
  };
}

/** What bounds the cost of a public function; a warning where nothing does. @throws {SynthError} */
export function publicConcurrency(
  scope: Construct,
  property: string,
  value: number | undefined,
  { canReserve }: FunctionSettings,
): { readonly reservedConcurrency?: number } {
  if (value === undefined && canReserve) return { reservedConcurrency: PUBLIC_CONCURRENCY };
  if (value === undefined) {
    Annotations.of(scope).addWarningV2(
      `box-sts:${property}`,
      `${property}: with reservedConcurrency "unreserved" the internet can use the account's whole concurrency, and cost as much; give a number as soon as the account's quota allows one.`,
    );
    return {};
  }
  if (Number.isInteger(value) && value >= 0) return { reservedConcurrency: value };
  throw new SynthError(`${property}: expected a whole number from 0; correct it.`);
}
