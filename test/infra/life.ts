import { join } from "node:path";
import type { DeployConfig } from "../../schemas/deploy/parse.ts";
import { type Deployment, deployWithCode, EXAMPLE_CONFIG, EXAMPLE_POLICY, VPC } from "./deployment.ts";

const [reports, archive] = EXAMPLE_CONFIG.apps as [DeployConfig["apps"][0], DeployConfig["apps"][0]];
const [url, alias] = EXAMPLE_CONFIG.callers as [DeployConfig["callers"][0], DeployConfig["callers"][0]];
const [read, sync] = EXAMPLE_POLICY.statements as [object, object];
const KEY = "arn:aws:kms:eu-central-1:123456789012:key/aaaaaaaa-12ab-34cd-56ef-1234567890ab";
const role = (name: string) => `arn:aws:iam::123456789012:role/${name}`;
const policy = (...statements: object[]) => ({ version: 1, statements });

/** One deployment after the other of the same stack: what the operators of a service change in its life. */
export const LIFE: readonly (readonly [string, Partial<DeployConfig>, object?])[] = [
  ["the example in a VPC", { vpc: VPC }],
  [
    "another caller by URL and by alias, and another e-mail address",
    {
      vpc: VPC,
      callers: [
        url,
        { ...url, principal: role("more") },
        alias,
        { principal: role("audit"), alias: "audit" },
      ],
      alarmEmail: "other@example.com",
    },
    policy(read, { ...read, id: "more", caller: { iam: role("more") } }, sync, {
      ...sync,
      id: "audit",
      caller: { alias: "audit" },
    }),
  ],
  [
    "another app, another key, another role behind the alias, less concurrency",
    {
      vpc: VPC,
      apps: [
        { ...reports, encryptionKey: KEY },
        { ...archive, encryptionKey: KEY },
        { name: "third", secret: "arn:aws:secretsmanager:eu-central-1:123456789012:secret:box/third-AbCdEf" },
      ],
      callers: [url, { ...alias, principal: role("nightly-2") }],
      reservedConcurrency: 7,
    },
  ],
  ["another policy, and no VPC", {}, policy({ ...read, scopes: ["item_preview"] }, sync)],
  ["a shared cache", { sharedCache: true }],
  ["no shared cache any more", {}],
  ["a shared cache again, which gets another service secret", { sharedCache: true }],
];

/** The stack of every step of `LIFE`, in its order. */
export const deployments = (): Deployment[] =>
  LIFE.map(([, change, document]) => deployWithCode(change, document));
export const templateOf = ({ folder, stack }: Deployment) => join(folder, stack.templateFile);
