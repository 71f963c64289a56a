import type { Box } from "../box/server.ts";
import { listen } from "../http/server.ts";
import { accessRefusal } from "./access.ts";

export interface Control {
  /** `POST` injects a fault, `GET` lists what is in force, `DELETE` ends it; the other endpoints are beside it. */
  readonly url: string;
  /** Needed as a bearer token with every request. */
  readonly token: string;
  close(): Promise<void>;
}

/** Serves the control endpoints of a Box, which are at its own `/_sandbox` too, at a port of their own on loopback. */
export async function startControl(
  { control, url: boxUrl }: Pick<Box, "control" | "url">,
  options: { readonly port?: number } = {},
): Promise<Control> {
  const { token } = control;
  const listener = await listen((request) => {
    const refusal = accessRefusal(request, { url: listener.url, token });
    return refusal ?? control.respond(request, request.path, boxUrl);
  }, options);
  return { url: `${listener.url}/faults`, token, close: listener.close };
}
