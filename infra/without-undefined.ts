/** The properties that are not `undefined`: an optional property that is present has a value. */
export function withoutUndefined<Properties extends object>(
  properties: {
    readonly [Name in keyof Properties]: Properties[Name] | undefined;
  },
): Partial<Properties> {
  return Object.fromEntries(
    Object.entries(properties).filter(([, value]) => value !== undefined),
  ) as Partial<Properties>;
}
