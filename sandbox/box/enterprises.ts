import { ok, type Result, refused } from "../../schemas/result.ts";
import { type AppConfig, generateApp } from "../apps/app.ts";
import { type Enterprise, type EnterpriseOptions, newEnterprise } from "./enterprise.ts";
import { addSample, type Sample } from "./sample.ts";
import { addConfiguredApp, type BoxApp } from "./state.ts";

/** What a new enterprise has. */
export interface EnterpriseContents {
  /** The app's `config.json`. */
  readonly config: AppConfig;
  readonly app: BoxApp;
  readonly sample: Sample;
}

/** An enterprise with a name, below `/t/<name>`. */
export interface NamedEnterprise extends Enterprise, EnterpriseContents {
  readonly name: string;
  /** What every path of Box is below. */
  readonly url: string;
  /** The same over TLS; absent unless the options enable it. */
  readonly tlsUrl: string | undefined;
  /** Removes it with everything that it has. */
  close(): Promise<void>;
}

export interface EnterprisesOptions extends Omit<EnterpriseOptions, "state"> {
  /** Fills a new enterprise; default: a JWT app with a generated key, and the sample. */
  readonly fill?: ((enterprise: Enterprise) => Promise<EnterpriseContents>) | undefined;
}

export interface Enterprises {
  /** Oldest first. */
  readonly all: readonly NamedEnterprise[];
  find(name: string): NamedEnterprise | undefined;
  /** The enterprise of that name, which is created where there is none. A refusal is a sentence. */
  open(name: string): Promise<Result<NamedEnterprise, string>>;
  /** @returns whether there was one */
  remove(name: string): boolean;
}

const NAME = /^[A-Za-z0-9_-]{1,64}$/;
/** Each has a key and a tree of its own; more than this is a name that changes with every test. */
const MAX_ENTERPRISES = 256;

/** @param urls of the listeners, plain and over TLS. */
export function enterprisesOf(
  urls: { readonly url: string; readonly tlsUrl: string | undefined },
  { fill = sampleEnterprise, ...options }: EnterprisesOptions,
): Enterprises {
  const byName = new Map<string, NamedEnterprise>();
  const opening = new Map<string, Promise<NamedEnterprise>>();
  const create = async (name: string): Promise<NamedEnterprise> => {
    const enterprise = newEnterprise(options);
    const filled = await fill(enterprise);
    enterprise.checkpoint();
    const below = (url: string) => `${url}/t/${name}`;
    const named: NamedEnterprise = Object.assign(enterprise, {
      ...{ ...filled, name, url: below(urls.url), tlsUrl: urls.tlsUrl && below(urls.tlsUrl) },
      close: async () => void (byName.get(name) === named && byName.delete(name)),
    });
    byName.set(name, named);
    return named;
  };
  return {
    get all() {
      return [...byName.values()];
    },
    find: (name) => byName.get(name),
    async open(name) {
      if (!NAME.test(name))
        return refused(`The name ${JSON.stringify(name)} cannot be used: ${ALLOWED_NAME}.`);
      const known = byName.get(name) ?? opening.get(name);
      if (known !== undefined) return ok(await known);
      if (byName.size + opening.size >= MAX_ENTERPRISES) {
        return refused(
          `There are ${MAX_ENTERPRISES} enterprises, which is the most; remove one that is not used any more.`,
        );
      }
      const created = create(name).finally(() => opening.delete(name));
      opening.set(name, created);
      return ok(await created);
    },
    remove: (name) => byName.delete(name),
  };
}

const ALLOWED_NAME = "a name has 1 to 64 characters, each an ASCII letter, a digit, - or _";

async function sampleEnterprise({ state }: Enterprise): Promise<EnterpriseContents> {
  const { config, publicKey } = await generateApp();
  const app = addConfiguredApp(state, config, publicKey);
  return { config, app, sample: addSample(state, app) };
}

/** The name in a path below `/t/`, and the path at Box; `undefined` for a path of the enterprise without a name. */
export function nameInPath(path: string): { readonly name: string; readonly rest: string } | undefined {
  const found = /^\/t\/([^/]*)(.*)$/.exec(path);
  return found === null ? undefined : { name: found[1] ?? "", rest: found[2] || "/" };
}
