// must not compile: TS2322
import type { BoxConfig } from "../../../schemas/box-config/parse.ts";

export const config: BoxConfig = {
  grant: "client_credentials",
  clientID: "client-1",
  clientSecret: "secret-1",
};
