import type { Logger } from 'pino';

/** For connections to database and broker, and files. */
const RESERVED = 128;
const FEWEST = 10;

/** As many of the wanted connections as the process may have descriptors for, with what else it needs left over. */
export function connectionsWithin(wanted: number, logger: Pick<Logger, 'warn'>): number {
  const most = Math.max(FEWEST, descriptorLimit() - RESERVED);
  if (wanted <= most) return wanted;
  logger.warn(
    `MAX_CONNECTIONS is ${wanted}, but this process may open ${descriptorLimit()} descriptors, which leaves ${most} connections: raise the limit (ulimit -n, LimitNOFILE)`,
  );
  return most;
}

/** Infinity where the system sets none, or does not say. */
function descriptorLimit(): number {
  const report: NodeJS.ProcessReport & { excludeNetwork?: boolean } = process.report;
  // Else it would look up the name of every peer.
  report.excludeNetwork = true;
  const { userLimits } = report.getReport() as {
    userLimits?: { open_files?: { soft: number | 'unlimited' } };
  };
  const soft = userLimits?.open_files?.soft;
  return typeof soft === 'number' ? soft : Number.POSITIVE_INFINITY;
}
