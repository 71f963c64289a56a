import { type Kind, type Row, table } from "./kinds.ts";

const SECRET: readonly Kind[] = ["client secret"];
const WEBHOOK: readonly Kind[] = ["webhook key"];

/** Names with a stage, a region, a copy or a number behind them, and values in text that is escaped or typeset. */
export const VARIANTS = table([
  ...[
    "_PROD",
    "_DEV",
    "_STAGING",
    "_EU",
    "_OLD",
    "_BAK",
    "_V2",
    "_2",
    "1",
    "_EU_WEST_1",
    "_PRIMARY",
    "S",
  ].map((suffix): Row => [`suffix ${suffix}`, ".env", (n, v) => `${n.upper}${suffix}=${v}`]),
  ["Box at the end", ".env", (n, v) => `${n.bare.upper}_BOX=${v}`],
  ["Box at the end, with a word before", ".env", (n, v) => `OAUTH_${n.bare.upper}_BOX=${v}`],
  ["Box at the end, with a stage behind", ".env", (n, v) => `${n.bare.upper}_BOX_PROD=${v}`],
  ["Box at the end, with a stage before", ".env", (n, v) => `${n.bare.upper}_PROD_BOX=${v}`],
  ["Box at the end, in camel case", "a.js", (n, v) => `const ${n.bare.camel}Box = "${v}";`],
  ["Box at the end, in small letters", "a.yml", (n, v) => `${n.bare.snake}_box: ${v}`],
  ["Box at the end, with dashes", "a.yml", (n, v) => `${n.bare.kebab}-box: ${v}`],
  ["suffix in camel case", "a.js", (n, v) => `const ${n.camel}Prod = "${v}";`],
  ["suffix in a section", "a.yml", (n, v) => `box:\n  ${n.bare.snake}_prod: ${v}`],
  ["suffix beside Box's id", "a.env", (n, v, { id }) => `BOX_CLIENT_ID=${id}\n${n.bare.upper}_PROD=${v}`],
  ["option of CMake", "build.sh", (n, v) => `cmake -D${n.upper}=${v} .`],
  ["XML, attribute of box", "a.xml", (n, v, { id }) => `<box clientId="${id}" ${n.bare.camel}="${v}"/>`],
  ["XML, element of Box's options", "a.xml", (n, v) => `<BoxOptions ${n.bare.camel}="${v}"></BoxOptions>`],
  [
    "XML, element in Box's namespace",
    "a.xml",
    (n, v, { id }) => `<box:config name="c" client-id="${id}" ${n.bare.kebab}="${v}" doc:name="c"/>`,
  ],
  [
    "XML, connection in Box's namespace",
    "a.xml",
    (n, v) =>
      `<box:oauth-jwt-connection publicKeyId="a" ${n.bare.camel}="${v}">\n</box:oauth-jwt-connection>`,
  ],
  [
    "XML, bean",
    "a.xml",
    (n, v) => `<bean id="boxConfig">\n  <property name="${n.bare.camel}" value="${v}"/>\n</bean>`,
  ],
  [
    "XML, value of a bean",
    "a.xml",
    (n, v) => `<bean id="box"><property name="${n.bare.camel}"><value>${v}</value></property></bean>`,
  ],
  ["XML, CDATA", "a.xml", (n, v) => `<box>\n  <${n.bare.camel}><![CDATA[${v}]]></${n.bare.camel}>\n</box>`],
  [
    "address, user information",
    "a.txt",
    (_, v, { id }) => `https://${id}:${v}@api.box.com/oauth2/token`,
    SECRET,
  ],
  ["address of one's own", ".env", (_, v, { id }) => `X_DSN=box://${id}:${v}@api.box.com`, SECRET],
  [
    "address in an address",
    "a.log",
    (n, v, { id }) =>
      `next=https%3A%2F%2Fapi.box.com%2Foauth2%2Ftoken%3Fclient_id%3D${id}%26${n.bare.snake}%3D${v}%26x%3D1`,
  ],
  [
    "JSON in an address",
    "a.log",
    (n, v) => `cfg=%7B%22boxAppSettings%22%3A%7B%22${n.bare.camel}%22%3A%22${v}%22%7D%7D`,
  ],
  [
    "JSON in HTML",
    "a.html",
    (n, v) => `{&quot;boxAppSettings&quot;: {&quot;${n.bare.camel}&quot;: &quot;${v}&quot;}}`,
  ],
  ["Box as the key, YAML", "a.yml", (n, v) => `${n.bare.snake}s:\n  slack: x\n  box: ${v}`],
  ["Box as the key, JSON", "a.json", (n, v) => JSON.stringify({ [`${n.bare.camel}s`]: { box: v } })],
  ["Box as the key, Python", "a.py", (n, v) => `${n.bare.upper}S = {'box': '${v}'}`],
  ["list", "a.js", (n, v, { other }) => `const ${n.camel}s = ["${other}", "${v}"];`],
  ["list in lines", "a.js", (n, v, { other }) => `const ${n.camel}s = [\n  "${other}",\n  "${v}",\n];`],
  ["list in YAML", "a.yml", (n, v) => `${n.snake}s:\n  - ${v}`],
  ["stages as keys", "a.yml", (n, v) => `box:\n  ${n.bare.snake}:\n    prod: ${v}`],
  ["webhook's primary", ".env", (_, v) => `BOX_WEBHOOK_PRIMARY=${v}`, WEBHOOK],
  ["webhook's primary as a key", "a.yml", (_, v) => `box:\n  webhook:\n    primary: ${v}`, WEBHOOK],
  ["no-break space", "a.md", (n, v) => `Box ${n.title.toLowerCase()}:\u00a0${v}`],
  ["no-break space, setting", ".env", (n, v) => `${n.upper}:\u00a0${v}`],
  ["tab", "a.txt", (n, v) => `Box app\n${n.title}\t${v}`],
  ["title in capitals", "a.txt", (n, v) => `BOX ${n.title.toUpperCase()}: ${v}`, SECRET],
  ["typographic quotation marks", "a.md", (n, v) => `${n.upper}: \u2018${v}\u2019`],
  ["typographic quotation marks, title", "a.md", (n, v) => `Box ${n.title}: \u201c${v}\u201d`],
  ["dash", "a.md", (n, v) => `Box ${n.title} \u2013 ${v}`],
]);
