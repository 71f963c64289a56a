import { failureOf, type TableHealth } from "./check-health.ts";
import { TABLE_CHECK } from "./health-advice.ts";
import { problemOfTable, TableFailure } from "./shared-cache/table.ts";

/**
 * Whether the table can be read. Tokens are issued without it, so that no app's check shows what is wrong with it.
 * @param read throws a `TableFailure`
 */
export async function checkTable(read: () => Promise<unknown>): Promise<TableHealth> {
  try {
    await read();
    return { healthy: true };
  } catch (thrown) {
    const failure =
      thrown instanceof TableFailure ? problemOfTable(thrown, "shared_cache_unavailable") : thrown;
    return { healthy: false, failure: failureOf(failure, TABLE_CHECK) };
  }
}
