import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import { cutShort, replaced } from '../log/broken.ts';
import { recordDigest } from '../log/digest.ts';
import { type EventLog, LogBroken } from '../log/log.ts';
import { patientEnds } from '../log/patiently.ts';
import { readRecords } from '../log/read-records.ts';
import type { PositionsTable } from '../store/projection-tables.ts';
import type { Tables } from '../store/tables.ts';
import { currentSchema, projectionIn } from './schema.ts';

/** Kafka's end of a partition may fall back for a moment when its leader changes. */
const SECOND_LOOK_MS = 1_000;

type Projected = Pick<PositionsTable, 'partition' | 'next' | 'last_offset' | 'last_digest'>;

/**
 * Whether the log has the last record that was projected of each partition, which no other log has: null, or why not.
 * Rejects with `LogUnavailable`.
 */
export async function matchLog(db: Kysely<Tables>, log: EventLog): Promise<LogBroken | null> {
  const projected = await projectionIn(db, await currentSchema(db))
    .selectFrom('positions')
    .select(['partition', 'next', 'last_offset', 'last_digest'])
    .where('next', '>', 0)
    .execute();
  try {
    await requireEnds(log, projected);
    await requireLast(log, projected);
    return null;
  } catch (error) {
    if (error instanceof LogBroken) return error;
    throw error;
  }
}

async function requireEnds(log: EventLog, projected: readonly Projected[]): Promise<void> {
  for (let look = 1; ; look++) {
    const ends = await patientEnds(log);
    const short = projected.find(({ partition, next }) => next > (ends[partition]?.end ?? 0));
    if (short === undefined) return;
    if (look === 2) throw cutShort(short.partition, short.next, ends[short.partition]?.end ?? 0);
    await delay(SECOND_LOOK_MS);
  }
}

async function requireLast(log: EventLog, projected: readonly Projected[]): Promise<void> {
  const last = new Map(
    projected.flatMap(({ partition, last_offset: offset, last_digest: digest }) =>
      offset === null || digest === null ? [] : [[partition, { offset, digest }]],
    ),
  );
  const ranges = new Map(
    Array.from(last, ([partition, { offset }]) => [partition, { from: offset, until: offset + 1 }]),
  );
  const wanted = new Set(last.keys());
  await readRecords(log, { group: `janela-match-${randomUUID()}`, ranges }, ({ partition, records }) => {
    const expected = last.get(partition);
    const [found] = records;
    if (expected === undefined || found === undefined || found.offset !== expected.offset) return;
    if (recordDigest(found).equals(expected.digest)) wanted.delete(partition);
  });
  const [missed] = wanted;
  if (missed !== undefined) throw replaced(missed, last.get(missed)?.offset ?? 0);
}
