import { type Kysely, type Selectable, sql, type Transaction } from 'kysely';
import { type Refused, refuse } from '../../domain/refusal.ts';
import { say } from '../../domain/sentences.ts';
import type { PartitionRange } from '../../log/log.ts';
import { recordChange } from '../../store/audit.ts';
import { LOCKS } from '../../store/locks.ts';
import { notify } from '../../store/notifications.ts';
import type { RebuildPhase, RebuildState, RebuildsTable, Tables } from '../../store/tables.ts';
import type { Comparison } from '../compare/compare.ts';
import { projectionIn } from '../tables/live-projection.ts';
import { nextOffsets } from '../tables/positions.ts';
import { keepRules, type TenantRulesRow } from './what-if-rules.ts';

/** A rebuild as it is noted in the database, for whoever works on it or asks. */
export type Rebuild = Omit<Selectable<RebuildsTable>, 'comparison'> & { comparison: Comparison | null };

/** States in which a rebuild is being worked on. */
export const UNDER_WAY: readonly RebuildState[] = ['running', 'caught-up'];

/** Consumer group in which a rebuild reads the log. */
export function consumerGroup(id: number): string {
  return `janela-rebuild-${id}`;
}

export async function findRebuild(db: Kysely<Tables>, id: number): Promise<Rebuild | null> {
  const row = await db.selectFrom('public.rebuilds').selectAll().where('id', '=', id).executeTakeFirst();
  return (row as Rebuild | undefined) ?? null;
}

export function unknownRebuild(): Refused {
  return refuse('not-found', say('There is no rebuild of this id.'));
}

/** What a worker has to do: bring the projection up to date that is to be rolled back to, or else work on a rebuild. */
export async function rebuildToWorkOn(db: Kysely<Tables>): Promise<Rebuild | null> {
  const row = await db
    .selectFrom('public.rebuilds')
    .selectAll()
    .where('state', '=', 'promoted')
    .where('phase', '=', 'rollback')
    .executeTakeFirst();
  return (row as Rebuild | undefined) ?? (await rebuildUnderWay(db));
}

/** The rebuild that is under way, if there is one. */
export async function rebuildUnderWay(db: Kysely<Tables>): Promise<Rebuild | null> {
  const row = await db
    .selectFrom('public.rebuilds')
    .selectAll()
    .where('state', 'in', UNDER_WAY)
    .executeTakeFirst();
  return (row as Rebuild | undefined) ?? null;
}

/** Newest first. */
export async function listRebuilds(db: Kysely<Tables>, before: number, limit: number): Promise<Rebuild[]> {
  const rows = await db
    .selectFrom('public.rebuilds')
    .selectAll()
    .where('id', '<', before)
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
  return rows as Rebuild[];
}

export interface RebuildProgress {
  phase: RebuildPhase;
  done: number;
  total: number;
  rate: number;
}

/** Notes how far the work is. False: somebody ended the rebuild meanwhile. */
export async function noteProgress(
  db: Kysely<Tables>,
  id: number,
  progress: RebuildProgress,
  at: number,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('public.rebuilds')
    // A note that was under way while the comparison was written does not take its phase back.
    .set({
      ...progress,
      phase: sql<RebuildPhase>`CASE WHEN state = 'caught-up' THEN 'follow' ELSE ${progress.phase} END`,
      worked_at: at,
    })
    .where('id', '=', id)
    .where((row) =>
      progress.phase === 'rollback'
        ? row.and([row('state', '=', 'promoted'), row('phase', '=', 'rollback')])
        : row('state', 'in', UNDER_WAY),
    )
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** `rules`: those that a what-if stands in place of, as they were when it was compared. */
export async function noteComparison(
  db: Kysely<Tables>,
  id: number,
  { comparison, rules }: { comparison: Comparison; rules: readonly TenantRulesRow[] },
  at: number,
): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    const { numUpdatedRows } = await transaction
      .updateTable('public.rebuilds')
      .set({ comparison: JSON.stringify(comparison), state: 'caught-up', phase: 'follow', changed_at: at })
      .where('id', '=', id)
      .where('state', '=', 'running')
      .executeTakeFirst();
    if (numUpdatedRows === 0n) return;
    await keepRules(transaction, id, rules);
    const { differences, usage } = comparison;
    const data = { rebuild: String(id), whatIf: usage !== undefined, differences: differences.count };
    await notify(transaction, [{ type: 'rebuild.caught-up', of: [id], tenant: null, at, data }]);
  });
}

/** Ends a rebuild that cannot go on; `error` is a sentence. */
export async function noteFailure(db: Kysely<Tables>, id: number, error: string, at: number): Promise<void> {
  await db
    .updateTable('public.rebuilds')
    .set({ state: 'failed', error, changed_at: at })
    .where('id', '=', id)
    .where('state', 'in', UNDER_WAY)
    .execute();
}

/** Notes in the audit what somebody did with a rebuild; in the transaction in which it is done. */
export async function recordStep(
  db: Kysely<Tables>,
  id: number,
  action: 'start' | 'promote' | 'rollback' | 'discard',
  actor: string,
  at: number,
  after: unknown = null,
): Promise<void> {
  const change = { at, actor, subjectType: 'rebuild' as const, subject: String(id), tenant: null, action };
  await recordChange(db, { ...change, before: null, after });
}

/** Makes a schema the live one, inside a transaction that holds `LOCKS.projectionCurrent` exclusively. */
export async function setCurrent(transaction: Transaction<Tables>, schema: string): Promise<void> {
  await transaction.updateTable('public.projection_current').set({ schema }).execute();
}

/** Takes the lock that stops every projector between two batches. Rejects when a batch takes longer than a second. */
export async function stopProjectors(transaction: Transaction<Tables>): Promise<void> {
  await sql`SET LOCAL lock_timeout = '1s'`.execute(transaction);
  await sql`SELECT pg_advisory_xact_lock(${sql.lit(LOCKS.projectionCurrent)})`.execute(transaction);
}

export interface PartitionProgress {
  partition: number;
  /** First offset that the rebuild has not reached. */
  next: number;
  end: number;
}

/** How far a rebuild has come in each partition. Nothing where it was discarded meanwhile. */
export async function partitionProgress(
  db: Kysely<Tables>,
  { schema }: Pick<Rebuild, 'schema'>,
  ranges: readonly PartitionRange[],
): Promise<PartitionProgress[]> {
  const ends = new Map(ranges.map(({ partition, end }) => [partition, end]));
  return Array.from(await nextOffsetsIfThere(db, schema), ([partition, next]) => ({
    partition,
    next,
    end: Math.max(next, ends.get(partition) ?? 0),
  }));
}

/** How long the phase it is at will take yet; null: not known. */
export function etaSeconds({ done, total, rate }: Pick<Rebuild, 'done' | 'total' | 'rate'>): number | null {
  return rate > 0 && total > done ? Math.ceil((total - done) / rate) : null;
}

const UNDEFINED_TABLE = '42P01';

async function nextOffsetsIfThere(db: Kysely<Tables>, schema: string): Promise<Map<number, number>> {
  try {
    return await nextOffsets(projectionIn(db, schema));
  } catch (error) {
    if ((error as { code?: string }).code === UNDEFINED_TABLE) return new Map();
    throw error;
  }
}
