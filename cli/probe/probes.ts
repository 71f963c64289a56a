import type { AwsCredentials, Subject } from "../../client/index.ts";
import type { Unsigned } from "../../client/sigv4.ts";
import type { Scope } from "../../schemas/protocol/scopes.ts";
import { parametersOf } from "../token/target.ts";
import {
  DENIED,
  DENIED_OR_UNIDENTIFIED,
  type Expectation,
  REFUSED,
  REFUSED_BY_AWS,
  refusedByFunction,
} from "./judge.ts";
import type { ProbeOutcome } from "./outcome.ts";
import type { ProbeTarget, Signer } from "./target.ts";

/** What a probe is made with. */
export interface ProbeSetting {
  readonly target: ProbeTarget;
  readonly credentials: AwsCredentials;
  /** Of another role, which must not get this caller's token. */
  readonly other: AwsCredentials | undefined;
  readonly wideScope: string | undefined;
  readonly foreignSubject: Subject | undefined;
  readonly foreignResource: string | undefined;
  /** Whether the options chose the subject, the scopes or the resource of the caller's own request. */
  readonly chosen: { readonly subject: boolean; readonly scope: boolean; readonly resource: boolean };
  /** What the caller's own request came to. */
  readonly own: ProbeOutcome;
}

/** A request to send, or why the probe cannot be made. */
export type Plan =
  /** `ageMs`: how long ago it was signed, in milliseconds; absent: just now. */
  | { readonly unsigned: Unsigned; readonly signer: Signer; readonly ageMs?: number }
  | { readonly impossible: string };

/** One thing that must fail. */
export interface Probe {
  readonly name: string;
  readonly on: readonly ProbeTarget["kind"][];
  readonly expectation: Expectation;
  /** What to repair where it does not fail. */
  readonly next: string;
  plan(setting: ProbeSetting): Plan;
}

const NO_APP = "box-sts-probe-no-such-app";
/** A token of these scopes can do more than any narrow statement allows. */
const WIDE: readonly Scope[] = ["root_readwrite", "manage_enterprise_properties"];
/** Whose app no caller of box-sts uses. */
const ANOTHER_ENTERPRISE: Subject = { enterprise: "1" };
const ROOT = "https://api.box.com/2.0/folders/0";
/** AWS accepts a signature for five minutes. */
const EXPIRED_MS = 3_600_000;
/** The function accepts 16 KiB. */
const OVERSIZE = 17 * 1024;

const OWN_REFUSED = "the caller's own request was refused too";
const POLICY =
  "Compare the deployed policy with the one that was reviewed: box-sts policy explain, and its digest.";
const VERSION = "Deploy the token function of this version of box-sts again.";

/** The caller's own request, changed in one way and signed as always. */
const changed =
  (change: (unsigned: Unsigned) => Unsigned): Probe["plan"] =>
  ({ target, credentials }) => ({ unsigned: change(target.request(target.parameters)), signer: credentials });

/** What only a caller can see whose own request is granted. */
const whereGranted =
  (plan: (setting: ProbeSetting, own: Extract<ProbeOutcome, { what: "token" }>) => Plan): Probe["plan"] =>
  (setting) =>
    setting.own.by === "function" && setting.own.what === "token"
      ? plan(setting, setting.own)
      : { impossible: OWN_REFUSED };

const withParameters = (
  { target, credentials }: ProbeSetting,
  more: Readonly<Record<string, string>>,
): Plan => ({
  unsigned: target.request({ ...target.parameters, ...more }),
  signer: credentials,
});

const withQualifier =
  (qualifier: string | undefined): Probe["plan"] =>
  ({ target, credentials }) => {
    const unsigned = target.request(target.parameters);
    const url = new URL(unsigned.url.href);
    url.search = qualifier === undefined ? "" : `?${new URLSearchParams({ Qualifier: qualifier })}`;
    return { unsigned: { ...unsigned, url }, signer: credentials };
  };

