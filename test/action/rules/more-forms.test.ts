import { randomBytes } from "node:crypto";
import { expect, it } from "vitest";
import { boxSecretRule } from "../../../action/rules/box-secret/box-secret.ts";
import { START } from "../../../schemas/json/position.ts";

/** Of Box's form. Letters and digits take turns, so that none of them is taken for a word. */
const written = (letters: string) =>
  [...randomBytes(16)].map((byte) => `${letters[byte % letters.length]}${byte % 10}`).join("");
/** Every `V` of a text is another one. */
const value = () => written("gHkMQrStuvWXyzabc");
const findingsIn = (text: string, path = "src/a.txt") =>
  boxSecretRule
    .find({ path, bytes: Buffer.from(text.replaceAll(/\bV\b/g, value)), whole: true, start: START })
    .map(({ kind, certainty }) => `${certainty} ${kind}`);

const HOST = "https://api.box.com/oauth2/token";

it.each([
  ["the provider of arctic", 'const box = new Box(id, "V", "https://app.example/callback");', "certain"],
  ["the provider of arctic by its module", "new arctic.Box('V', 'V', redirectURI)", "certain"],
  [
    "the provider of Auth.js",
    'import Box from "next-auth/providers/box";\nBox({ clientId: id, clientSecret: "V" })',
    "certain",
  ],
  [
    "a builder of the SDK for Java",
    'new BoxCCGAuth(new CCGConfig.CCGConfigBuilder("V", "V").userId("1").build())',
    "certain",
  ],
  [
    "a builder of the SDK for Java for OAuth 2.0",
    'new BoxOAuth(new OAuthConfig.OAuthConfigBuilder("V", "V").build())',
    "certain",
  ],
  ["variables of rclone", "RCLONE_CONFIG_M_TYPE=box\nRCLONE_CONFIG_M_CLIENT_SECRET=V", "partial"],
  [
    "the settings of a .NET project",
    '[global::System.Configuration.DefaultSettingValueAttribute("V")]\n  public string BoxClientSecret {',
    "certain",
  ],
  ["a structure of a package in Go", 'c := box.Config{ClientID: id, ClientSecret: "V"}', "partial"],
  ["a list of Erlang", '[{box, [{client_id, "x"}, {client_secret, "V"}]}].', "partial"],
  ["a list of Erlang as a binary", '[{box, [{client_secret, <<"V">>}]}].', "partial"],
  ["an enumeration on one line", "enum Box { ClientId = 'x', ClientSecret = 'V' }", "partial"],
  ["a block of Workato's SDK", `client_secret: lambda do\n  'V'\nend,\n# ${HOST}`, "certain"],
  [
    "a plan of JMeter that has the value before the name",
    '<stringProp name="Argument.value">V</stringProp>\n<stringProp name="Argument.metadata">=</stringProp>\n<stringProp name="Argument.name">box_client_secret</stringProp>',
    "certain",
  ],
  [
    "a plan of JMeter that has the name before the value",
    '<stringProp name="Argument.name">box_client_secret</stringProp>\n<stringProp name="Argument.value">V</stringProp>',
    "certain",
  ],
  [
    "a form of several parts",
    `POST ${HOST}\r\n\r\nContent-Disposition: form-data; name="client_secret"\r\n\r\nV\r\n`,
    "certain",
  ],
  [
    "a command that adds a connection to Airflow",
    `airflow connections add box_default --conn-extra '{"client_secret": "V"}'`,
    "partial",
  ],
  [
    "a connection of Airflow in a variable",
    `AIRFLOW_CONN_BOX_DEFAULT='{"extra": {"client_secret": "V"}}'`,
    "partial",
  ],
  ["a strategy of OmniAuth", 'provider :box_oauth2, ENV["BOX_CLIENT_ID"], "V"', "certain"],
  ["a provider of Devise", "config.omniauth :box_oauth2, 'V', 'V', scope: 'a'", "certain"],
  [
    "a connection to Box in Java",
    'BoxDeveloperEditionAPIConnection.getAppEnterpriseConnection("1", id, "V", preferences, cache)',
    "certain",
  ],
  [
    "a constructor of Box's SDK for Java",
    'new BoxDeveloperEditionAPIConnection("1", ENTERPRISE, "V", "V", preferences, cache)',
    "certain",
  ],
  ["a setting in two subscripts", "$config['box']['secret'] = 'V';", "certain"],
  ["a plugin of Meltano", "  - name: tap-box\n    config:\n      client_secret: V", "partial"],
  ["a secret of Snowflake", "ALTER SECRET box_client_secret SET SECRET_STRING = 'V';", "certain"],
  [
    "a parameter that AWS CDK makes",
    "new StringParameter(this, 'BoxClientSecret', { parameterName: '/a/b', stringValue: 'V' })",
    "certain",
  ],
  [
    "a command of Databricks",
    'databricks secrets put-secret box client-secret --string-value "V"',
    "partial",
  ],
  [
    "a connection of Logic Apps",
    '{"values": {"token:clientSecret": "V"}, "id": "/providers/Microsoft.Web/managedApis/box"}',
    "partial",
  ],
  ["a record of Salesforce", '{"type":"Box_Config__c","Client_Secret__c":"V"}', "partial"],
])("a client secret in %s is found", (_, text, certainty) => {
  expect(findingsIn(`${text}\n`)).toEqual([`${certainty} client secret`]);
});

