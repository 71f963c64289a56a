import { type Kind, table } from "./kinds.ts";

const SECRET: readonly Kind[] = ["client secret"];
const WEBHOOK: readonly Kind[] = ["webhook key"];
const DEVELOPER: readonly Kind[] = ["developer token"];
const ACCESS: readonly Kind[] = ["access token"];
const REFRESH: readonly Kind[] = ["refresh token"];
const PASSPHRASE: readonly Kind[] = ["passphrase"];
const APP: readonly Kind[] = ["app token"];

/** Arguments by position or keyword of the official and community SDKs and of UI Elements. */
export const CALLS = table([
  ["Java, connection", "A.java", (_, v, { id }) => `new BoxAPIConnection("${id}", "${v}")`, SECRET],
  [
    "Java, connection with code",
    "A.java",
    (_, v, { id }) => `new BoxAPIConnection("${id}", "${v}", "code")`,
    SECRET,
  ],
  ["Java, developer token", "A.java", (_, v) => `var api = new BoxAPIConnection("${v}");`, DEVELOPER],
  [
    "Java, access token",
    "A.java",
    (_, v) => `new BoxAPIConnection(CLIENT_ID, CLIENT_SECRET, "${v}", refresh)`,
    ACCESS,
  ],
  ["Java, refresh token", "A.java", (_, v) => `new BoxAPIConnection(id, sec, tok,\n    "${v}")`, REFRESH],
  [
    "Java, CCG",
    "A.java",
    (_, v, { id }) =>
      `BoxCCGAPIConnection.applicationServiceAccountConnection(\n    "${id}",\n    "${v}",\n    "123")`,
    SECRET,
  ],
  [
    "Java, CCG user",
    "A.java",
    (_, v, { id }) => `BoxCCGAPIConnection.userConnection("${id}", "${v}", "123")`,
    SECRET,
  ],
  [
    "Java, JWT",
    "A.java",
    (_, v, { id }) => `new BoxConfig("${id}", "${v}", "123", "ab12cd34", key, pass)`,
    SECRET,
  ],
  [
    "Java, JWT passphrase",
    "A.java",
    (_, v, { id }) => `new BoxConfig("${id}", SECRET, "123", "ab12cd34", privateKey, "${v}")`,
    PASSPHRASE,
  ],
  [
    "Java, JWT setter",
    "A.java",
    (_, v) => `// Box\nJWTEncryptionPreferences prefs = p();\nprefs.setPrivateKeyPassword("${v}");`,
    PASSPHRASE,
  ],
  [
    "Java, webhook verifier",
    "A.java",
    (_, v) => `new BoxWebHookSignatureVerifier("${v}", secondary)`,
    WEBHOOK,
  ],
  ["Java, second key", "A.java", (_, v) => `new BoxWebHookSignatureVerifier(primary, "${v}")`, WEBHOOK],
  [
    "Java, transactional",
    "A.java",
    (_, v) => `BoxTransactionalAPIConnection.getConnection("${v}", "1")`,
    ACCESS,
  ],
  ["Java 10, developer", "A.java", (_, v) => `new BoxDeveloperTokenAuth("${v}")`, DEVELOPER],
  [
    "Java 10, CCG builder",
    "A.java",
    (_, v, { id }) =>
      `import com.box.sdkgen.box.ccgauth.CCGConfig;\nnew CCGConfig.Builder("${id}", "${v}").build()`,
    SECRET,
  ],
  ["Java 10, OAuth", "A.java", (_, v, { id }) => `new BoxOAuth(new OAuthConfig("${id}", "${v}"))`, SECRET],
  [
    "Java 10, JWT builder",
    "A.java",
    (_, v, { id }) =>
      `import com.box.sdkgen.box.jwtauth.JWTConfig;\nnew JWTConfig.Builder("${id}", "${v}", "ab12cd34", key, passphrase).build()`,
    SECRET,
  ],
  [
    "Java 10, JWT passphrase",
    "A.java",
    (_, v, { id }) =>
      `import com.box.sdkgen.box.jwtauth.JWTConfig;\nnew JWTConfig.Builder("${id}", secret, "ab12cd34", key, "${v}").build()`,
    PASSPHRASE,
  ],
  [
    "Java 10, webhook",
    "A.java",
    (_, v) =>
      `import com.box.sdkgen.managers.webhooks.WebhooksManager;\nWebhooksManager.validateMessage(body, headers, "${v}")`,
    WEBHOOK,
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
    "C#, BoxConfigBuilder",
    "a.cs",
    (_, v, { id }) => `new BoxConfigBuilder("${id}", "${v}", new Uri("http://localhost"))`,
    SECRET,
  ],
  [
    "C#, BoxConfig",
    "a.cs",
    (_, v, { id }) => `var config = new BoxConfig("${id}", "${v}", redirect);`,
    SECRET,
  ],
  [
    "C#, BoxConfig JWT",
    "a.cs",
    (_, v, { id }) => `new BoxConfigBuilder("${id}", secret, "123", privateKey, "${v}", "ab12cd34")`,
    PASSPHRASE,
  ],
  [
    "C#, OAuthSession",
    "a.cs",
    (_, v) => `using Box.V2.Auth;\nnew OAuthSession("${v}", "NOT_NEEDED", 3600, "bearer")`,
    ACCESS,
  ],
  [
    "C#, OAuthSession refresh",
    "a.cs",
    (_, v) => `using Box.V2.Auth;\nnew OAuthSession(accessToken, "${v}", 3600, "bearer")`,
    REFRESH,
  ],
  [
    "C#, AdminClient",
    "a.cs",
    (_, v) => `var boxJWT = new BoxJWTAuth(config);\nvar client = boxJWT.AdminClient("${v}");`,
    ACCESS,
  ],
  [
    "C#, webhook",
    "a.cs",
    (_, v) =>
      `using Box.V2.Managers;\nBoxWebhooksManager.VerifyWebhook(version, time, s1, s2, body, "${v}", second);`,
    WEBHOOK,
  ],
  ["C# 10, named", "a.cs", (_, v) => `var auth = new BoxDeveloperTokenAuth(token: "${v}");`, DEVELOPER],
  [
    "C# 10, CCG",
    "a.cs",
    (_, v, { id }) => `using Box.Sdk.Gen;\nnew CcgConfig(clientId: "${id}", clientSecret: "${v}")`,
    SECRET,
  ],
  [
    "Swift, SDK",
    "a.swift",
    (_, v, { id }) => `let sdk = BoxSDK(clientId: "${id}", clientSecret: "${v}")`,
    SECRET,
  ],
  ["Swift, token", "a.swift", (_, v) => `let client = BoxSDK.getClient(token: "${v}")`, DEVELOPER],
  [
    "Swift 10",
    "a.swift",
    (_, v) => `import BoxSdkGen\nlet auth = BoxDeveloperTokenAuth(token: "${v}")`,
    DEVELOPER,
  ],
  [
    "Swift 10, CCG",
    "a.swift",
    (_, v, { id }) => `import BoxSdkGen\nCCGConfig(clientId: "${id}", clientSecret: "${v}")`,
    SECRET,
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
  ["boxr, client", "a.rb", (_, v) => `client = Boxr::Client.new('${v}')`, ACCESS],
  ["boxr, refresh", "a.rb", (_, v) => `Boxr::Client.new(token, refresh_token: '${v}')`, REFRESH],
  [
    "boxr, secret",
    "a.rb",
    (_, v, { id }) => `Boxr::get_tokens(code, client_id: '${id}', client_secret: '${v}')`,
    SECRET,
  ],
  ["boxr of R", "a.R", (_, v, { id }) => `library(boxr)\nbox_auth("${id}", "${v}")`, SECRET],
  [
    "boxr of R, named",
    "a.R",
    (_, v, { id }) => `boxr::box_auth(client_id = "${id}", client_secret = "${v}")`,
    SECRET,
  ],
  [
    "rusty_box",
    "a.rs",
    (_, v) => `use rusty_box::auth::auth_developer::DevAuth;\nlet auth = DevAuth::new("${v}");`,
    DEVELOPER,
  ],
  [
    "rusty_box, CCG",
    "a.rs",
    (_, v, { id }) => `use rusty_box::auth::CCGAuth;\nCCGAuth::new("${id}".to_owned(), "${v}".to_owned(), s)`,
    SECRET,
  ],
  ["PHP, Box_API", "a.php", (_, v, { id }) => `$box = new Box_API('${id}', '${v}', 'n/a');`, SECRET],
  [
    "Salesforce toolkit",
    "A.cls",
    (_, v, { id }) => `BoxApiConnection api = new BoxApiConnection('${id}', '${v}');`,
    SECRET,
  ],
  [
    "passport-box",
    "a.js",
    (_, v, { id }) =>
      `const BoxStrategy = require('passport-box').Strategy;\npassport.use(new BoxStrategy({ clientID: '${id}', clientSecret: '${v}' }));`,
    SECRET,
  ],
  ["omniauth", "a.rb", (_, v, { id }) => `provider :box, '${id}', '${v}'`, SECRET],
  [
    "ueberauth",
    "config.exs",
    (_, v, { id }) =>
      `config :ueberauth, Ueberauth.Strategy.Box.OAuth,\n  client_id: "${id}",\n  client_secret: "${v}"`,
    SECRET,
  ],
  [
    "requests, tuple",
    "a.py",
    (_, v, { id }) => `requests.post("https://api.box.com/oauth2/token", auth=("${id}", "${v}"))`,
    SECRET,
  ],
  [
    "requests, data",
    "a.py",
    (_, v, { id }) =>
      `requests.post("https://api.box.com/oauth2/token", data={"client_id": "${id}", "client_secret": "${v}"})`,
    SECRET,
  ],
  [
    "fetch, header",
    "a.js",
    (_, v) => `fetch("https://api.box.com/2.0/users/me", { headers: { Authorization: \`Bearer ${v}\` } })`,
    ACCESS,
  ],
  [
    "URLSearchParams",
    "a.js",
    (_, v) =>
      `params.append("client_secret", "${v}");\nfetch("https://api.box.com/oauth2/token", { body: params });`,
    SECRET,
  ],
]);
