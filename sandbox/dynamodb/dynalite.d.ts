declare module "dynalite" {
  import type { Server } from "node:http";

  /** A DynamoDB in memory. Times in milliseconds. */
  export default function dynalite(options?: {
    readonly createTableMs?: number;
    readonly deleteTableMs?: number;
    readonly updateTableMs?: number;
  }): Server;
}
