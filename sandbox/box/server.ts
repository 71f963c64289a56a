import { consoleIsOff, isConsoleRequest } from "../console/serve.ts";
import { accessRefusal } from "../control/access.ts";
import {
  type HttpRequest,
  type HttpResponse,
  isLoopback,
  type Listener,
  type ListenOptions,
  listen,
} from "../http/server.ts";
import { bodyLimit } from "./api/uploads/multipart.ts";
import { type BoxControl, type BoxControlOptions, controlOf } from "./control.ts";
import { type Enterprise, newEnterprise } from "./enterprise.ts";
import { type EnterprisesOptions, enterprisesOf, type NamedEnterprise, nameInPath } from "./enterprises.ts";
import type { BoxState } from "./state.ts";

export interface BoxOptions extends EnterprisesOptions, BoxControlOptions {
  readonly port?: number | undefined;
  readonly host?: string | undefined;
  /**
   * Whether the console is served, whose page carries the control token to every client that reaches the port.
   * Default: where `host` is a loopback address.
   */
  readonly console?: boolean | undefined;
  /** Serves the same over TLS, because older official clients refuse plain HTTP. */
  readonly tls?: Omit<ListenOptions, "bodyLimit"> & Required<Pick<ListenOptions, "tls">>;
  /** Of the enterprise without a name; default: empty. */
  readonly state?: BoxState;
}

/** A Box that listens. By itself it is the enterprise whose paths have no prefix. */
export interface Box extends Enterprise {
  readonly url: string;
  /** The same over TLS; absent unless the options enable it. */
  readonly tlsUrl: string | undefined;
  /** What is at `/_sandbox`. */
  readonly control: BoxControl;
  /** Those with a name, oldest first. */
  readonly enterprises: readonly NamedEnterprise[];
  /**
   * The enterprise below `/t/<name>`, which is created where there is none: with a JWT app, users and files of its
   * own. @throws Error that states which names are allowed
   */
  enterprise(name: string): Promise<NamedEnterprise>;
  close(): Promise<void>;
}

const CONTROL_PATH = /^\/_sandbox(?=\/|$)/;

/** Box's authorization server with a little of its API. @throws Error where the control token cannot be used */
export async function startBox(boxOptions: BoxOptions = {}): Promise<Box> {
  const { port, host, console: hasConsole = isLoopback(host), tls, state, ...options } = boxOptions;
  const own = newEnterprise({ ...options, ...(state === undefined ? {} : { state }) });
  const listeners: Listener[] = [];
  const urls: { url: string; tlsUrl: string | undefined } = { url: "", tlsUrl: undefined };
  const enterprises = enterprisesOf(urls, options);
  const control = controlOf(own, enterprises, options);
  const serve = async (where: ListenOptions): Promise<string> => {
    const listener: Listener = await listen((request) => route(request, listener.url), {
      bodyLimit,
      ...where,
    });
    listeners.push(listener);
    return listener.url;
  };
  const route = (request: HttpRequest, url: string): Promise<HttpResponse> | HttpResponse => {
    const root = urlOf(request, url);
    const prefixed = nameInPath(request.path);
    const path = prefixed?.rest ?? request.path;
    const isControl = CONTROL_PATH.test(path);
    const refusal = isControl && accessRefusal(request, { url, token: control.token });
    if (refusal) return refusal;
    const named = prefixed && enterprises.find(prefixed.name);
    if (prefixed !== undefined && named === undefined) return noSuchEnterprise(prefixed.name, root);
    const baseUrl = named === undefined ? root : `${root}/t/${named.name}`;
    if (isControl) return control.respond(request, path.replace(CONTROL_PATH, ""), baseUrl, named);
    if (isConsoleRequest(request, path))
      return hasConsole ? control.console(request, path, baseUrl, named) : consoleIsOff();
    return (named ?? own).handle({ ...request, path }, baseUrl);
  };
  const close = async (): Promise<void> => {
    await Promise.all(listeners.map((listener) => listener.close()));
  };
  try {
    urls.url = await serve({ port, host });
    urls.tlsUrl = tls && (await serve(tls));
  } catch (error) {
    await close();
    throw error;
  }
  const box: Omit<Box, keyof Enterprise | "enterprises"> = {
    ...{ ...urls, control },
    async enterprise(name) {
      const opened = await enterprises.open(name);
      if (!opened.ok) throw new Error(opened.error);
      return opened.value;
    },
    close,
  };
  const enterprisesOwn = { get: () => enterprises.all, enumerable: true };
  return Object.defineProperty(Object.assign(own, box), "enterprises", enterprisesOwn) as Box;
}

/** What the client reaches this server by: through a mapped port, that is another one than it listens on. */
function urlOf({ headers }: HttpRequest, listenerUrl: string): string {
  const { protocol, host } = new URL(listenerUrl);
  const given = headers.host ?? "";
  return `${protocol}//${/^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/.test(given) ? given : host}`;
}

/** In Box's form and in that of OAuth, so that every client shows the sentence. */
function noSuchEnterprise(name: string, baseUrl: string): HttpResponse {
  const message = `There is no enterprise ${JSON.stringify(name)} here. Create it: POST name=NAME to ${baseUrl}/_sandbox/enterprises, or box.enterprise(NAME) in code.`;
  const oauth = { error: "not_found", error_description: message };
  const body = JSON.stringify({ type: "error", status: 404, code: "not_found", message, ...oauth });
  return { status: 404, headers: { "Content-Type": "application/json" }, body };
}
