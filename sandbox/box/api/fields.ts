type Properties = Readonly<Record<string, unknown>>;

/**
 * The properties of a response: all usual ones, or with `fields` the mini ones and those that it names.
 * @param fields the parameter as sent, names with commas between them; `null` where there is none
 */
export function selectFields(
  mini: Properties,
  usual: Properties,
  onRequest: Properties,
  fields: string | null,
): Properties {
  if (fields === null || fields === "") return { ...mini, ...usual };
  const all: Properties = { ...usual, ...onRequest };
  const named = fields.split(",").filter((name) => Object.hasOwn(all, name));
  return { ...mini, ...Object.fromEntries(named.map((name) => [name, all[name]])) };
}
