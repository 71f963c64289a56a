import { isObject } from "../../schemas/json/is-object.ts";

/** Which thing of this Box is which of the record: what is made again has another id. */
export interface IdMap {
  /** A text with the recorded ids in it replaced: a path, a URL, or an id alone. */
  mapped(text: string): string;
  /** Learns from a response: the ids where the record has others, and the etags. */
  learn(recorded: Readonly<Record<string, string>>, json: unknown): void;
  /** The last known `etag` of the item whose recorded path this is. */
  etagOf(recordedUrl: string): string | undefined;
}

export function idMap(): IdMap {
  const ids = new Map<string, string>();
  const etags = new Map<string, string>();
  const mapped = (text: string) =>
    text.replace(/(?<![\w.-])\w[\w-]*(?![\w-])/g, (word) => ids.get(word) ?? word);
  const learnEtags = (value: unknown): void => {
    if (Array.isArray(value)) for (const each of value) learnEtags(each);
    if (!isObject(value)) return;
    if (typeof value.id === "string" && typeof value.etag === "string") etags.set(value.id, value.etag);
    for (const each of Object.values(value)) learnEtags(each);
  };
  return {
    mapped,
    learn(recorded, json) {
      learnEtags(json);
      for (const [pointer, id] of Object.entries(recorded)) {
        const actual = at(json, pointer);
        if (typeof actual === "string" && !ids.has(id)) ids.set(id, actual);
      }
    },
    etagOf(recordedUrl) {
      const id = /^\/2\.0\/\w+\/([^/?]+)/.exec(recordedUrl)?.[1];
      return id === undefined ? undefined : etags.get(mapped(id));
    },
  };
}

/** The value at a JSON pointer whose segments need no escapes. */
function at(value: unknown, pointer: string): unknown {
  let here = value;
  for (const segment of pointer.split("/").slice(1)) {
    if (Array.isArray(here)) here = here[Number(segment)];
    else if (isObject(here)) here = here[segment];
    else return undefined;
  }
  return here;
}
