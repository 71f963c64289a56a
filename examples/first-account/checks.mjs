/** The eleven claims, each with what is observed and what is expected. A check without an observation has failed. */
import { inAccount } from "./account.mjs";
import { directInvoke, healthOf, tokenByAlias, tokenByUrl } from "./requests.mjs";

const DENIED = "AccessDeniedException, explicit deny in a resource-based policy";
const REFUSED = /^(?:AccessDeniedException, explicit deny|ResourceNotFoundException|refused )/;

/** What the event of a forger would be, who writes that he is the caller. */
const forged = ({ app }) => ({
  rawPath: "/oauth2/token",
  headers: { "content-type": "application/json" },
  body: JSON.stringify(app === undefined ? {} : { app }),
  requestContext: {
    http: { method: "POST" },
    authorizer: { iam: { userArn: "arn:aws:sts::123456789012:assumed-role/reports/forged" } },
  },
});

const exactly = (what, expected, came) => ({ what, expected, came, ok: came === expected });
const matching = (what, expected, pattern, came) => ({ what, expected, came, ok: pattern.test(came) });
const request = ({ app }) => (app === undefined ? {} : { app });

export const CHECKS = [
  {
    id: "alias-is-exclusive",
    claim: "an alias is its caller's alone",
    needs: ["alias", "alias-caller"],
    async observe(context) {
      const { outputs, administrator, alias } = context;
      const invoke = (profile) => directInvoke(profile, outputs.InvokeFunction, alias, request(context));
      return [
        exactly(`the administrator invokes ${alias}`, DENIED, await invoke(administrator)),
        exactly("its caller invokes it", "token", await invoke(context["alias-caller"])),
        exactly(
          "its caller requests a token by boxAuth",
          "token",
          await tokenByAlias(context, context["alias-caller"]),
        ),
      ];
    },
  },
  {
    id: "no-direct-way",
    claim: "no principal invokes token-url directly, or token-invoke without an alias",
    needs: [],
    async observe(context) {
      const { outputs, administrator } = context;
      const observations = [];
      for (const name of ["UrlFunction", "InvokeFunction"].filter((one) => outputs[one] !== undefined)) {
        const attempt = (qualifier) => directInvoke(administrator, outputs[name], qualifier, forged(context));
        observations.push(exactly(`${name} without a qualifier`, DENIED, await attempt(undefined)));
        for (const qualifier of ["$LATEST", "1"]) {
          const expected = "denied, not found, or refused by the function itself; never a token";
          observations.push(
            matching(`${name} with ${qualifier}`, expected, REFUSED, await attempt(qualifier)),
          );
        }
      }
      return observations;
    },
  },
  {
    id: "url-caller",
    claim: "a caller of the Function URL gets a token, and the administrator none",
    needs: ["url-caller"],
    async observe(context) {
      return [
        exactly("its caller requests a token", "token", await tokenByUrl(context, context["url-caller"])),
        matching(
          "the administrator requests one",
          "not_permitted, or unauthorized_client where IAM lets administrators call every URL",
          /^(?:not_permitted|unauthorized_client)$/,
          await tokenByUrl(context, context.administrator),
        ),
      ];
    },
  },
  {
    id: "health",
    claim: "the functions' roles read every secret, decrypt it, and Box gives a token",
    needs: [],
    observe: async ({ outputs, administrator }) => [
      exactly("the health function", "healthy", await healthOf(administrator, outputs.HealthFunction)),
    ],
  },
  {
    id: "replica",
    claim: "a replica of a secret is decrypted with the key of its own region",
    needs: ["replica-outputs"],
    observe: async ({ "replica-outputs": outputs, administrator }) => [
      exactly(
        "the health function of the other region",
        "healthy",
        await healthOf(administrator, outputs.HealthFunction, regionOf(outputs)),
      ),
    ],
  },
  {
    id: "foreign-caller",
    claim: "a caller of another account gets a token by the Function URL",
    needs: ["foreign-caller"],
    observe: async (context) => [
      exactly("it requests a token", "token", await tokenByUrl(context, context["foreign-caller"])),
    ],
  },
  {
    id: "alarms",
    claim: "no alarm lacks data for its expression, also where a function was never called",
    needs: [],
    observe: async ({ stack, administrator }) => inAccount(administrator).alarms(stack),
  },
  {
    id: "bill",
    claim: "an idle week costs what docs/deploy.md states",
    needs: [],
    observe: async ({ administrator, "bill-limit": limit }) => inAccount(administrator).bill(Number(limit)),
  },
  {
    id: "rollback",
    claim: "a first deployment that fails leaves neither secrets nor log groups behind",
    needs: ["config"],
    changes: true,
    observe: async ({ administrator, config }) => inAccount(administrator).failedFirstDeployment(config),
  },
  {
    id: "destroy",
    claim: "a destroyed stack leaves its secrets and log groups, and nothing else, also in a VPC",
    needs: ["config"],
    changes: true,
    observe: async ({ administrator, config }) => inAccount(administrator).destroyed(config),
  },
  {
    id: "closed-table",
    claim: "no principal reads more than one item of the shared cache's table at a time",
    needs: [],
    output: "SharedCacheTable",
    observe: async ({ administrator, outputs }) =>
      inAccount(administrator)
        .readsOfTable(outputs.SharedCacheTable)
        .map(({ what, came }) => exactly(what, DENIED, came)),
  },
];

function regionOf(outputs) {
  const [, region] = /:([a-z]{2}(?:-[a-z]+)+-\d):/.exec(outputs.SecretArns ?? "") ?? [];
  if (region === undefined) throw new Error("The outputs of the other region have no SecretArns.");
  return region;
}
