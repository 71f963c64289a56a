import { type Kind, table } from "../kinds.ts";

const SECRET: readonly Kind[] = ["client secret"];
const WEBHOOK: readonly Kind[] = ["webhook key"];
const DEVELOPER: readonly Kind[] = ["developer token"];
const ACCESS: readonly Kind[] = ["access token"];
const REFRESH: readonly Kind[] = ["refresh token"];
const PASSPHRASE: readonly Kind[] = ["passphrase"];

/** Arguments by position or keyword of the official SDKs for Java, C# and Swift. */
export const COMPILED = table([
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
]);
