import { authorizeService } from "./lambda/authorize-service.ts";
import { readAuthorizeSettings } from "./lambda/authorize-settings.ts";

/** Behind a Function URL of its own without authentication: an operator's invitation and a sealed cookie are what counts. */
export const handler = await authorizeService(readAuthorizeSettings(process.env));
