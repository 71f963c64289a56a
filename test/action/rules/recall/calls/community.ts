import { type Kind, table } from "../kinds.ts";

const SECRET: readonly Kind[] = ["client secret"];
const DEVELOPER: readonly Kind[] = ["developer token"];
const ACCESS: readonly Kind[] = ["access token"];
const REFRESH: readonly Kind[] = ["refresh token"];

/** Arguments of community SDKs and plug-ins, and of HTTP clients that are configured for Box. */
export const COMMUNITY = table([
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
  ["omniauth of Devise", "a.rb", (_, v, { id }) => `config.omniauth :box, '${id}', '${v}'`, SECRET],
  [
    "Auth.js, in one line",
    "a.js",
    (_, v, { id }) => `providers: [ BoxProvider({ clientId: '${id}', clientSecret: '${v}' }) ]`,
    SECRET,
  ],
  [
    "league/oauth2-client",
    "a.php",
    (_, v, { id }) =>
      `$p = new Stevenmaguire\\OAuth2\\Client\\Provider\\Box([\n  'clientId' => '${id}',\n  'clientSecret' => '${v}',\n]);`,
    SECRET,
  ],
  ["goth", "a.go", (_, v, { id }) => `goth.UseProviders(box.New("${id}", "${v}", callback))`, SECRET],
  [
    "goth, the id from the environment",
    "a.go",
    (_, v) => `goth.UseProviders(\n\tbox.New(os.Getenv("BOX_KEY"), "${v}", callback),\n)`,
    SECRET,
  ],
  [
    "rusty_box, config",
    "a.rs",
    (_, v) => `use rusty_box::auth::auth_developer::DevConfig;\nlet c = DevConfig::new("${v}");`,
    DEVELOPER,
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
