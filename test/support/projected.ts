import type { PoolClient } from 'pg';
import pino from 'pino';
import type { Event } from '../../src/domain/event.ts';
import { readEvent } from '../../src/intake/read-event.ts';
import type { EventLog } from '../../src/log/log.ts';
import { openPostgresLog } from '../../src/log/postgres/postgres-log.ts';
import { sealEvent } from '../../src/log/record/seal-event.ts';
import { project } from '../../src/projection/live/project.ts';
import { liveProjection } from '../../src/projection/tables/live-projection.ts';
import { seedPositions } from '../../src/projection/tables/positions.ts';
import { openLiveProjection } from '../../src/projection/tables/projection.ts';
import { createSettingsCache } from '../../src/projection/tables/tenant-rules.ts';
import type { ContactKey } from '../../src/sealing/contact-keys.ts';
import { FORMER_HASHES } from '../../src/sealing/hashes.ts';
import { simulateTraffic, type TrafficOptions } from '../../src/simulation/traffic.ts';
import type { Database } from '../../src/store/database.ts';
import { encodeEvent } from './former-record.ts';
import { testSealing, unsealingIn } from './sealing.ts';

export const TEST_PARTITIONS = 4;
export const TEST_ZONE = 'America/Sao_Paulo';

/** Simulated events as the service would have read them, in order of arrival, repetitions included. */
export function simulatedEvents(options: Partial<TrafficOptions>): Event[] {
  const traffic = { seed: 1, tenants: 4, events: 3_000, month: '2026-10', timeZone: TEST_ZONE, ...options };
  return Array.from(simulateTraffic(traffic), ({ event }) => {
    const read = readEvent(event, Number.POSITIVE_INFINITY);
    if ('rejection' in read) throw new Error(JSON.stringify(read.rejection));
    return read.event;
  });
}

export async function testLog(database: Database): Promise<EventLog> {
  return await openPostgresLog({
    pool: database.pool,
    partitions: TEST_PARTITIONS,
    logger: pino({ level: 'silent' }),
  });
}

export async function appendEvents(log: EventLog, events: readonly Event[]): Promise<void> {
  for (let i = 0; i < events.length; i += 1_000) {
    const records = events
      .slice(i, i + 1_000)
      .map((event) => encodeEvent(event, 1_790_000_000_000, 'test', log.partitions));
    await log.append(records);
  }
}

/** So many events of a conversation came before the installation began to seal. */
const IN_CLEAR = 3;

/**
 * Appends as an installation did that began to seal while it ran: every third conversation was over before, every third is
 * new, and of the others what comes after their first events is sealed.
 */
export function mixedAppending({ db }: Database): typeof appendEvents {
  const seen = new Map<string, number>();
  const kindOf = (hash: string) => (Number.parseInt(hash[0] ?? '', 16) % 3) as 0 | 1 | 2;

  function isInClear(event: Event): boolean {
    const hash = FORMER_HASHES.conversation(event);
    const before = seen.get(hash) ?? 0;
    seen.set(hash, before + 1);
    return kindOf(hash) === 0 || (kindOf(hash) === 1 && before < IN_CLEAR);
  }

  return async (log, events) => {
    const sealing = await testSealing(
      db,
      async (hashes) => new Set(hashes.filter((hash) => kindOf(hash) < 2)),
    );
    try {
      const keys = await sealing.keys.forWriting(events);
      const receipt = { receivedAt: 1_790_000_000_000, keyId: 'test', partitions: log.partitions };
      await log.append(
        events.map((event, i) =>
          isInClear(event)
            ? encodeEvent(event, receipt.receivedAt, receipt.keyId, receipt.partitions)
            : sealEvent(event, receipt, keys[i] as ContactKey, sealing.hashes),
        ),
      );
    } finally {
      await sealing.keys.stop();
    }
  };
}

/** Folds what the log holds now into the live projection. */
export async function projectLog(database: Database, log: EventLog, batchSize = 500): Promise<void> {
  const settings = createSettingsCache(TEST_ZONE);
  const unsealing = unsealingIn(database.db);
  await seedPositions(await liveProjection(database.db), log.partitions);
  const failures: unknown[] = [];
  const subscription = await log.subscribe({
    group: 'test-projector',
    concurrency: 2,
    batchSize,
    until: new Map((await log.ends()).map(({ partition, end }) => [partition, end])),
    progress: (partitions) =>
      onClient(database, async (client) => (await openLiveProjection(client)).positions.progress(partitions)),
    handle: async (batch) =>
      (await onClient(database, (client) => project(client, 'live', batch, { settings, unsealing })))
        .progress,
    failed: (_, error) => failures.push(error),
  });
  await subscription.done;
  if (failures.length > 0) throw failures[0];
}

async function onClient<T>({ pool }: Database, use: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    return await use(client);
  } finally {
    client.release();
  }
}
