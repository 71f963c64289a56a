/** The table of the shared cache. */
export const TABLE = "box-sts-tokens";

/** The secret that encrypts it. No app's secret has this name: those begin with `box-sts/`. */
export const SERVICE_SECRET = "box-sts-service-secret";
