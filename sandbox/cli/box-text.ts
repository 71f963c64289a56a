import type { Control } from "../control/listener.ts";
import type { LocalBox } from "../local-box.ts";
import { exportBlock, quoted } from "./environment.ts";
import type { StartCommand } from "./start-command.ts";
import { fittedBlocks } from "./terminal.ts";

export interface BoxFacts {
  readonly control: Control;
  /** The `config.json` of the app. */
  readonly configPath: string;
  /** Certificate (PEM) of the authority behind Box over TLS. */
  readonly caPath: string;
}

/**
 * The variables of `--only box`: Box's addresses as its SDKs name them, and the app as `config.json` does. None of them is
 * one that another program reads by itself, but `BOX_API_URL`, which this package's own command and functions read.
 */
export function boxVariables(
  { baseUrls, tlsUrl, config }: LocalBox,
  { control, configPath, caPath }: BoxFacts,
): readonly (readonly [string, string])[] {
  const { clientID, clientSecret } = config.boxAppSettings;
  return [
    ["BOX_API_URL", baseUrls.baseUrl],
    ["BOX_UPLOAD_URL", baseUrls.uploadUrl],
    ["BOX_OAUTH2_URL", baseUrls.oauth2Url],
    ["BOX_TLS_URL", tlsUrl ?? ""],
    ["BOX_CA_FILE", caPath],
    ["BOX_CONFIG_FILE", configPath],
    ["BOX_CLIENT_ID", clientID],
    ["BOX_CLIENT_SECRET", clientSecret],
    ["BOX_ENTERPRISE_ID", config.enterpriseID],
    ["CONTROL_URL", control.url],
    ["CONTROL_TOKEN", control.token],
  ];
}

/** What `--only box --json` prints when everything listens; programs read it, so its names are a contract. */
export function boxReadyLine({ url, tlsUrl }: LocalBox, { control, configPath, caPath }: BoxFacts): string {
  return JSON.stringify({
    box: url,
    boxTls: tlsUrl,
    caPath,
    control: control.url,
    controlToken: control.token,
    configPath,
  });
}

/** What runs where, and lines that can be pasted into another terminal. */
export function boxText(
  box: LocalBox,
  facts: BoxFacts,
  {
    variables,
    hasConsole,
    envPath,
    command,
    columns,
  }: {
    readonly variables: readonly (readonly [string, string])[];
    readonly hasConsole: boolean;
    readonly envPath: string | undefined;
    readonly command: StartCommand;
    /** Width of the terminal. */
    readonly columns: number;
  },
): string {
  const { managedUser, reports } = box.sample;
  const file =
    envPath === undefined ? `${command.text} --env FILE writes it into a file` : `or: . ${quoted(envPath)}`;
  const lines = [
    "",
    `  Box           ${box.url}`,
    `  Box over TLS  ${box.tlsUrl}  (NODE_EXTRA_CA_CERTS=${quoted(facts.caPath)})`,
    hasConsole
      ? `  console       ${box.url}/  (for a browser: apps, tokens, files, requests, faults, clock)`
      : "  console       off, because other machines can reach this port; --console serves it",
    `  control       ${facts.control.url}  (lets things go wrong)`,
    `  config        ${facts.configPath}`,
    "",
    `A JWT app, whose Service Account owns the folder ${reports.name} (${reports.id}), and a user, ${managedUser.name}`,
    `(${managedUser.id}). Paste this into another terminal (${file}):`,
    "",
    ...exportBlock(variables, columns),
    "",
    "A token of the Service Account, and a request with it:",
    "",
    `curl -sS -H "$(${command.boxSts} token --config "$BOX_CONFIG_FILE" --format header)" \\`,
    '  "$BOX_API_URL/2.0/users/me"',
    "",
    "A request that Box rate-limits; the SDKs repeat it:",
    "",
    'curl -sS -H "Authorization: Bearer $CONTROL_TOKEN" -d fault=rate-limited:1 -d times=1 "$CONTROL_URL"',
    "",
    "Ctrl-C ends it.",
    "",
    "",
  ];
  return fittedBlocks(lines.join("\n"), columns);
}
