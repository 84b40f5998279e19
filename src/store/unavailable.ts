/**
 * Not to be found or reached, connection lost or refused, server going down, out of disk, memory or connections, its disk failing, read-only after a
 * failover, or a lock or statement that took too long.
 */
const DATABASE_CODES =
  /^(08...|57P0[1-5]|53...|58030|25006|25P03|55P03|57014|40P01|40001|ECONNREFUSED|ECONNRESET|EPIPE|ENOENT|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)$/;
/** What pg says without a code. */
const DATABASE_MESSAGES =
  /^(Connection terminated|timeout (exceeded|expired)|Query read timeout|Client has encountered a connection error|Cannot use a pool after calling end)/;

/** Whether an error says that the database cannot do it just now, and not that something is wrong with what was asked. */
export function isDatabaseUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? DATABASE_CODES.test(code) : DATABASE_MESSAGES.test(error.message);
}
