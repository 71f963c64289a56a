import type { BoxConfig, ConfigSubject } from "../../../schemas/box-config/parse.ts";

const ccg = { grant: "client_credentials", clientID: "client-1", clientSecret: "secret-1" } as const;
export const configs: readonly BoxConfig[] = [
  { ...ccg, enterpriseID: "900001" },
  { ...ccg, userID: "4711" },
  { ...ccg, enterpriseID: "900001", userID: "4711" },
];
export const idOf = ({ enterpriseID, userID }: ConfigSubject): string =>
  enterpriseID === undefined ? userID : enterpriseID;
