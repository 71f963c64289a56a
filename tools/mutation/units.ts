/** Code that decides access, and the tests that must notice each change of it. They start no process. */
export interface Unit {
  /** Globs of sources. What does I/O is left out: its tests are other programs, for which Stryker cannot change it. */
  readonly mutate: readonly string[];
  readonly tests: readonly string[];
}

export const UNITS = {
  pattern: {
    mutate: ["schemas/policy/pattern.ts"],
    tests: ["test/unit/schemas/pattern.test.ts"],
  },
  policy: {
    mutate: ["schemas/policy/{caller-pattern,digest,parse,warnings}.ts"],
    tests: ["test/unit/schemas/{caller-pattern,policy,policy-*}.test.ts"],
  },
  authorize: {
    mutate: ["functions/broker/authorize.ts"],
    tests: ["test/unit/functions/broker/{authorize,authorize-algebra}.test.ts"],
  },
  "token-cache": {
    mutate: ["functions/broker/{cache-key,held-token,token-memory}.ts"],
    tests: ["test/unit/functions/broker/{cache-key,held-token,token-life}.test.ts"],
  },
  "shared-cache": {
    mutate: [
      "functions/broker/shared-cache/{pauses,replace-item,sealed-record,service-keys,shared-mint,shared-tokens,table-time,token-record,turn}.ts",
    ],
    tests: ["test/unit/functions/broker/shared-cache/*.test.ts"],
  },
  revocation: {
    mutate: ["functions/broker/{authorize-revocation,revoke-token}.ts"],
    tests: ["test/unit/functions/broker/shared-cache/{revocation,revocation-grants,fleet}.test.ts"],
  },
  invitations: {
    mutate: ["functions/broker/oauth/{authorization,connect-link,invitation,sealed-text,used-states}.ts"],
    tests: ["test/unit/functions/broker/oauth/{connect-*,invitation,used-states}.test.ts"],
  },
  webhooks: {
    mutate: [
      "functions/broker/webhooks/{event,handled-events,key-ring,signature}.ts",
      "functions/broker/deliver-webhook.ts",
    ],
    tests: ["test/unit/functions/webhooks/*.test.ts"],
  },
  suppressions: {
    mutate: ["action/suppressions/{apply,baseline,by-path,days,suppressions}.ts"],
    tests: ["test/action/suppressions/{apply,baseline,file-form,parse,path-coverage,path-entries}.test.ts"],
  },
  // Apart from the others: each test computes hashes that are slow on purpose.
  "secret-hash": {
    mutate: ["action/suppressions/{bind-secrets,secret-hash}.ts"],
    tests: ["test/action/suppressions/secret-hash.test.ts"],
  },
} as const satisfies Readonly<Record<string, Unit>>;
