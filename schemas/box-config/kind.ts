import type { Issue } from "../json/issue.ts";
import type { JsonDocument } from "../json/parse.ts";

/** The properties by which a config is of one kind of app. */
export interface KindProperties {
  readonly boxAppSettings: {
    readonly appAuth?: { readonly publicKeyID?: string; readonly privateKey?: string };
  };
  readonly oauth2?: object;
  readonly appTokens?: object;
  readonly enterpriseID?: string;
}

/** What is wrong with the kind of app that a config's properties describe: there must be exactly one kind. */
export function kindIssues(document: KindProperties, locate: JsonDocument["locate"]): readonly Issue[] {
  const { boxAppSettings, oauth2, appTokens, enterpriseID } = document;
  const { publicKeyID = "", privateKey = "" } = boxAppSettings.appAuth ?? {};
  const kinds = [
    (publicKeyID !== "" || privateKey !== "") && "/boxAppSettings/appAuth",
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
