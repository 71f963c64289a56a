/** How a check ended. `warning`: it works, but not everywhere or not for long. `skipped`: it was not made. */
export const STATUSES = ["ok", "warning", "failed", "skipped"] as const;
export type CheckStatus = (typeof STATUSES)[number];

/** What can be checked, in the order of the checks; `--json` names each check by it. */
export const CHECKS = {
  config: "the config can be read and is valid",
  key: "the private key opens",
  kid: "the public key that Box must have, and its id",
  "public-key": "the public key that was uploaded belongs to the private key",
  "box-cli": "the Box CLI accepts the config",
  "box-node-sdk-10": "box-node-sdk 10 and the other SDKs of its generation accept the config",
  "box-node-sdk-4": "box-node-sdk 3 and 4 accept the config",
  rclone: "rclone accepts the config",
  proxy: "whether a proxy is configured that is not used",
  credentials: "AWS credentials are found and valid",
  network: "the host responds",
  clock: "this machine's clock",
  egress: "the network address that the host sees",
  permission: "IAM lets this identity call the function",
  function: "the function runs and is one of box-sts",
  policy: "the policy allows the request",
  table: "the table of the shared cache can be read",
  secret: "the secret of the app can be read",
  token: "Box grants a token: the app is authorized and enabled",
  client: "Box accepts the client id and secret of the OAuth 2.0 app",
  subject: "whose token it is, and of which enterprise",
  access: "the application access reaches the user of --subject",
  scopes: "what the token can be narrowed to",
  resource: "the subject can see the resource of --resource",
} as const satisfies Readonly<Record<string, string>>;
export type CheckName = keyof typeof CHECKS;

export type Fact = string | number | boolean | readonly string[];

/** One line of the doctor's report. No property may hold a secret, a token or a key. */
export interface CheckResult {
  readonly check: CheckName;
  readonly status: CheckStatus;
  /** What was found, as a sentence. */
  readonly summary: string;
  /** Of the problem: a code of docs/problems.md, docs/client.md or docs/cli.md. */
  readonly code?: string;
  /** What to do next. */
  readonly next?: string;
  /** Name of the configured app, where several are checked. */
  readonly app?: string;
  /** Figures and names for programs. */
  readonly facts?: Readonly<Record<string, Fact>>;
}

export const passed = (check: CheckName, summary: string, facts?: CheckResult["facts"]): CheckResult => ({
  ...{ check, status: "ok", summary },
  ...(facts && { facts }),
});

export const skipped = (check: CheckName, summary: string, next?: string): CheckResult => ({
  ...{ check, status: "skipped", summary },
  ...(next !== undefined && { next }),
});

/** Results as they come. */
export type Checks = AsyncGenerator<CheckResult, void, undefined>;

/** What one run of the doctor needs besides its subject. */
export interface CheckRun {
  readonly env: NodeJS.ProcessEnv;
  /** Reports what is being done, for a person who waits. */
  begin(work: string): void;
}
