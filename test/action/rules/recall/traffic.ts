import { type Beside, type Kind, type Names, STORED, table } from "./kinds.ts";

const SECRET: readonly Kind[] = ["client secret"];
const ACCESS: readonly Kind[] = ["access token"];
const REFRESH: readonly Kind[] = ["refresh token"];
const ASSERTION: readonly Kind[] = ["JWT assertion"];

const base64 = (text: string) => Buffer.from(text).toString("base64");

const ccgConfig = (names: Names, value: string, { id }: Beside) =>
  JSON.stringify({ boxAppSettings: { clientID: id, [names.bare.camel]: value }, enterpriseID: "123456" });

/** Logs, recordings of HTTP, and what is encoded. */
export const TRAFFIC = table([
  [
    "form body",
    "a.log",
    (_, v, { id }) =>
      `POST https://api.box.com/oauth2/token grant_type=client_credentials&client_id=${id}&client_secret=${v}&box_subject_type=enterprise`,
    SECRET,
  ],
  [
    "form body, later line",
    "a.log",
    (_, v, { id }) =>
      `> POST /oauth2/token HTTP/1.1\n> Host: api.box.com\n> Content-Length: 100\n\nclient_id=${id}&client_secret=${v}`,
    SECRET,
  ],
  [
    "form body without host",
    "a.log",
    (_, v, { id }) =>
      `body: client_id=${id}&client_secret=${v}&grant_type=client_credentials&box_subject_type=user&box_subject_id=1`,
    SECRET,
  ],
  [
    "form body, refresh",
    "a.log",
    (_, v) => `api.box.com "POST /oauth2/token" refresh_token=${v}&grant_type=refresh_token`,
    REFRESH,
  ],
  [
    "response",
    "a.log",
    (_, v) =>
      `<- https://api.box.com/oauth2/token 200 {"access_token":"${v}","expires_in":4169,"restricted_to":[],"token_type":"bearer"}`,
    ACCESS,
  ],
  [
    "response, refresh",
    "a.json",
    (_, v, { other }) =>
      `{"url":"https://api.box.com/oauth2/token","body":"{\\"access_token\\":\\"${other}\\",\\"refresh_token\\":\\"${v}\\"}"}`,
    REFRESH,
  ],
  ["Python's dict", "a.log", (_, v) => `DEBUG boxsdk: {'access_token': '${v}', 'expires_in': 3600}`, ACCESS],
  [
    "request",
    "a.http",
    (_, v) => `GET /2.0/users/me HTTP/1.1\nHost: api.box.com\nAuthorization: Bearer ${v}`,
    ACCESS,
  ],
  ["request, header first", "a.http", (_, v) => `Authorization: Bearer ${v}\nHost: api.box.com`, ACCESS],
  [
    "HAR",
    "a.har",
    (_, v) =>
      `"url":"https://api.box.com/2.0/users/me","headers":[{"name":"Authorization","value":"Bearer ${v}"}]`,
    ACCESS,
  ],
  [
    "HAR, form",
    "a.har",
    (_, v) => `"url":"https://api.box.com/oauth2/token","params":[{"name":"client_secret","value":"${v}"}]`,
    SECRET,
  ],
  [
    "cassette",
    "a.yaml",
    (_, v) =>
      `- request:\n    headers:\n      Authorization:\n      - Bearer ${v}\n    uri: https://api.box.com/2.0/users/me`,
    ACCESS,
  ],
  ["redirect", "a.log", (_, v) => `https://dl.boxcloud.com/d/1/x?access_token=${v}`, ACCESS],
  ["address", "a.md", (_, v) => `https://api.box.com/2.0/files/1/content?access_token=${v}`, ACCESS],
  ["BoxApi header", "a.log", (_, v) => `Shared-link preview at app.box.com: access_token=${v} ok`, ACCESS],
  [
    "assertion, form",
    "a.log",
    (_, v, { id }) =>
      `grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&client_id=${id}&assertion=${v}`,
    ASSERTION,
  ],
  ["assertion, log", "a.log", (_, v) => `2026-01-02 DEBUG sending assertion ${v}`, ASSERTION],
  [
    "assertion, JSON",
    "a.json",
    (_, v) => `{"grant_type":"urn:ietf:params:oauth:grant-type:jwt-bearer","assertion":"${v}"}`,
    ASSERTION,
  ],
  [
    "assertion, curl",
    "a.sh",
    (_, v) => `curl https://api.box.com/oauth2/token -d "assertion=${v}"`,
    ASSERTION,
  ],
  ["assertion, code", "a.py", (_, v) => `assertion = "${v}"`, ASSERTION],
  ["assertion, YAML", "a.yml", (_, v) => `body:\n  assertion: ${v}`, ASSERTION],
  ["assertion, alone", "jwt.txt", (_, v) => `${v}\n`, ASSERTION],
  [
    "Kubernetes Secret",
    "s.yaml",
    (n, v) => `apiVersion: v1\nkind: Secret\nmetadata:\n  name: box\ndata:\n  ${n.bare.kebab}: ${base64(v)}`,
  ],
  ["Kubernetes Secret, named", "s.yaml", (n, v) => `kind: Secret\ndata:\n  ${n.upper}: ${base64(v)}`],
  [
    "Kubernetes Secret, line feed",
    "s.yaml",
    (n, v) => `kind: Secret\ndata:\n  ${n.upper}: "${base64(`${v}\n`)}"`,
  ],
  ["Kubernetes Secret, JSON", "s.json", (n, v) => `{"kind":"Secret","data":{"${n.kebab}":"${base64(v)}"}}`],
  [
    "base64 of a config",
    ".env",
    (n, v, beside) => `BOX_CONFIG_BASE64=${base64(ccgConfig(n, v, beside))}`,
    SECRET,
  ],
  [
    "base64 of a config, workflow",
    "w.yml",
    (n, v, beside) => `  env:\n    CONFIG: "${base64(ccgConfig(n, v, beside))}"`,
    SECRET,
  ],
  [
    "base64 of a config, data",
    "s.yaml",
    (n, v, beside) => `kind: Secret\ndata:\n  config.json: ${base64(ccgConfig(n, v, beside))}`,
    SECRET,
  ],
  [
    "base64 of .env",
    "s.yaml",
    (n, v, { id }) =>
      `kind: Secret\nmetadata:\n  name: box-sync\ndata:\n  .env: ${base64(`BOX_CLIENT_ID=${id}\n${n.upper}=${v}\n`)}`,
  ],
  [
    "Basic",
    "a.http",
    (_, v, { id }) => `POST https://api.box.com/oauth2/token\nAuthorization: Basic ${base64(`${id}:${v}`)}`,
    SECRET,
  ],
  [
    "escaped JSON",
    "a.json",
    (n, v, beside) => JSON.stringify({ BOX_CONFIG: ccgConfig(n, v, beside) }),
    SECRET,
  ],
  [
    "escaped twice",
    "a.json",
    (n, v, beside) => JSON.stringify(JSON.stringify({ BOX_CONFIG: ccgConfig(n, v, beside) })),
    SECRET,
  ],
  [
    "downscoped, JSON",
    "a.json",
    (_, v, { other }) => `{"access_token":"1!${v}${other}_-${v}${other}"}`,
    ACCESS,
  ],
  [
    "downscoped, log",
    "a.log",
    (_, v, { other }) => `got access_token=1!${v}${other}_-${v}${other} for 3600 s`,
    ACCESS,
  ],
  ["dump of the environment", "a.log", (n, v) => `declare -x ${n.upper}="${v}"`, STORED],
]);