/** Everything that must fail, in the order in which it is tried. */
export const PROBES: readonly Probe[] = [
  {
    name: "unsigned request",
    on: ["url", "invoke"],
    expectation: REFUSED_BY_AWS,
    next: "Set the AuthType of the Function URL to AWS_IAM, and let nothing in front of it sign for others.",
    plan: ({ target }) => ({ unsigned: target.request(target.parameters), signer: "unsigned" }),
  },
  {
    name: "wrong signature",
    on: ["url", "invoke"],
    expectation: REFUSED_BY_AWS,
    next: "What responds does not check signatures: let callers reach the Function URL itself, with AuthType AWS_IAM.",
    plan: ({ target, credentials }) => ({
      unsigned: target.request(target.parameters),
      signer: { ...credentials, secretAccessKey: `${credentials.secretAccessKey}x` },
    }),
  },
  {
    name: "an expired signature",
    on: ["url", "invoke"],
    expectation: REFUSED_BY_AWS,
    next: "What responds accepts a request that was recorded an hour ago: let callers reach the Function URL itself, with AuthType AWS_IAM.",
    plan: ({ target, credentials }) => ({
      unsigned: target.request(target.parameters),
      signer: credentials,
      ageMs: EXPIRED_MS,
    }),
  },
  {
    name: "another caller",
    on: ["url"],
    expectation: REFUSED,
    next: `The other role gets a token of this caller's. ${POLICY}`,
    plan: byOther,
  },
  {
    name: "another caller's invoke",
    on: ["invoke"],
    expectation: DENIED,
    next: "Deploy the resource policy of the alias: it denies every principal but its caller.",
    plan: byOther,
  },
  {
    name: "too wide a scope",
    on: ["url", "invoke"],
    expectation: refusedByFunction("unauthorized_client"),
    next: `${POLICY} If the policy means it, name a scope that it does not allow: --wide-scope.`,
    plan: whereGranted((setting, { scopes }) => {
      const scope = setting.wideScope ?? WIDE.find((wide) => !scopes.includes(wide));
      if (setting.wideScope === undefined && scopes.length === 0)
        return {
          impossible: "the policy gives this caller the app's full token, so no scope is too wide for it",
        };
      if (setting.wideScope === undefined && setting.chosen.scope)
        return {
          impossible: "--scope chose the scopes; name one that the policy does not allow with --wide-scope",
        };
      return scope === undefined
        ? { impossible: "the caller has the widest scopes; name another with --wide-scope" }
        : withParameters(setting, { scope });
    }),
  },
  {
    name: "a foreign subject",
    on: ["url", "invoke"],
    expectation: refusedByFunction("unauthorized_client"),
    next: `${POLICY} If the policy means it, name a subject that it does not allow: --foreign-subject.`,
    plan: whereGranted((setting) => {
      if (setting.foreignSubject === undefined && setting.chosen.subject)
        return { impossible: "--subject chose the subject; name another with --foreign-subject" };
      return withParameters(setting, parametersOf(setting.foreignSubject ?? ANOTHER_ENTERPRISE));
    }),
  },
  {
    name: "a foreign resource",
    on: ["url", "invoke"],
    expectation: refusedByFunction("unauthorized_client"),
    next: `${POLICY} If the policy means it, name a resource that it does not allow: --foreign-resource.`,
    plan: whereGranted((setting, { scopes, isBound }) => {
      const resource = setting.foreignResource ?? ROOT;
      if (setting.foreignResource === undefined && !isBound)
        return { impossible: "the policy binds this caller to no file or folder" };
      if (setting.foreignResource === undefined && setting.chosen.resource)
        return { impossible: "--resource chose the folder; name another with --foreign-resource" };
      return withParameters(setting, { resource, ...(scopes.length > 0 && { scope: scopes.join(" ") }) });
    }),
  },
  {
    name: "an unknown app",
    on: ["url", "invoke"],
    expectation: refusedByFunction("unauthorized_client"),
    next: VERSION,
    plan: whereGranted((setting) => withParameters(setting, { app: NO_APP })),
  },
  {
    name: "an unknown parameter",
    on: ["url", "invoke"],
    expectation: refusedByFunction("invalid_request"),
    next: VERSION,
    plan: (setting) => withParameters(setting, { scop: "item_preview" }),
  },
  {
    name: "an oversized body",
    on: ["url"],
    expectation: refusedByFunction("invalid_request"),
    next: VERSION,
    // Valid but for its length.
    plan: ({ target, credentials }) => {
      const unsigned = target.request(target.parameters);
      const body = JSON.stringify(target.parameters) + " ".repeat(OVERSIZE);
      return {
        unsigned: { ...unsigned, headers: { "content-type": "application/json" }, body },
        signer: credentials,
      };
    },
  },
  {
    name: "a repeated parameter",
    on: ["url"],
    expectation: refusedByFunction("invalid_request"),
    next: VERSION,
    plan: changed((unsigned) => ({ ...unsigned, body: `${unsigned.body}&min_ttl=0` })),
  },
  {
    name: "parameters in the URL",
    on: ["url"],
    expectation: refusedByFunction("invalid_request"),
    next: VERSION,
    plan: changed((unsigned) => {
      const url = new URL(unsigned.url.href);
      url.search = "?min_ttl=0";
      return { ...unsigned, url };
    }),
  },
  {
    name: "another content type",
    on: ["url"],
    expectation: refusedByFunction("invalid_request"),
    next: VERSION,
    plan: changed((unsigned) => ({ ...unsigned, headers: { "content-type": "text/plain" } })),
  },
  {
    name: "another method",
    on: ["url"],
    expectation: refusedByFunction("method_not_allowed"),
    next: VERSION,
    plan: changed((unsigned) => ({ ...unsigned, method: "PUT" })),
  },
  {
    name: "another path",
    on: ["url"],
    expectation: refusedByFunction("unknown_path"),
    next: VERSION,
    plan: changed((unsigned) => ({ ...unsigned, url: new URL("/oauth2/tokens", unsigned.url) })),
  },
  {
    name: "an event that is no object",
    on: ["invoke"],
    expectation: refusedByFunction("invalid_request"),
    next: VERSION,
    plan: changed((unsigned) => ({ ...unsigned, body: "[]" })),
  },
  {
    name: "an unqualified invoke",
    on: ["invoke"],
    expectation: DENIED_OR_UNIDENTIFIED,
    next: "Grant callers aliases, not the function, and deploy its resource policy, which denies a direct invoke.",
    plan: withQualifier(undefined),
  },
  {
    name: "an invoke of $LATEST",
    on: ["invoke"],
    expectation: DENIED_OR_UNIDENTIFIED,
    next: "Grant callers aliases, not the function, and deploy its resource policy, which denies a direct invoke.",
    plan: withQualifier("$LATEST"),
  },
  {
    name: "a direct invoke of the URL's function",
    on: ["direct"],
    expectation: DENIED,
    next: "Deploy its resource policy: who may invoke it directly can write any caller's identity into the event.",
    plan: withQualifier(undefined),
  },
  {
    name: "a direct invoke of its $LATEST",
    on: ["direct"],
    expectation: DENIED_OR_UNIDENTIFIED,
    next: "Deploy its resource policy: who may invoke it directly can write any caller's identity into the event.",
    plan: withQualifier("$LATEST"),
  },
];

function byOther({ target, other }: ProbeSetting): Plan {
  if (other === undefined) return { impossible: "--other-profile names no credentials of another role" };
  return { unsigned: target.request(target.parameters), signer: other };
}
