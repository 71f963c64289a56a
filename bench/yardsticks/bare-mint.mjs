import { createPrivateKey, randomUUID, sign } from "node:crypto";
import { Agent, request } from "node:http";

const AUDIENCE = "https://api.box.com/oauth2/token";
const JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/**
 * What no implementation can avoid: an RS256 signature, and a POST over a kept-alive connection to which Box responds with a
 * token. Returns a function that does both for one user.
 * @param baseUrl of Box's token endpoint
 * @param config Box's `config.json`
 */
export function bareMint(baseUrl, { boxAppSettings: { clientID, clientSecret, appAuth } }) {
  const key = createPrivateKey({ key: appAuth.privateKey, passphrase: appAuth.passphrase });
  const agent = new Agent({ keepAlive: true });
  const header = encoded({ alg: "RS256", typ: "JWT", kid: appAuth.publicKeyID });
  return (user) => {
    const exp = Math.floor(Date.now() / 1000) + 30;
    const common = { iss: clientID, sub: user, box_sub_type: "user", aud: AUDIENCE };
    const content = `${header}.${encoded({ ...common, jti: randomUUID(), exp })}`;
    const assertion = `${content}.${sign("RSA-SHA256", Buffer.from(content), key).toString("base64url")}`;
    const form = { grant_type: JWT_BEARER, client_id: clientID, client_secret: clientSecret, assertion };
    return post(`${baseUrl}/oauth2/token`, new URLSearchParams(form).toString(), agent);
  };
}

const encoded = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

function post(url, form, agent) {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/x-www-form-urlencoded", "content-length": form.length };
    const sending = request(url, { method: "POST", agent, headers }, (response) => {
      if (response.statusCode !== 200)
        reject(new Error(`Box responded to the bare POST with ${response.statusCode}`));
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.once("end", () => resolve(JSON.parse(Buffer.concat(chunks).toString()).access_token));
    });
    sending.once("error", reject).end(form);
  });
}
