import type { Kysely, Selectable, Transaction } from 'kysely';
import { sql } from 'kysely';
import type { PoolClient } from 'pg';
import { recordChange } from '../store/audit.ts';
import type { Database } from '../store/database.ts';
import { LOCKS } from '../store/locks.ts';
import type { RebuildPhase, RebuildState, RebuildsTable } from '../store/rebuild-tables.ts';
import type { Tables } from '../store/tables.ts';
import type { Comparison } from './compare.ts';
import { createProjection } from './rebuild-schema.ts';
import { currentSchemaOn } from './schema.ts';

export type Rebuild = Omit<Selectable<RebuildsTable>, 'comparison'> & { comparison: Comparison | null };

/** States in which a rebuild is being worked on. */
export const UNDER_WAY: readonly RebuildState[] = ['running', 'caught-up'];

/**
 * Notes a new rebuild and creates its empty schema, for a worker to fill. Null where one is under way already.
 * Schemas of earlier rebuilds that can neither be promoted nor rolled back to any more are dropped first.
 */
export async function startRebuild(
  database: Pick<Database, 'pool'>,
  { actor, at, partitions }: { actor: string; at: number; partitions: number },
): Promise<Rebuild | null> {
  await dropUnused(database);
  return await inTransaction(database, async (client) => {
    const live = await currentSchemaOn(client);
    const inserted = await client.query<{ id: number }>(
      `INSERT INTO public.rebuilds (schema, state, phase, actor, started_at, changed_at)
       SELECT '', 'running', 'load', $1, $2, $2
       WHERE NOT EXISTS (SELECT FROM public.rebuilds WHERE state IN ('running', 'caught-up'))
       ON CONFLICT DO NOTHING RETURNING id`,
      [actor, at],
    );
    const id = inserted.rows[0]?.id;
    if (id === undefined) return null;
    const schema = `projection_${id}`;
    await createProjection(client, schema, live, partitions);
    const { rows } = await client.query<Rebuild>(
      'UPDATE public.rebuilds SET schema = $2 WHERE id = $1 RETURNING *',
      [id, schema],
    );
    return rows[0] ?? null;
  });
}

/** What is neither live, nor being built, nor what the live one can be rolled back to. */
async function dropUnused(database: Pick<Database, 'pool'>): Promise<void> {
  const { rows } = await database.pool.query<{ schema: string }>(
    `SELECT n.nspname AS schema FROM pg_namespace n, public.projection_current c
     WHERE n.nspname ~ '^projection(_[0-9]+)?$' AND n.nspname <> c.schema
       AND NOT EXISTS (SELECT FROM public.rebuilds r WHERE r.schema = n.nspname AND r.state IN ('running', 'caught-up'))
       AND NOT EXISTS (SELECT FROM public.rebuilds r WHERE r.previous = n.nspname AND r.state = 'promoted' AND r.schema = c.schema)`,
  );
  for (const { schema } of rows)
    await inTransaction(database, async (client) => {
      await client.query(`SET LOCAL lock_timeout = '5s'; DROP SCHEMA ${schema} CASCADE`);
    });
}

export async function findRebuild(db: Kysely<Tables>, id: number): Promise<Rebuild | null> {
  const row = await db.selectFrom('public.rebuilds').selectAll().where('id', '=', id).executeTakeFirst();
  return (row as Rebuild | undefined) ?? null;
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
    .set({ ...progress, worked_at: at })
    .where('id', '=', id)
    .where((row) =>
      progress.phase === 'rollback'
        ? row.and([row('state', '=', 'promoted'), row('phase', '=', 'rollback')])
        : row('state', 'in', UNDER_WAY),
    )
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

export async function noteComparison(
  db: Kysely<Tables>,
  id: number,
  comparison: Comparison,
  at: number,
): Promise<void> {
  await db
    .updateTable('public.rebuilds')
    .set({ comparison: JSON.stringify(comparison), state: 'caught-up', phase: 'follow', changed_at: at })
    .where('id', '=', id)
    .where('state', '=', 'running')
    .execute();
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

/** Gives a rebuild up that is not live. Its tables go when the next one starts. Null: it is in another state. */
export async function discardRebuild(
  db: Kysely<Tables>,
  id: number,
  { actor, at }: { actor: string; at: number },
): Promise<Rebuild | null> {
  return await db.transaction().execute(async (transaction) => {
    const row = await transaction
      .updateTable('public.rebuilds')
      .set({ state: 'discarded', changed_at: at })
      .where('id', '=', id)
      .where('state', 'in', [...UNDER_WAY, 'rolled-back', 'failed'])
      .returningAll()
      .executeTakeFirst();
    if (row !== undefined) await recordStep(transaction, id, 'discard', actor, at);
    return (row as Rebuild | undefined) ?? null;
  });
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

async function inTransaction<T>(
  { pool }: Pick<Database, 'pool'>,
  work: (client: PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  let failed = true;
  try {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query('COMMIT');
    failed = false;
    return result;
  } finally {
    client.release(failed);
  }
}
