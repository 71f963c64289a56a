import { isObject } from "../../schemas/json/is-object.ts";
import { SecretsError } from "./errors.ts";
import { type Input, invalid, texts } from "./input.ts";
import type { Secret } from "./store.ts";

interface Page {
  readonly secrets: readonly Secret[];
  /** Absent from the last page. */
  readonly nextToken?: string;
}

const MAX_RESULTS = 100;

/** What a filter of that key compares; the comparison is with the beginning. */
const FILTERED: Readonly<Record<string, (secret: Secret) => readonly string[]>> = {
  description: ({ description = "" }) => [description],
  name: ({ name }) => [name],
  "tag-key": ({ tags }) => tags.map(({ Key }) => Key),
  "tag-value": ({ tags }) => tags.map(({ Value }) => Value),
};

/** The page of secrets that `ListSecrets` requests, oldest first. @throws SecretsError */
export function listedSecrets(all: Iterable<Secret>, given: Input): Page {
  const filters = filtersOf(given);
  const withDeleted = given.IncludePlannedDeletion === true;
  const listed = [...all].filter(
    (secret) =>
      (withDeleted || secret.deletionAt === undefined) && filters.every((matches) => matches(secret)),
  );
  const start = offsetOf(given.NextToken);
  const end = start + maxResults(given);
  const secrets = listed.slice(start, end);
  return end < listed.length ? { secrets, nextToken: tokenOf(end) } : { secrets };
}

function filtersOf({ Filters = [] }: Input): readonly ((secret: Secret) => boolean)[] {
  if (!Array.isArray(Filters) || !Filters.every(isObject)) throw invalid("Filters is not a list of filters.");
  return Filters.map((filter) => {
    const key = String(filter.Key);
    const compared = Object.hasOwn(FILTERED, key) ? FILTERED[key] : undefined;
    if (compared === undefined)
      throw invalid(`The sandbox's Secrets Manager filters by ${Object.keys(FILTERED).join(", ")} alone.`);
    const values = texts(filter, "Values") ?? [];
    if (values.length === 0) throw invalid(`The filter ${key} has no Values.`);
    if (values.some((value) => value.startsWith("!")))
      throw invalid("The sandbox's Secrets Manager does not serve filters that begin with !.");
    const fold = (text: string) => (key === "description" ? text.toLowerCase() : text);
    return (secret) =>
      compared(secret).some((text) => values.some((value) => fold(text).startsWith(fold(value))));
  });
}

function maxResults({ MaxResults = MAX_RESULTS }: Input): number {
  if (Number.isInteger(MaxResults) && Number(MaxResults) >= 1 && Number(MaxResults) <= MAX_RESULTS)
    return Number(MaxResults);
  throw invalid(`MaxResults must be between 1 and ${MAX_RESULTS}.`);
}

const tokenOf = (offset: number): string => Buffer.from(`from ${offset}`).toString("base64");

function offsetOf(token: unknown): number {
  if (token === undefined) return 0;
  const offset = /^from (\d+)$/.exec(Buffer.from(String(token), "base64").toString())?.[1];
  if (offset === undefined)
    throw new SecretsError("InvalidNextTokenException", "The NextToken is not valid.");
  return Number(offset);
}
