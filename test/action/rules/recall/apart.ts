import { type Kind, table } from "./kinds.ts";

const SECRET: readonly Kind[] = ["client secret"];

/** Files in which the name and the value are on different lines, in different columns or in different elements. */
export const APART = table([
  [
    "CloudFormation parameters",
    "p.json",
    (n, v) => `[{ "ParameterKey": "${n.pascal}", "ParameterValue": "${v}" }]`,
  ],
  [
    "CloudFormation parameters, lines",
    "p.json",
    (n, v) =>
      `[\n  {\n    "ParameterKey": "${n.pascal}",\n    "UsePreviousValue": false,\n    "ParameterValue": "${v}"\n  }\n]`,
  ],
  [
    "CloudFormation command",
    "a.sh",
    (n, v) => `aws cloudformation deploy --parameters ParameterKey=${n.pascal},ParameterValue=${v}`,
  ],
  ["ARM parameters", "p.json", (n, v) => `{"parameters": {\n  "${n.camel}": {\n    "value": "${v}"\n  }\n}}`],
  [
    "ARM app settings",
    "p.json",
    (n, v) => `[{\n  "name": "${n.upper}",\n  "slotSetting": false,\n  "value": "${v}"\n}]`,
  ],
  [
    "Terraform state, output",
    "t.tfstate",
    (n, v) => `"outputs": {\n  "${n.snake}": {\n    "value": "${v}",\n    "type": "string"\n  }`,
  ],
  [
    "Terraform state, resource",
    "t.tfstate",
    (n, v) =>
      `"attributes": {\n  "id": "x",\n  "name": "/prod/${n.snake}",\n  "type": "SecureString",\n  "value": "${v}",\n  "version": 1\n}`,
  ],
  [
    "Terraform, SSM resource",
    "a.tf",
    (n, v) =>
      `resource "aws_ssm_parameter" "${n.snake}" {\n  name  = "/box/x"\n  type  = "SecureString"\n  value = "${v}"\n}`,
  ],
  ["appSettings", "web.config", (n, v) => `<add key="${n.pascal}" value="${v}" />`],
  ["appSettings, reversed", "web.config", (n, v) => `<add value="${v}" key="${n.pascal}" />`],
  [
    "settings, value",
    "app.config",
    (n, v) => `<setting name="${n.pascal}" serializeAs="String">\n  <value>${v}</value>\n</setting>`,
  ],
  ["property, value", "a.xml", (n, v) => `<property name="${n.camel}">\n  <value>${v}</value>\n</property>`],
  [
    "Hadoop",
    "core-site.xml",
    (n, v) => `<property>\n  <name>${n.snake}</name>\n  <value>${v}</value>\n</property>`,
  ],
  [
    "Spring bean",
    "a.xml",
    (n, v) => `<bean class="BoxClient"><property name="${n.bare.camel}" value="${v}"/></bean>`,
  ],
  ["entry", "a.xml", (n, v) => `<entry key="${n.snake}">${v}</entry>`],
  [
    "resx",
    "a.resx",
    (n, v) => `<data name="${n.pascal}" xml:space="preserve">\n  <value>${v}</value>\n</data>`,
  ],
  ["property list", "a.plist", (n, v) => `<key>${n.pascal}</key>\n\t<string>${v}</string>`],
  ["Android", "strings.xml", (n, v) => `<string name="${n.snake}" translatable="false">${v}</string>`],
  [
    "manifest",
    "AndroidManifest.xml",
    (n, v) => `<meta-data android:name="${n.snake}" android:value="${v}" />`,
  ],
  ["CDATA", "a.xml", (n, v) => `<${n.camel}><![CDATA[${v}]]></${n.camel}>`],
  ["registry", "a.reg", (n, v) => `"${n.pascal}"="${v}"`],
  ["Maven", "pom.xml", (n, v) => `<box.${n.bare.snake}>${v}</box.${n.bare.snake}>`],
  ["Markdown, row", "a.md", (n, v) => `Box\n\n| Name | Value |\n|---|---|\n| ${n.title} | ${v} |`],
  ["Markdown, code row", "a.md", (n, v) => `| \`${n.upper}\` | \`${v}\` |`],
  ["Markdown, three columns", "a.md", (n, v) => `| \`${n.upper}\` | of the app | \`${v}\` |`],
  [
    "Markdown, heads",
    "a.md",
    (n, v, { id }) =>
      `## Box apps\n\n| App | Client ID | ${n.title} |\n|-----|-----|-----|\n| reports | ${id} | ${v} |`,
  ],
  [
    "Markdown, later row",
    "a.md",
    (n, v, { id, other }) =>
      `Box\n\n| App | ${n.title} | Id |\n|:--|---|--:|\n| a | \`${other}\` | ${id} |\n| b | \`${v}\` | ${id} |`,
  ],
  ["Markdown, list", "a.md", (n, v) => `# Box\n\n- **${n.title}**: \`${v}\``],
  ["Markdown, next line", "a.md", (n, v) => `# Box app\n\n${n.title}:\n\n    ${v}`],
  ["Markdown, fence", "a.md", (n, v) => `# Box app\n\n${n.title}:\n\`\`\`\n${v}\n\`\`\``],
  ["Markdown, heading", "a.md", (n, v) => `# Box\n\n### ${n.title}\n\n${v}\n`],
  ["reStructuredText", "a.rst", (n, v) => `Box\n\n:${n.title}: \`\`${v}\`\``],
  ["HTML table", "a.html", (n, v) => `<h1>Box</h1><table><tr><td>${n.title}</td><td>${v}</td></tr></table>`],
  ["HTML input", "a.html", (n, v) => `<input type="hidden" name="${n.snake}" value="${v}">`],
  ["HTML input, value first", "a.html", (n, v) => `<input value="${v}" type="hidden" name="${n.snake}">`],
  ["HTML attribute", "a.html", (n, v) => `<div data-${n.kebab}="${v}"></div>`],
  [
    "CSV, heads",
    "box-apps.csv",
    (n, v, { id }) => `app,client_id,${n.bare.snake},enterprise\nreports,${id},${v},123`,
  ],
  ["CSV, quoted", "a.csv", (n, v, { id }) => `"Box app","Client ID","${n.title}"\n"reports","${id}","${v}"`],
  ["CSV, later row", "a.csv", (n, v, { id, other }) => `id,${n.snake}\n${id},${other}\n${id},${v}`],
  ["CSV, name and value", "a.csv", (n, v) => `name,value\n${n.snake},${v}`],
  ["TSV", "a.tsv", (n, v, { id }) => `client_id\t${n.snake}\n${id}\t${v}`],
  ["semicolons", "a.csv", (n, v, { id }) => `client_id;${n.snake};x\n${id};${v};1`],
  [
    "SQL, columns",
    "a.sql",
    (n, v, { id }) => `INSERT INTO box_apps (client_id, ${n.bare.snake}) VALUES ('${id}', '${v}');`,
  ],
  [
    "SQL, lines",
    "a.sql",
    (n, v, { id }) =>
      `INSERT INTO \`apps\` (\`id\`, \`box_client_id\`, \`${n.snake}\`)\nVALUES\n  (1, '${id}', '${v}');`,
  ],
  [
    "SQL, later row",
    "a.sql",
    (n, v, { id, other }) =>
      `INSERT INTO box (id, ${n.bare.snake}) VALUES\n('${id}', '${other}'),\n('${id}', '${v}');`,
  ],
  [
    "SQL, name and value",
    "a.sql",
    (n, v) => `INSERT INTO settings (name, value) VALUES ('${n.snake}', '${v}');`,
  ],
  ["SQL, update", "a.sql", (n, v) => `UPDATE apps SET ${n.snake} = '${v}' WHERE id = 1;`],
  ["SQL, where name", "a.sql", (n, v) => `UPDATE settings SET value = '${v}' WHERE name = '${n.snake}';`],
  [
    "SQL, copy",
    "a.sql",
    (n, v, { id }) =>
      `COPY public.box_apps (id, client_id, ${n.bare.snake}) FROM stdin;\n1\t${id}\t${v}\n\\.`,
  ],
  ["Kubernetes env", "d.yaml", (n, v) => `        env:\n        - name: ${n.upper}\n          value: "${v}"`],
  [
    "Kubernetes env, value first",
    "d.yaml",
    (n, v, { id }) =>
      `        env:\n          - value: "${id}"\n            name: BOX_CLIENT_ID\n          - value: ${v}\n            name: ${n.upper}\n`,
  ],
  [
    "Kubernetes env, value first, in quotes",
    "d.yaml",
    (n, v) => `env:\n- value: "${v}"\n  name: "${n.upper}"\n- value: x\n  name: OTHER`,
  ],
  [
    "CloudFormation parameters, value first",
    "p.yaml",
    (n, v) =>
      `Parameters:\n  - ParameterValue: ${v}\n    UsePreviousValue: false\n    ParameterKey: ${n.pascal}\n`,
  ],
  ["ECS", "task.json", (n, v) => `"environment": [{"name":"${n.upper}","value":"${v}"}]`],
  ["ECS, value first", "task.json", (n, v) => `"environment": [{"value": "${v}", "name": "${n.upper}"}]`],
  [
    "Postman",
    "e.json",
    (n, v) => `{\n  "key": "${n.snake}",\n  "value": "${v}",\n  "type": "secret",\n  "enabled": true\n}`,
  ],
  ["Postman, type first", "e.json", (n, v) => `{ "key": "${n.camel}", "type": "string", "value": "${v}" }`],
  [
    "Postman, value first",
    "e.json",
    (n, v) => `{\n  "value": "${v}",\n  "type": "secret",\n  "key": "${n.snake}"\n}`,
  ],
  [
    "Jenkins credentials",
    "credentials.xml",
    (n, v) => `<id>${n.kebab}</id>\n<description></description>\n<secret>${v}</secret>`,
  ],
  ["YAML, folded", "a.yml", (n, v) => `${n.snake}: >-\n  ${v}`],
  ["YAML, next line", "a.yml", (n, v) => `box:\n  ${n.bare.snake}:\n    "${v}"`],
  ["YAML, flow", "a.yml", (n, v) => `box: { ${n.bare.snake}: ${v} }`],
  ["YAML, tagged", "a.yml", (n, v) => `box:\n  ${n.bare.snake}: !!str ${v}`],
  ["YAML, anchor", "a.yml", (n, v) => `box:\n  ${n.bare.snake}: &s "${v}"`],
  ["JSON, next line", "a.json", (n, v) => `{\n  "${n.camel}":\n    "${v}"\n}`],
  ["DynamoDB", "a.json", (n, v) => `{ "${n.camel}": { "S": "${v}" } }`],
  ["notebook", "a.ipynb", (n, v) => `"source": [\n  "${n.snake} = \\"${v}\\"\\n",\n  "print(1)"\n]`],
  [
    "several apps",
    "apps.yml",
    (n, v, { id, other }) =>
      `box:\n  apps:\n    - name: a\n      client_id: ${id}\n      ${n.bare.snake}: ${other}\n    - name: b\n      client_id: ${id}\n      ${n.bare.snake}: ${v}`,
  ],
  [
    "several apps, list",
    "apps.yml",
    (n, v, { id, other }) =>
      `box_apps:\n- client_id: ${id}\n  ${n.bare.snake}: ${other}\n- client_id: ${id}\n  ${n.bare.snake}: ${v}`,
  ],
  [
    "several vendors",
    "connectors.yml",
    (n, v, { id, other }) =>
      `connectors:\n  - provider: dropbox\n    client_secret: ${other}\n  - provider: box\n    client_id: ${id}\n    ${n.bare.snake}: ${v}`,
  ],
  ["provider", "a.yml", (n, v) => `storage:\n  provider: box\n  ${n.bare.snake}: ${v}`],
  ["provider, JSON", "a.json", (n, v) => `{"type": "box", "settings": {"${n.bare.camel}": "${v}"}}`],
  ["provider, TOML", "a.toml", (n, v) => `[[connector]]\nkind = "box"\n${n.bare.snake} = "${v}"`],
  [
    "workflow, with",
    "w.yml",
    (n, v) => `      - uses: someone/box-upload@v2\n        with:\n          ${n.bare.kebab}: ${v}`,
  ],
  ["workflow, env", "w.yml", (n, v) => `      env:\n        ${n.upper}: ${v}`],
  [
    "rclone",
    "rclone.conf",
    (_, v, { id }) => `[work]\ntype = box\nclient_id = ${id}\nclient_secret = ${v}`,
    SECRET,
  ],
  ["HCL, nested", "a.hcl", (n, v) => `box {\n  ${n.bare.snake} = "${v}"\n}`],
  ["edn", "a.edn", (n, v) => `{:box {:${n.bare.kebab} "${v}"}}`],
  ["nginx", "a.conf", (n, v) => `set $${n.snake} "${v}";`],
  ["Apache", "a.conf", (n, v) => `SetEnv ${n.upper} ${v}`],
  ["systemd", "a.service", (n, v) => `Environment="${n.upper}=${v}"`],
  ["netrc", ".netrc", (_, v) => `machine api.box.com login me password ${v}`, ["access token"]],
  ["mail", "a.eml", (n, v) => `The Box credentials:\n${n.title} - ${v}\nthanks`],
  [
    "ASP.NET",
    "a.cs",
    (n, v) => `services.AddBox(options => {\n  options.${n.pascal.slice(3)} = "${v}";\n});`,
  ],
  ["cmdlet", "a.ps1", (n, v) => `Connect-Box -${n.pascal.slice(3)} "${v}"`],
  ["prose", "a.md", (n, v) => `The ${n.title.toLowerCase()} of our Box app is ${v}, do not share it.`],
  ["comment", "a.py", (n, v) => `# Box ${n.title.toLowerCase()}: ${v}`],
  [
    "Spring bean, a class of one's own",
    "a.xml",
    (n, v) => `<bean class="com.example.BoxService"><property name="${n.bare.camel}" value="${v}"/></bean>`,
  ],
  ["Camel", "A.java", (n, v) => `from("box://files/upload?${n.bare.camel}=${v}&userName=a");`, SECRET],
  [
    "Go, Box's endpoint behind",
    "a.go",
    (_, v) => `c := &oauth2.Config{\n\tClientSecret: "${v}",\n\tScopes: nil,\n\tEndpoint: box.Endpoint,\n}`,
    SECRET,
  ],
  ["map of Clojure", "a.clj", (n, v) => `(def box {:id "a" :${n.bare.kebab} "${v}"})`],
  ["protobuf, text", "a.textproto", (n, v) => `box { ${n.bare.snake}: "${v}" }`],
  ["GraphQL", "a.graphql", (n, v) => `mutation { setBox(${n.bare.camel}: "${v}") { id } }`],
  ["R", "a.R", (n, v) => `box_auth(client_id = "a", ${n.bare.snake} = "${v}")`],
  [
    "CSV, Box in a cell",
    "apps.csv",
    (n, v, { id, other }) => `service,client_id,${n.bare.snake}\nother,${id},${other}\nbox,${id},${v}\n`,
  ],
  ["CSV, Box in the cell behind", "apps.csv", (n, v) => `${n.bare.snake};service\n"${v}";"box"\n`],
  [
    "component of MUI, and Box's SDK",
    "a.tsx",
    (n, v) =>
      `import { Box } from '@mui/material';\nimport { BoxClient } from 'box-typescript-sdk-gen';\n<Box>{x}</Box>;\nconst ${n.bare.camel} = '${v}';`,
  ],
  [
    "component of MUI, and a comment",
    "a.tsx",
    (n, v) =>
      `import { Box } from '@mui/material';\n// The ${n.title.toLowerCase()} of our Box app\nconst ${n.bare.camel} = '${v}';`,
  ],
  ["component's name as an element", "a.xml", (n, v) => `<Box ${n.bare.camel}="${v}" />`],
  ["file that is called so", "config/box.ts", (n, v) => `export const ${n.bare.camel} = "${v}";`],
  ["admin", ".env", (n, v) => `ADMIN_${n.upper}=${v}`],
  ["comment behind", "a.py", (n, v) => `${n.bare.snake} = '${v}'  # box`],
  ["comment before, in small letters", "a.js", (n, v) => `// box\nconst ${n.bare.camel} = "${v}";`],
  ["row, Box in brackets", "a.md", (n, v) => `| Name | Value |\n|---|---|\n| ${n.title} (Box) | ${v} |`],
]);
