import { type Kind, table } from "./kinds.ts";

const TOKENS: readonly Kind[] = ["developer token", "access token"];
const ACCESS: readonly Kind[] = ["access token"];
const SECRET: readonly Kind[] = ["client secret"];
const REFRESH: readonly Kind[] = ["refresh token"];

/** Commands that store a secret or send it. */
export const COMMANDS = table([
  [
    "kubectl, literal",
    "a.sh",
    (n, v) => `kubectl create secret generic box --from-literal=${n.bare.kebab}=${v}`,
  ],
  [
    "kubectl, quoted",
    "a.sh",
    (n, v) => `kubectl create secret generic x --from-literal ${n.upper}='${v}' -n prod`,
  ],
  [
    "kubectl, many lines",
    "a.sh",
    (n, v) =>
      `kubectl create secret generic box-app \\\n  --from-literal=id=1 \\\n  --from-literal=${n.bare.kebab}="${v}"`,
  ],
  [
    "Secrets Manager, create",
    "a.sh",
    (n, v) => `aws secretsmanager create-secret --name prod/${n.kebab} --secret-string ${v}`,
  ],
  [
    "Secrets Manager, path",
    "a.sh",
    (n, v) => `aws secretsmanager create-secret --name box/${n.bare.snake} --secret-string "${v}"`,
  ],
  [
    "Secrets Manager, JSON",
    "a.sh",
    (n, v) =>
      `aws secretsmanager put-secret-value --secret-id prod/box --secret-string '{"${n.bare.camel}":"${v}"}'`,
  ],
  [
    "Secrets Manager, put",
    "a.sh",
    (n, v) =>
      `aws secretsmanager put-secret-value \\\n  --secret-id box/${n.bare.kebab} \\\n  --secret-string '${v}'`,
  ],
  [
    "Parameter Store",
    "a.sh",
    (n, v) => `aws ssm put-parameter --name /box/${n.bare.snake} --type SecureString --value ${v}`,
  ],
  [
    "Parameter Store, value first",
    "a.sh",
    (n, v) => `aws ssm put-parameter --value "${v}" --name "/prod/${n.kebab}" --type SecureString`,
  ],
  ["Key Vault", "a.sh", (n, v) => `az keyvault secret set --vault-name kv --name ${n.kebab} --value "${v}"`],
  ["Key Vault, short", "a.sh", (n, v) => `az keyvault secret set --vault-name kv -n ${n.kebab} --value ${v}`],
  [
    "Web App settings",
    "a.sh",
    (n, v) => `az webapp config appsettings set -n app --settings ${n.upper}=${v}`,
  ],
  ["Vault", "a.sh", (n, v) => `vault kv put secret/box ${n.bare.snake}=${v}`],
  [
    "Vault, id first",
    "a.sh",
    (n, v, { id }) => `vault kv put -mount=secret box client_id=${id} ${n.bare.snake}="${v}"`,
  ],
  ["Vault, value", "a.sh", (n, v) => `vault write secret/prod/${n.kebab} value=${v}`],
  ["gcloud, printf", "a.sh", (n, v) => `printf '${v}' | gcloud secrets create ${n.kebab} --data-file=-`],
  ["gcloud, echo", "a.sh", (n, v) => `echo -n "${v}" | gcloud secrets versions add ${n.kebab} --data-file=-`],
  ["gcloud, here string", "a.sh", (n, v) => `gcloud secrets create ${n.kebab} --data-file=- <<< "${v}"`],
  ["Cloud Run", "a.sh", (n, v) => `gcloud run deploy x --set-env-vars="A=b,${n.upper}=${v}"`],
  ["gh, body", "a.sh", (n, v) => `gh secret set ${n.upper} --body "${v}"`],
  ["gh, -b", "a.sh", (n, v) => `gh secret set ${n.upper} -R o/r -b ${v}`],
  ["gh, echo", "a.sh", (n, v) => `echo "${v}" | gh secret set ${n.upper}`],
  ["Heroku", "a.sh", (n, v) => `heroku config:set ${n.upper}=${v} -a app`],
  ["Fly", "a.sh", (n, v) => `fly secrets set ${n.upper}="${v}"`],
  ["Wrangler", "a.sh", (n, v) => `echo ${v} | wrangler secret put ${n.upper}`],
  ["Netlify", "a.sh", (n, v) => `netlify env:set ${n.upper} ${v}`],
  ["Vercel", "a.sh", (n, v) => `echo -n "${v}" | vercel env add ${n.upper} production`],
  ["Docker", "a.sh", (n, v) => `docker run --rm -e ${n.upper}=${v} app`],
  ["Docker build", "a.sh", (n, v) => `docker build --build-arg ${n.upper}="${v}" .`],
  ["docker secret", "a.sh", (n, v) => `printf ${v} | docker secret create ${n.snake} -`],
  ["Helm", "a.sh", (n, v) => `helm upgrade x ./x --set box.${n.bare.camel}=${v}`],
  ["Terraform", "a.sh", (n, v) => `terraform apply -var '${n.snake}=${v}'`],
  ["user-secrets", "a.sh", (n, v) => `dotnet user-secrets set "Box:${n.bare.camel}" "${v}"`],
  ["Firebase", "a.sh", (n, v) => `firebase functions:config:set box.${n.bare.snake}="${v}"`],
  ["Pulumi", "a.sh", (n, v) => `pulumi config set --secret ${n.camel} ${v}`],
  ["git config", "a.sh", (n, v) => `git config --global box.${n.bare.camel} ${v}`],
  [
    "1Password",
    "a.sh",
    (n, v) => `op item create --category=login --title=Box "${n.bare.snake}[password]=${v}"`,
  ],
  ["keychain", "a.sh", (n, v) => `security add-generic-password -a me -s ${n.kebab} -w ${v}`],
  ["keyring", "a.py", (n, v) => `keyring.set_password("box", "${n.bare.snake}", "${v}")`],
  ["java -D", "a.sh", (n, v) => `java -Dbox.${n.bare.camel}=${v} -jar app.jar`],
  ["own option", "a.sh", (n, v) => `./sync.sh --${n.kebab} ${v}`],
  ["own option, =", "a.sh", (n, v) => `./sync.sh --${n.kebab}="${v}"`],
  ["VS Code arguments", "launch.json", (n, v) => `"args": ["--${n.kebab}", "${v}"]`],
  ["Docker CMD", "Dockerfile", (n, v) => `CMD ["sync", "--${n.kebab}=${v}"]`],
  ["box --token", "a.sh", (_, v) => `box users:get me --token ${v}`, TOKENS],
  ["box -t", "a.sh", (_, v) => `box folders:items 0 -t ${v} --json`, TOKENS],
  [
    "curl, header",
    "a.sh",
    (_, v) => `curl -H "Authorization: Bearer ${v}" https://api.box.com/2.0/users/me`,
    TOKENS,
  ],
  [
    "curl, --oauth2-bearer",
    "a.sh",
    (_, v) => `curl --oauth2-bearer ${v} https://api.box.com/2.0/users/me`,
    TOKENS,
  ],
  [
    "curl, -d",
    "a.sh",
    (_, v, { id }) =>
      `curl https://api.box.com/oauth2/token -d "grant_type=client_credentials&client_id=${id}&client_secret=${v}"`,
    SECRET,
  ],
  [
    "curl, -d by line",
    "a.sh",
    (_, v, { id }) =>
      `curl -i -X POST "https://api.box.com/oauth2/token" \\\n  -d "client_id=${id}" \\\n  -d "client_secret=${v}"`,
    SECRET,
  ],
  [
    "curl, urlencode",
    "a.sh",
    (_, v) => `curl https://api.box.com/oauth2/token --data-urlencode client_secret=${v}`,
    SECRET,
  ],
  ["curl, -u", "a.sh", (_, v, { id }) => `curl -u ${id}:${v} https://api.box.com/oauth2/token`, SECRET],
  [
    "curl, refresh",
    "a.sh",
    (_, v) => `curl https://api.box.com/oauth2/token -d grant_type=refresh_token -d refresh_token=${v}`,
    REFRESH,
  ],
  ["curl, revoke", "a.sh", (_, v) => `curl https://api.box.com/oauth2/revoke -d "token=${v}"`, ACCESS],
  [
    "HTTPie",
    "a.sh",
    (_, v, { id }) => `http -f POST https://api.box.com/oauth2/token client_id=${id} client_secret=${v}`,
    SECRET,
  ],
  ["HTTPie, bearer", "a.sh", (_, v) => `http -A bearer -a ${v} https://api.box.com/2.0/users/me`, TOKENS],
  [
    "Invoke-RestMethod",
    "a.ps1",
    (_, v) =>
      `Invoke-RestMethod https://api.box.com/2.0/users/me -Headers @{ Authorization = "Bearer ${v}" }`,
    TOKENS,
  ],
  [
    "rclone",
    "a.sh",
    (_, v, { id }) => `rclone config create mybox box client_id ${id} client_secret ${v}`,
    SECRET,
  ],
  [
    "wget",
    "a.sh",
    (_, v) => `wget --header="Authorization: Bearer ${v}" https://api.box.com/2.0/files/1/content`,
    TOKENS,
  ],
]);
