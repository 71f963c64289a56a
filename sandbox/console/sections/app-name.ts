import type { AppView } from "../view.ts";

const KIND = {
  jwt: "JWT app",
  client_credentials: "Client Credentials app",
  oauth2: "OAuth 2.0 app",
  app_token: "App Token app",
} as const satisfies Record<AppView["authentication"], string>;

/** Box names its apps; those of the sandbox differ by their kind and the start of their client ID. */
export const appName = ({ authentication, clientId }: AppView): string =>
  `${KIND[authentication]} ${clientId.slice(0, 6)}`;
