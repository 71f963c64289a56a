import type { Issue } from "../json/issue.ts";
import type { JsonDocument } from "../json/parse.ts";
import type { ConfigDocument } from "./parse.ts";

/** What is wrong with the kind of app that the properties of a config stand for, of which there must be one. */
export function kindIssues(document: ConfigDocument, locate: JsonDocument["locate"]): readonly Issue[] {
  const { boxAppSettings, oauth2, appTokens, enterpriseID } = document;
  const kinds = [
    (boxAppSettings.appAuth?.privateKey ?? "") !== "" && "/boxAppSettings/appAuth",
    oauth2 !== undefined && "/oauth2",
    appTokens !== undefined && "/appTokens",
  ].filter((pointer) => pointer !== false);
  const [first, ...others] = kinds;
  return [
    ...others.map(
      (pointer): Issue => ({
        code: "config_kinds_several",
        facts: { first: first ?? "" },
        pointer,
        position: locate(pointer, "value"),
      }),
    ),
    ...(appTokens !== undefined && enterpriseID === undefined
      ? [{ code: "config_enterprise_missing", pointer: "/enterpriseID" } as const]
      : []),
  ];
}
