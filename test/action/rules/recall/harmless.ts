import { createHash } from "node:crypto";
import { seededText } from "./kinds.ts";

const alnum = (label: string) => seededText(`harmless/${label}`, 32);
const hash = (label: string, algorithm = "md5") => createHash(algorithm).update(label).digest("hex");
const base64 = (text: string) => Buffer.from(text).toString("base64");

const jwt = (claims: unknown) =>
  [{ alg: "RS256", typ: "JWT", kid: "0123456789" }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .concat(seededText("signature", 342))
    .join(".");

/** Files that hold no secret of Box, and what they hold instead. */
export const HARMLESS: readonly (readonly [what: string, path: string, text: string])[] = [
  ["a check box", "a.tsx", `<CheckBox token="${alnum("a")}" />\nconst checkboxToken = "${alnum("b")}";`],
  ["a sandbox", "a.yml", `sandbox:\n  client_secret: ${alnum("c")}\n`],
  ["an inbox", "a.py", `INBOX_ACCESS_TOKEN: str = "${alnum("d")}"`],
  ["a mailbox by a default", "a.js", `const x = process.env.MAILBOX_TOKEN ?? "${alnum("e")}";`],
  [
    "Dropbox by keyword",
    "a.py",
    `Dropbox(app_key="x", app_secret="${alnum("f")}", oauth2_refresh_token="${alnum("g")}")`,
  ],
  [
    "Dropbox by command",
    "a.sh",
    `kubectl create secret generic dropbox --from-literal=client-secret=${alnum("h")}`,
  ],
  ["Mapbox by default", "a.ts", `const token = process.env.MAPBOX_TOKEN || "${alnum("i")}";`],
  [
    "VirtualBox's checksum",
    "Vagrantfile",
    `config.vm.box = "box"\nconfig.vm.box_download_checksum = "${hash("a")}"`,
  ],
  ["a box's checksum in JSON", "box.json", `{"type": "box", "name": "box", "checksum": "${hash("b")}"}`],
  ["a checksum beside a secret's name", "a.txt", `box_client_secret.py: md5 = ${hash("c")}`],
  ["a hash of a secret", "a.py", `BOX_CLIENT_SECRET_SHA = "${hash("d")}"`],
  ["md5sum's list", "MD5SUMS", `${hash("e")}  box/client_secret.txt\n${hash("f")}  box/access_token.txt\n`],
  ["a list with names first", "sums.txt", `MD5 (box-client-secret) = ${hash("g")}`],
  ["a client id", ".env", `BOX_CLIENT_ID=${seededText("id", 32, "lower")}`],
  [
    "a client id behind a secret's reference",
    "a.yml",
    `box:\n  client_secret: \${BOX_CLIENT_SECRET}\n  client_id: ${seededText("id2", 32, "lower")}`,
  ],
  ["a client id in a call", "A.java", `new BoxAPIConnection("${seededText("id3", 32, "lower")}", secret)`],
  [
    "client ids in a table",
    "a.md",
    `# Box\n\n| App | Client ID | Client Secret |\n|---|---|---|\n| a | ${seededText("id4", 32, "lower")} | in the vault |`,
  ],
  ["client ids in CSV", "box.csv", `client_secret_name,client_id\nx,${seededText("id5", 32, "lower")}\n`],
  [
    "client ids in SQL",
    "a.sql",
    `INSERT INTO box_apps (client_secret_ref, client_id) VALUES ('x', '${seededText("id6", 32, "lower")}');`,
  ],
  ["a trace id", "a.log", `box access token refreshed, trace_id=${hash("h")}`],
  ["a request id", "a.log", `api.box.com 401 invalid_token request_id=${hash("i")}`],
  ["a commit", "a.md", `The Box access token handling came with commit ${hash("j", "sha1")}.`],
  ["a short commit list", "CHANGELOG.md", `- Box: rotate client secret (${hash("k").slice(0, 8)})`],
  ["a UUID without dashes", "a.json", `{"box": {"token_policy_id": "${hash("l")}"}}`],
  ["an ETag", "a.json", `{"box_access_token": null, "etag": "${hash("m")}"}`],
  [
    "a lockfile",
    "package-lock.json",
    `"box-node-sdk": { "resolved": "https://x/box-node-sdk-3.0.0.tgz", "integrity": "sha512-${base64(alnum("j") + alnum("k"))}" }`,
  ],
  [
    "yarn's lockfile",
    "yarn.lock",
    `box-ui-elements@^16:\n  resolved "https://x/box-ui-elements.tgz#${hash("n", "sha1")}"\n  checksum ${hash("n", "sha512")}`,
  ],
  ["i18n", "en.json", `{"box.clientSecret.label": "Client secret", "box.token.hint": "${hash("o")}"}`],
  [
    "i18n, properties",
    "messages.properties",
    `be.box.accessToken = Access token of your Box account\nbe.box.hash = ${hash("p")}`,
  ],
  ["minified code", "a.min.js", `!function(){var box={x:1},key="${hash("q")}",t=e.box||"${alnum("l")}"}();`],
  ["CSS", "a.css", `.box{background:url(/${hash("r")}.png)}.token{box-shadow:none;mask:url("${hash("s")}")}`],
  ["a source map", "a.map", `{"sources":["box.js"],"mappings":"${alnum("m")}"}`],
  ["LINE's Flex message", "a.json", `{"type": "box", "layout": "vertical", "replyToken": "${hash("t")}"}`],
  ["Slack beside Box", ".env", `BOX_CLIENT_ID=1\nSLACK_CLIENT_SECRET=${hash("u")}`],
  [
    "GitHub beside Box in YAML",
    "a.yml",
    `connectors:\n  - provider: box\n    client_id: a\n  - provider: github\n    client_secret: ${hash("v")}`,
  ],
  [
    "Stripe's webhook key near Box",
    "a.js",
    `// Box folder of invoices\nstripe.webhooks.constructEvent(body, sig, "${hash("w")}")`,
  ],
  [
    "another vendor's OAuth",
    "a.py",
    `auth = OAuth2("${seededText("id7", 32, "lower")}", "${alnum("n")}")  # Zoho, see box`,
  ],
  [
    "a client id in a row of Box",
    "a.csv",
    `service,client_id,client_secret\nbox,${seededText("id8", 32, "lower")},in the vault\n`,
  ],
  ["another row of a table", "a.csv", `service,client_secret\nbox,\nother,${alnum("nn")}\n`],
  ["another New", "a.go", `tea.New(clientID, "${alnum("oo")}") // not box.New()`],
  ["another show", "a.js", `dialog.show("box", "${alnum("o")}");`],
  ["another validateMessage", "a.js", `inbox.validateMessage(body, headers, "${alnum("p")}");`],
  ["another box in a command", "a.sh", `docker run --name box -e API_KEY=${hash("x")} app`],
  ["another vault path", "a.sh", `vault kv put secret/toolbox client_secret=${alnum("q")}`],
  [
    "a reference",
    "a.tf",
    `variable "box_client_secret" {\n  description = "see"\n}\nresource "x" "y" {\n  etag = "${hash("y")}"\n}`,
  ],
  ["a secret's version", "a.tf", `box_client_secret_version = "${hash("z")}"`],
  ["an encrypted value", "a.yml", `box_client_secret: ENC(${alnum("r")})`],
  [
    "a sealed secret",
    "a.yaml",
    `kind: SealedSecret\nspec:\n  encryptedData:\n    box-client-secret: Ag${seededText("sealed", 400)}`,
  ],
  ["a placeholder", "a.py", `BOX_CLIENT_SECRET: str = "your_client_secret_goes_here_1234"`],
  ["a placeholder of x", "a.rs", `const BOX_CLIENT_SECRET: &str = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";`],
  ["a counter", "a.kt", `const val BOX_CLIENT_SECRET: String = "12345678901234567890123456789012"`],
  ["letters in order", "a.sh", `gh secret set BOX_TOKEN --body abcdefghijklmnopqrstuvwxyz012345`],
  ["words", "a.rb", `ENV['BOX_CLIENT_SECRET'] ||= 'ThisIsTheClientSecretOfTheBoxApp'`],
  [
    "base64 of words",
    "s.yaml",
    `kind: Secret\nmetadata:\n  name: box\ndata:\n  client-secret: ${base64("change-me-please-this-is-no-secret")}`,
  ],
  [
    "base64 of a reference",
    "s.yaml",
    `kind: Secret\ndata:\n  BOX_CLIENT_SECRET: ${base64("$(BOX_CLIENT_SECRET_FROM_THE_VAULT)")}`,
  ],
  [
    "base64 of another's config",
    ".env",
    `CONFIG=${base64(JSON.stringify({ boxShadow: "none", clientSecret: alnum("t") }))}`,
  ],
  [
    "base64 of an empty config",
    ".env",
    `BOX_CONFIG=${base64(JSON.stringify({ boxAppSettings: { clientID: "", clientSecret: "" } }))}`,
  ],
  ["base64 of binary", "a.yml", `box_token: ${createHash("sha384").update("a").digest("base64")}`],
  [
    "another party's JWT",
    "a.log",
    `box auth0 ${jwt({ iss: "https://example.com/", aud: "https://api.example.com/", sub: "1" })}`,
  ],
  ["a JWT for another box", "a.log", jwt({ aud: "https://api.dropbox.com/", sub: "box" })],
  [
    "a cut assertion",
    "a.log",
    `assertion=${jwt({ aud: "https://api.box.com/oauth2/token" }).slice(0, 90)}...`,
  ],
  ["a test's name", "a.test.js", `it("stores box access token", () => expect(hash).toBe("${hash("aa")}"));`],
  ["a file's name", "a.md", `See [client secret](https://example.com/box/${hash("bb")}.html).`],
  [
    "a public key id in a table",
    "a.md",
    `Box\n\n| Client Secret | Key fingerprint |\n|---|---|\n| hidden | ${hash("cc")} |`,
  ],
  ["Rust's Box", "a.rs", `let token: Box<str> = Box::from("${alnum("u")}");`],
  ...["SANDBOX", "MAILBOX", "MAIL_BOX", "DROPBOX", "CHECK_BOX", "TOOLBOX", "XBOX"].map(
    (name) =>
      [`a name that ends with ${name}`, ".env", `CLIENT_SECRET_${name}=${alnum(`${name} last`)}`] as const,
  ),
  ...["clientSecretSandbox", "accessTokenTextBox", "client_secret_checkbox", "accessTokenListBox"].map(
    (name) => [`a name that ends as ${name}`, "a.js", `const ${name} = "${alnum(`${name} last`)}";`] as const,
  ),
  ...["secretBox", "secret_box", "tokenBox"].map(
    (name) => [`the vague name ${name}`, "a.js", `const ${name} = "${alnum(name)}";`] as const,
  ),
  [
    "a value of YAML whose own name is behind it",
    "d.yaml",
    `env:\n- value: \${X}\n  name: BOX_CLIENT_SECRET\n- value: "${alnum("item")}"\n  name: RELEASE\n`,
  ],
  [
    "a value of YAML before the name of the next item",
    "d.yaml",
    `env:\n- name: RELEASE\n  value: ${alnum("item2")}\n- name: BOX_CLIENT_SECRET\n  valueFrom: x\n`,
  ],
  [
    "a value of YAML before a name further out",
    "d.yaml",
    `- image:\n    value: ${alnum("item3")}\n  name: BOX_CLIENT_SECRET\n`,
  ],
  ["a bounding box", "a.py", `bounding_box_token = "${hash("dd")}"\nbbox_key = "${hash("ee")}"`],
  ["a text box's key", "a.xaml", `<TextBox x:Key="${hash("ff")}" PasswordBox="${hash("gg")}" />`],
  ["a cache key", "a.yml", `- uses: actions/cache@v4\n  with:\n    key: box-${hash("hh")}`],
  [
    "an image's digest",
    "d.yaml",
    `image: box-sync@sha256:${hash("ii", "sha256")}\nenv:\n- name: BOX_CLIENT_SECRET\n  valueFrom:\n    secretKeyRef:\n      name: box\n      key: ${hash("jj")}`,
  ],
  [
    "a box that is drawn",
    "a.dart",
    `decoration: BoxDecoration(color: c),\nfinal clientSecret = '${alnum("v")}';`,
  ],
  ["a box of a layout", "a.py", `box.pack_start(button)\nclient_secret = "${alnum("w")}"`],
  ["a box that is clipped", "a.js", `box.getCenter(v);\nconst accessToken = "${alnum("x")}";`],
  ["a call of box that is closed", "a.R", `box(which = "plot")\nclient_secret <- "${alnum("y")}"`],
  ["a class called Box", "a.py", `conf = Box({"client_secret": "${alnum("z")}"})`],
  ["a component of MUI", "a.tsx", `import { Box } from '@mui/material';\nconst apiToken = '${alnum("aa")}';`],
  [
    "a component of MUI by its own path",
    "a.tsx",
    `import Box from '@mui/material/Box';\nimport React from 'react';\nconst ACCESS_TOKEN = '${alnum("bb")}';\nexport default () => <Box>{x}</Box>;`,
  ],
  [
    "a component in an import of several lines",
    "a.tsx",
    `import React from 'react';\nimport {\n  Box,\n  Flex as Other,\n} from '@chakra-ui/react';\n\nconst client_secret = "${alnum("cc")}";`,
  ],
  [
    "a component around another one",
    "a.tsx",
    `import { Box, Text } from 'ink';\n<Box sx={{ p: 1 }}>\n  <Map accessToken="${alnum("dd")}" />\n</Box>`,
  ],
  [
    "a component of one's own",
    "a.jsx",
    `import Box from "./Box";\nconst { Box } = require("../Box");\nconst accessToken = "${alnum("ee")}";`,
  ],
  [
    "a component that is made here",
    "a.jsx",
    `const Box = styled.div\`\`;\nexport const accessToken = "${alnum("ff")}";\nconst Red = styled(Box)({});\nexport default Box;`,
  ],
  [
    "another vendor's component",
    "a.jsx",
    `import { Box } from "@mui/material";\nimport { Chart } from "mailgun";\n// As in Box\nconst accessToken = "${alnum("mm")}";`,
  ],
  ["a component's file", "src/components/Box.tsx", `export const apiToken = '${alnum("gg")}';`],
  ["a component's folder", "components/Box/index.ts", `export const apiToken = '${alnum("hh")}';`],
  ["a component's property", "a.jsx", `<Box token="${alnum("ii")}" sx={{ p: 1 }} />`],
  [
    "a layout of Compose",
    "a.kt",
    `import androidx.compose.foundation.layout.Box\nval accessToken = "${alnum("jj")}"`,
  ],
  [
    "a space of Gymnasium",
    "a.py",
    `from gymnasium.spaces import Box, Dict\nclient_secret = '${alnum("kk")}'`,
  ],
  [
    "Symfony's secret beside Box's",
    ".env",
    `APP_SECRET=${hash("aaa")}\n\n###> box ###\nBOX_CLIENT_ID=\nBOX_CLIENT_SECRET=\n###< box ###\n`,
  ],
  ...["SESSION_SECRET", "NEXTAUTH_SECRET", "DJANGO_SECRET_KEY", "JWT_SECRET", "MONDAY_API_TOKEN"].map(
    (name) =>
      [`${name} beside Box's`, ".env", `BOX_API_URL=https://api.box.com\n${name}=${alnum(name)}`] as const,
  ),
  ...["ACME_CLIENT_SECRET", "NEW_RELIC_APP_TOKEN", "KLAVIYO_ACCESS_TOKEN_PROD"].map(
    (name) =>
      [`${name} beside Box's`, ".env", `BOX_API_URL=https://api.box.com\n${name}=${alnum(name)}`] as const,
  ),
  [
    "a session's secret",
    "a.js",
    `fetch("https://api.box.com");\nconst sessionSecret = "${alnum("session")}";`,
  ],
  [
    "another service's token far away",
    "a.py",
    `import boxsdk\n${"#\n".repeat(900)}KLAVIYO_ACCESS_TOKEN = "${alnum("pp")}"`,
  ],
  [
    "numbers of a manifest",
    "a.json",
    JSON.stringify({ box: { "token.0": hash("bbb"), "token.10": hash("ccc") } }),
  ],
  ["an abbreviation of Dropbox", ".env", `A_TOKEN=${alnum("qq")}\nDBOX_CLIENT_SECRET=${alnum("rr")}`],
  [
    "an element of a page",
    "a.html",
    `<div id="box"><input name="client_secret" value="${alnum("ss")}"></div>`,
  ],
  ["a component that is made of Box", "a.jsx", `<BoxGeometry accessToken="${alnum("tt")}" />`],
  ["another's key behind a list", "a.json", `{"tokens":{"a":"b"},"box":"${alnum("uu")}"}`],
  ["another's address", "a.txt", `https://${seededText("id9", 32, "lower")}:${alnum("vv")}@api.mailbox.com/`],
  [
    "another's query in an address",
    "a.log",
    `next=https%3A%2F%2Fapi.mailbox.com%3Fclient_secret%3D${alnum("ww")}`,
  ],
  ...["XBOX", "OUTBOX", "LOCKBOX", "SOAPBOX", "TINDERBOX", "GEARBOX"].map(
    (name) => [name, ".env", `${name}_CLIENT_SECRET=${alnum(name)}`] as const,
  ),
  ...[
    "X",
    "FRITZ",
    "BLACK",
    "PO",
    "LOCK",
    "SOAP",
    "SEND",
    "SMART",
    "STORAGE",
    "IOT",
    "TV",
    "LOOT",
    "SEED",
    "SET_TOP",
  ].map(
    (name) =>
      [`${name}_BOX`, ".env", `A_TOKEN=${alnum("ll")}\n${name}_BOX_CLIENT_SECRET=${alnum(name)}`] as const,
  ),
];
