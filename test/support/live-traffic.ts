import pino from 'pino';
import type { Event } from '../../src/domain/event.ts';
import type { EventLog } from '../../src/log/log.ts';
import { createMetrics } from '../../src/metrics.ts';
import { PROJECTOR_SERVER_SETTINGS, startProjector } from '../../src/projection/live/projector.ts';
import { liveNextOffsets } from '../../src/projection/tables/positions.ts';
import { createSettingsCache } from '../../src/projection/tables/tenant-rules.ts';
import { openDatabase } from '../../src/store/database.ts';
import { appendEvents, TEST_ZONE } from './projected.ts';
import { unsealingIn } from './sealing.ts';
import { until } from './until.ts';

export interface LiveTraffic {
  /** Waits until so many more events are in the log. */
  posted(count: number): Promise<void>;
  /** Ends it, once everything is counted. May be called again. */
  stop(): Promise<void>;
}

/** Appends events one by one, without end, while a projector folds them. `eventOf` gives the next one. */
export async function liveTraffic(
  url: string,
  log: EventLog,
  eventOf: (index: number) => Event,
): Promise<LiveTraffic> {
  const database = openDatabase({ url, max: 4, serverSettings: PROJECTOR_SERVER_SETTINGS });
  const projector = await startProjector({
    database,
    log,
    settings: createSettingsCache(TEST_ZONE),
    unsealing: unsealingIn(database.db),
    metrics: createMetrics(),
    logger: pino({ level: 'silent' }),
    now: Date.now,
  });
  let count = 0;
  let stopping = false;
  let stopped: Promise<void> | undefined;
  const posting = (async () => {
    while (!stopping) await appendEvents(log, [eventOf(count++)]);
  })();

  async function counted(): Promise<boolean> {
    const nexts = await liveNextOffsets(database.db);
    return (await log.ends()).every(({ partition, end }) => (nexts.get(partition) ?? 0) >= end);
  }

  async function end(): Promise<void> {
    stopping = true;
    await posting;
    await until(counted, { what: 'the traffic to be counted' });
    await projector.stop();
    await database.close();
  }

  return {
    posted(more) {
      const enough = count + more;
      return until(() => count > enough, { what: `${more} more events` });
    },
    stop() {
      stopped ??= end();
      return stopped;
    },
  };
}
