import { type Kind, table } from "../kinds.ts";

const SECRET: readonly Kind[] = ["client secret"];
const WEBHOOK: readonly Kind[] = ["webhook key"];
const DEVELOPER: readonly Kind[] = ["developer token"];
const ACCESS: readonly Kind[] = ["access token"];
const PASSPHRASE: readonly Kind[] = ["passphrase"];
const APP: readonly Kind[] = ["app token"];

/** Arguments by position or keyword of the official SDKs for Node and Python, and of UI Elements. */
export const SCRIPTED = table([
  ["UI Elements, without a name", "a.html", (_, v) => `new Box.Preview().show('1234', '${v}');`, ACCESS],
  [
    "UI Elements, a short name",
    "a.html",
    (_, v) => `var p = new Box.ContentUploader();\np.on('x', f);\np.show("0", "${v}", { container: '.c' });`,
    ACCESS,
  ],
  [
    "Node, basic client",
    "a.js",
    (_, v) => `const BoxSDK = require('box-node-sdk');\nconst client = sdk.getBasicClient('${v}');`,
    ACCESS,
  ],
  [
    "Node, getBasicClient of BoxSDK",
    "a.js",
    (_, v) => `BoxSDK.getBasicClient("${v}")`,
    DEVELOPER.concat(ACCESS),
  ],
  [
    "Node, BoxSDK options",
    "a.js",
    (_, v, { id }) => `const sdk = new BoxSDK({\n  clientID: '${id}',\n  clientSecret: '${v}'\n});`,
    SECRET,
  ],
  [
    "Node, appAuth",
    "a.js",
    (_, v) => `new BoxSDK({ clientID, clientSecret, appAuth: { keyID, privateKey, passphrase: '${v}' } })`,
    PASSPHRASE,
  ],
  [
    "Node, webhook",
    "a.js",
    (_, v) => `BoxSDK.validateWebhookMessage(body, headers, '${v}', secondary)`,
    WEBHOOK,
  ],
  [
    "Node, second webhook key",
    "a.js",
    (_, v) =>
      `const BoxSDK = require('box-node-sdk');\nBoxSDK.validateWebhookMessage(req.body, req.headers, primaryKey, '${v}');`,
    WEBHOOK,
  ],
  ["Node 10, developer", "a.ts", (_, v) => `new BoxDeveloperTokenAuth({ token: '${v}' })`, DEVELOPER],
  [
    "Node 10, CCG",
    "a.ts",
    (_, v) =>
      `new CcgConfig({ clientId: id, clientSecret: '${v}', enterpriseId: '1' })`.replace(
        /^/,
        "import { BoxCcgAuth } from 'box-node-sdk';\n",
      ),
    SECRET,
  ],
  [
    "Node 10, webhook",
    "a.ts",
    (_, v) =>
      `import { WebhooksManager } from "box-typescript-sdk-gen";\nawait WebhooksManager.validateMessage(body, headers, "${v}", { secondaryKey });`,
    WEBHOOK,
  ],
  [
    "Node 10, secondaryKey",
    "a.ts",
    (_, v) =>
      `await client.webhooks.validateMessage(body, boxHeaders, primary, { secondaryKey: "${v}" });\n// box-node-sdk`,
    WEBHOOK,
  ],
  [
    "Python, OAuth2",
    "a.py",
    (_, v, { id }) => `from boxsdk import OAuth2\nauth = OAuth2('${id}', '${v}')`,
    SECRET,
  ],
  [
    "Python, OAuth2 keywords",
    "a.py",
    (_, v, { id }) => `from boxsdk import OAuth2\nOAuth2(client_id='${id}', client_secret='${v}')`,
    SECRET,
  ],
  [
    "Python, OAuth2 access",
    "a.py",
    (_, v) => `from boxsdk import OAuth2\nOAuth2(None, None, access_token='${v}')`,
    ACCESS,
  ],
  [
    "Python, OAuth2 developer",
    "a.py",
    (_, v) =>
      `from boxsdk import Client, OAuth2\nauth = OAuth2(client_id='', client_secret='', access_token='${v}')`,
    ACCESS,
  ],
  [
    "Python, CCGAuth",
    "a.py",
    (_, v, { id }) => `from boxsdk import CCGAuth\nauth = CCGAuth("${id}", "${v}", "1")`,
    SECRET,
  ],
  [
    "Python, JWTAuth",
    "a.py",
    (_, v, { id }) =>
      `from boxsdk import JWTAuth\nauth = JWTAuth(\n    "${id}",\n    "${v}",\n    "123",\n    "ab12cd34",\n)`,
    SECRET,
  ],
  [
    "Python, JWTAuth passphrase",
    "a.py",
    (_, v) => `from boxsdk import JWTAuth\nJWTAuth(rsa_private_key_passphrase=b'${v}')`,
    PASSPHRASE,
  ],
  [
    "Python, webhook",
    "a.py",
    (_, v) =>
      `from boxsdk.object.webhook import Webhook\nWebhook.validate_message(body, headers, '${v}', secondary)`,
    WEBHOOK,
  ],
  [
    "Python, second webhook key",
    "a.py",
    (_, v) =>
      `from boxsdk import Client\nclient.webhook('1').validate_message(body, headers, primary, '${v}')`,
    WEBHOOK,
  ],
  [
    "Python 10, developer",
    "a.py",
    (_, v) => `from box_sdk_gen import BoxDeveloperTokenAuth\nBoxDeveloperTokenAuth("${v}")`,
    DEVELOPER,
  ],
  [
    "Python 10, keyword",
    "a.py",
    (_, v) =>
      `from box_sdk_gen import BoxClient, BoxDeveloperTokenAuth\nauth = BoxDeveloperTokenAuth(token="${v}")`,
    DEVELOPER,
  ],
  [
    "Python 10, CCG",
    "a.py",
    (_, v, { id }) => `from box_sdk_gen import CCGConfig\nCCGConfig("${id}", "${v}")`,
    SECRET,
  ],
  [
    "Python 10, webhook",
    "a.py",
    (_, v) =>
      `from box_sdk_gen import WebhooksManager\nWebhooksManager.validate_message(body, headers, "${v}")`,
    WEBHOOK,
  ],
  [
    "UI Elements, explorer",
    "a.html",
    (_, v) =>
      `<script src="https://cdn01.boxcdn.net/platform/elements/16.0.0/en-US/explorer.js"></script>\n<script>\nvar contentExplorer = new Box.ContentExplorer();\ncontentExplorer.show("0", "${v}", { container: ".c" });`,
    ACCESS,
  ],
  [
    "UI Elements, preview",
    "a.js",
    (_, v) => `const preview = new Box.Preview();\npreview.show("123", "${v}", { container: '.p' });`,
    ACCESS,
  ],
  [
    "UI Elements, variables",
    "a.js",
    (_, v) => `const picker = new Box.FilePicker();\npicker.show(folderId, '${v}');`,
    ACCESS,
  ],
  [
    "UI Elements, React",
    "a.jsx",
    (_, v) =>
      `import ContentPicker from 'box-ui-elements/es/elements/content-picker';\n<ContentPicker rootFolderId="0" token="${v}" />`,
    ACCESS,
  ],
  [
    "UI Elements, React braces",
    "a.jsx",
    (_, v) => `import { ContentExplorer } from 'box-ui-elements';\n<ContentExplorer token={'${v}'} />`,
    ACCESS,
  ],
  [
    "UI Elements, app token",
    "a.js",
    (_, v) => `const APP_TOKEN = '${v}';\nnew Box.ContentPreview().show('1', APP_TOKEN);`,
    APP,
  ],
]);
