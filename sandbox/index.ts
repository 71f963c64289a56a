/** `box-sts/sandbox`: a Box on this machine, for tests of programs that use Box. */
export type { AnyAppConfig, AppConfig, AppTokenConfig, OAuthConfig } from "./apps/app.ts";
export type { Clock } from "./box/clock.ts";
export type { Sample } from "./box/sample.ts";
export type { StateDocument } from "./box/seed/document.ts";
export { SeedFolderError } from "./box/seed/folder.ts";
export type { SeedSummary } from "./box/seed.ts";
export type { AppSettings, BoxApp, BoxUser } from "./box/state.ts";
export type { Fault, FaultSettings } from "./faults/faults.ts";
export type { LoggedRequest, RequestLog } from "./http/request-log.ts";
export { PortTaken } from "./http/server.ts";
export {
  type BaseUrls,
  type LocalApp,
  type LocalBox,
  type LocalBoxOptions,
  type LocalEnterprise,
  type LocalFaults,
  startBox,
} from "./local-box.ts";
