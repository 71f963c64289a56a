/** What the functions call, by the name of its step in their log. */
export const TABLE_OPERATIONS = {
  GetItem: "dynamodb.get",
  PutItem: "dynamodb.put",
  Scan: "dynamodb.scan",
} as const;

/** The name under which a call is counted and a fault affects it; what the functions never call has AWS's name. */
export function operationNamed(action: string): string {
  return new Map<string, string>(Object.entries(TABLE_OPERATIONS)).get(action) ?? action;
}
