/** The properties that are not `undefined`: an optional property that is present has a value. */
export function given<Members extends object>(
  members: {
    readonly [Name in keyof Members]: Members[Name] | undefined;
  },
): Partial<Members> {
  return Object.fromEntries(
    Object.entries(members).filter(([, value]) => value !== undefined),
  ) as Partial<Members>;
}
