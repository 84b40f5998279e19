import { setTimeout as delay } from 'node:timers/promises';
import type { Kysely, Transaction } from 'kysely';
import type { Tables } from '../store/tables.ts';
import { RegisteredMeanwhile } from './rebuild-rules.ts';
import type { Rebuild } from './rebuild-state.ts';
import { currentSchema, projectionIn } from './schema.ts';

/* What promotion and rollback share. */

/** How long a promotion or a rollback tries, in ms; and how long it may stop the projectors at a time. */
export const PATIENCE_MS = 20_000;
const STANDSTILL_MS = 1_000;
/** Records behind which it is not worth stopping them. */
export const NEAR = 5_000;

export async function lockRebuild(transaction: Transaction<Tables>, id: number): Promise<Rebuild> {
  const row = await transaction
    .selectFrom('public.rebuilds')
    .selectAll()
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirstOrThrow();
  return row as Rebuild;
}

/** Waits a moment for the rebuilt projection; the live one stands still meanwhile. */
export async function caughtUp(transaction: Transaction<Tables>, schema: string): Promise<boolean> {
  const deadline = performance.now() + STANDSTILL_MS;
  while ((await missing(transaction, schema)) > 0) {
    if (performance.now() > deadline) return false;
    await delay(5);
  }
  return true;
}

/** How many records the live projection has that the other one has not. */
export async function missing(db: Kysely<Tables>, schema: string): Promise<number> {
  const live = projectionIn(db, await currentSchema(db))
    .selectFrom('positions')
    .select(['partition', 'next']);
  const other = projectionIn(db, schema).selectFrom('positions').select(['partition', 'next']);
  const there = new Map((await other.execute()).map(({ partition, next }) => [partition, next]));
  return (await live.execute()).reduce(
    (sum, { partition, next }) => sum + Math.max(0, next - (there.get(partition) ?? 0)),
    0,
  );
}

const LOCK_NOT_AVAILABLE = '55P03';

export async function unlessLocked<T>(work: () => Promise<T>): Promise<T | 'again'> {
  try {
    return await work();
  } catch (error) {
    if ((error as { code?: string }).code === LOCK_NOT_AVAILABLE) return 'again';
    if (error instanceof RegisteredMeanwhile) return 'again';
    throw error;
  }
}
