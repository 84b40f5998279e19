import type { Logger } from 'pino';
import type { EventLog } from './log/log.ts';
import type { OpenPool } from './open-database.ts';
import { PARTITIONS_IN_FLIGHT, PROJECTOR_SERVER_OPTIONS } from './projection/projector.ts';
import { startRebuildWorker } from './projection/rebuild-worker.ts';
import { createSettingsCache } from './projection/settings.ts';
import type { Resources } from './resources.ts';

/** Works on whatever rebuild of the projection is under way, as long as the service runs. */
export function workOnRebuilds(
  defaultTimeZone: string,
  resources: Resources,
  openPool: OpenPool,
  rest: { log: EventLog; now: () => number; logger: Logger },
): void {
  const worker = startRebuildWorker({
    ...rest,
    database: openPool('rebuild', { max: 8, statementTimeoutMs: 0 }),
    projecting: openPool('rebuild projector', {
      max: PARTITIONS_IN_FLIGHT + 1,
      serverOptions: PROJECTOR_SERVER_OPTIONS,
    }),
    settings: createSettingsCache(defaultTimeZone),
  });
  resources.add('rebuilds', () => worker.stop());
}