it.each(["JWTConfig", "JWTConfig.JWTConfigBuilder"])(
  "a passphrase that %s of the SDK for Java takes is found",
  (name) => {
    const call = `new BoxJWTAuth(new ${name}(id, secret, keyId, privateKey, "${written("abcdef")}"))`;
    expect(findingsIn(call)).toEqual(["certain passphrase"]);
  },
);

it("a token in a variable of PowerShell or PHP is found where Box's host is near", () => {
  const call = "Invoke-RestMethod https://api.box.com/2.0/folders/0 -Headers $headers";
  expect(findingsIn(`$token = "V"\n${call}\n`)).toEqual(["partial access token"]);
  expect(findingsIn(`$sessionToken = "V"\n`)).toEqual([]);
  expect(findingsIn('$token = "V"\nInvoke-RestMethod https://api.example.com/2.0/folders/0\n')).toEqual([]);
});

it.each([
  '{"access_token":"V","expires_in":3600,"restricted_to":[],"refresh_token":"VV","token_type":"bearer"}',
  "{'access_token': 'V', 'expires_in': 3600, 'refresh_token': 'VV', 'restricted_to': []}",
  '{"accessToken":"V","refreshToken":"VV","accessTokenTTLMS":3600000,"acquiredAtMS":1}',
])("tokens that are stored as Box's response are found where nothing else names Box: %s", (text) => {
  const written = text.replace("VV", () => value() + value());
  expect(findingsIn(written, "tokens.json").sort()).toEqual([
    "certain access token",
    "certain refresh token",
  ]);
  expect(findingsIn(written.replace(/restricted_to|accessTokenTTLMS/, "ttl"), "tokens.json")).toEqual([]);
});

it("the client ID behind the address of Box's token endpoint is no secret", () => {
  expect(findingsIn(`requests.post("${HOST}", auth=("V", "V"), data=data)`)).toEqual([
    "certain client secret",
  ]);
  expect(findingsIn(`new ClientCredentials("${HOST}", "V", secret)`)).toEqual([]);
});

it("a refresh token in a secret of Snowflake that is named after Box is found", () => {
  const token = `${value()}${value()}`;
  const text = `CREATE SECRET box_oauth TYPE = OAUTH2 OAUTH_REFRESH_TOKEN = '${token}';\n`;
  expect(findingsIn(text)).toEqual(["partial refresh token"]);
  expect(findingsIn(text.replace("box_oauth", "boxer_oauth"))).toEqual([]);
});

it("a client secret in custom metadata of Salesforce that the file's name ascribes to Box is found", () => {
  const metadata =
    '<values>\n<field>Client_Secret__c</field>\n<value xsi:type="xsd:string">V</value>\n</values>';
  expect(findingsIn(metadata, "customMetadata/Box_Setting.Default.md-meta.xml")).toEqual([
    "partial client secret",
  ]);
  expect(findingsIn(metadata, "customMetadata/Shop_Setting.Default.md-meta.xml")).toEqual([]);
});

it.each([
  ["a component that takes a checksum", 'new Box("readme", "V", 3)'],
  ["another strategy of OmniAuth", 'provider :boxoffice, "V", "V"'],
  ["a setting of a check box in two subscripts", "$config['checkbox']['secret'] = 'V';"],
  ["a plugin for another box", "  - name: tap-sandbox\n    config:\n      client_secret: V"],
  ["another package in Go", 'c := mailbox.Config{ClientSecret: "V"}'],
  [
    "a command that adds another connection to Airflow",
    `airflow connections add boxer --conn-extra '{"client_secret": "V"}'`,
  ],
])("a value in %s is no secret of Box", (_, text) => {
  expect(findingsIn(`${text}\n`)).toEqual([]);
});

it("a short token of Box is found wherever its dashes and underscores are", () => {
  const pieces = Array.from({ length: 5 }, () => randomBytes(9).toString("hex"));
  for (const token of [
    `1!${pieces.join("_")}`,
    `1!${pieces.join("-")}${value()}`,
    `1!${value()}${pieces.join("-")}`,
  ])
    expect(findingsIn(`BOX_TOKEN=${token}\nBOX_ACCESS_TOKEN="${token}"\n`)).toEqual([
      "certain access token",
      "certain access token",
    ]);
  expect(findingsIn(`the box: https://maps.example/box/data=!1!${pieces.join("_")}\n`)).toEqual([]);
});
