import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * Writes what a pull request to SchemaStore (https://github.com/SchemaStore/schemastore) consists of into a folder, as
 * its CONTRIBUTING.md requires: each schema of `schemas/catalog.json` under the address that it would have there, and
 * documents that it accepts and refuses. The entries of the catalog are to be copied into that of SchemaStore. No document
 * holds a key or secret.
 */
const ROOT = dirname(import.meta.dirname);

type Documents = Readonly<Record<string, unknown>>;

interface Submission {
  /** In this repository, of draft-07. */
  readonly schema: string;
  readonly accepted: Documents;
  readonly refused: Documents;
}

const reference = (name: string) => `$\{${name}}`;

const app = (settings: object = {}) => ({
  boxAppSettings: { clientID: "abcdefgh", clientSecret: reference("BOX_CLIENT_SECRET"), ...settings },
  enterpriseID: "123456",
});
const appAuth = {
  publicKeyID: "ab12cd34",
  privateKey: reference("BOX_PRIVATE_KEY"),
  passphrase: reference("BOX_PASSPHRASE"),
};

const entry = { reason: "published test keys", expires: "2027-01-31" };
const ofPath = (changes: object = {}) => ({
  ignore: [{ path: "testdata/**", kinds: ["pkcs1"], ...entry, ...changes }],
});

const statement = { id: "reports", caller: { alias: "reports" }, app: "reports", subjects: ["enterprise"] };
const policy = (changes: object) => ({ version: 1, statements: [{ ...statement, ...changes }] });

/** By the last part of the address in the catalog. */
const SUBMISSIONS: Readonly<Record<string, Submission>> = {
  "box-app-config": {
    schema: "schemas/draft-07/box-config.schema.json",
    accepted: {
      jwt: app({ appAuth }),
      "client-credentials": app(),
      webhooks: { ...app(), webhooks: { primaryKey: "", secondaryKey: "" } },
    },
    refused: {
      "enterprise-number": { ...app(), enterpriseID: 123456 },
      "no-client-secret": app({ clientSecret: undefined }),
      "no-subject": { boxAppSettings: app().boxAppSettings },
      "unknown-algorithm": app({ appAuth: { ...appAuth, algorithm: "HS256" } }),
    },
  },
  "box-config-lint": {
    schema: "docs/suppressions.schema.json",
    accepted: {
      fingerprint: { ignore: [{ identity: `spki-sha256:${"0".repeat(64)}`, ...entry }] },
      path: ofPath(),
      nothing: { ignore: [] },
    },
    refused: {
      everything: ofPath({ path: "**" }),
      "every-kind": ofPath({ kinds: ["*"] }),
      "no-reason": ofPath({ reason: undefined }),
      "both-kinds-of-entry": ofPath({ identity: "der-sha256:00" }),
    },
  },
  "box-sts-policy": {
    schema: "schemas/draft-07/policy.schema.json",
    accepted: {
      scopes: policy({ scopes: ["item_download"] }),
      unrestricted: policy({ unrestricted: true }),
      nobody: { version: 1, statements: [] },
    },
    refused: {
      "misspelt-member": policy({ scope: ["item_download"] }),
      "neither-scopes-nor-unrestricted": policy({}),
      "another-version": { version: 2, statements: [] },
    },
  },
};

interface CatalogEntry {
  readonly url: string;
}

/** The files of the pull request, by path. */
export function submission(): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  const write = (path: string, value: unknown) => files.set(path, `${JSON.stringify(value, null, 2)}\n`);
  const read = (path: string) => JSON.parse(readFileSync(join(ROOT, path), "utf8"));
  for (const { url } of read("schemas/catalog.json").schemas as readonly CatalogEntry[]) {
    const name = url.slice(url.lastIndexOf("/") + 1).replace(/\.json$/, "");
    const one = SUBMISSIONS[name];
    if (one === undefined)
      throw new Error(`schemas/catalog.json names ${name}, for which there are no documents.`);
    write(`src/schemas/json/${name}.json`, { ...read(one.schema), $id: url });
    for (const [title, document] of Object.entries(one.accepted))
      write(`src/test/${name}/${title}.json`, document);
    for (const [title, document] of Object.entries(one.refused))
      write(`src/negative_test/${name}/${title}.json`, document);
  }
  return files;
}

if (import.meta.main) {
  const [folder] = process.argv.slice(2);
  if (folder === undefined) {
    console.error("Name the folder to write to: node tools/schemastore.ts FOLDER");
    process.exitCode = 2;
  } else
    for (const [path, text] of submission()) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
}
