import type { Control } from "../control/listener.ts";
import type { Caller } from "../sample/callers.ts";
import type { Sandbox } from "../sandbox.ts";

export interface RealBox {
  readonly configPath: string;
  readonly boxUrl: string;
}

/** What `--json` prints when everything listens; programs read it, so its names are a contract. */
export function readyLine(
  sandbox: Sandbox,
  real: RealBox | undefined,
  control: Control,
  connectUrl?: string,
): string {
  const callers = Object.values(sandbox.callers);
  const [first] = callers;
  return JSON.stringify({
    token_url: sandbox.tokenUrl,
    invoke_url: sandbox.invokeUrl,
    function_name: sandbox.functions.tokenInvoke.name,
    aliases: callers.map(({ alias }) => alias),
    box_url: real?.boxUrl ?? sandbox.box.url,
    box_tls_url: real === undefined ? sandbox.box.tlsUrl : undefined,
    ca_path: real === undefined ? sandbox.caPath : undefined,
    secrets_manager_url: sandbox.secretsManager.url,
    dynamodb_url: sandbox.sharedCache?.dynamoDb.url,
    table_name: sandbox.sharedCache?.dynamoDb.tableName,
    authorize_url: sandbox.authorizeUrl,
    connect_url: connectUrl,
    config_path: real?.configPath ?? sandbox.configPath,
    region: sandbox.region,
    access_key_id: first?.accessKeyId,
    secret_access_key: first?.secretAccessKey,
    control_url: control.url,
    control_token: control.token,
    callers: callers.map(callerEntry),
  });
}

function callerEntry({ name, roleArn, alias, accessKeyId, secretAccessKey }: Caller): Record<string, string> {
  return { name, role_arn: roleArn, alias, access_key_id: accessKeyId, secret_access_key: secretAccessKey };
}
