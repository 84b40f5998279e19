import type { Kysely } from 'kysely';
import type { ClientBase } from 'pg';
import { pause } from '../../async.ts';
import { done, type Outcome, type Refused, refuse } from '../../domain/refusal.ts';
import { type OtherRules, showRules } from '../../domain/rule.ts';
import { say } from '../../domain/sentences.ts';
import { inTransaction } from '../../store/connections.ts';
import { type Database, onConnection } from '../../store/database.ts';
import { LOCKS } from '../../store/locks.ts';
import type { Tables } from '../../store/tables.ts';
import { findTenant } from '../../store/tenants.ts';
import { currentSchemaOn } from '../tables/live-projection.ts';
import { createProjection, schemaOf } from './create-projection.ts';
import { findRebuild, type Rebuild, recordStep, UNDER_WAY, unknownRebuild } from './state.ts';

/** How a rebuild begins and how it is given up: on whose behalf, and what it judges by. */
export interface NewRebuild {
  actor: string;
  at: number;
  partitions: number;
  /** To judge by in place of the tenants' own; null: by those. */
  rules?: OtherRules | null;
  /** The only one to compare, of a what-if; null: all. */
  period?: string | null;
}

/**
 * Notes a new rebuild and creates its empty schema, for a worker to fill. Refuses with `rebuild-running`,
 * `invalid-request`. Schemas of earlier rebuilds that can neither be promoted nor rolled back to any more are dropped
 * first.
 */
export async function startRebuild(
  database: Pick<Database, 'db' | 'pool'>,
  { actor, at, partitions, rules = null, period = null }: NewRebuild,
): Promise<Outcome<Rebuild>> {
  const slip = await slipIn(database.db, rules);
  if (slip !== null) return slip;
  await dropUnused(database);
  return await inTransaction(database, async (client) => {
    const live = await currentSchemaOn(client);
    const inserted = await client.query<{ id: number }>(
      `INSERT INTO public.rebuilds (schema, state, phase, actor, started_at, changed_at, rules, period)
       SELECT '', 'running', 'load', $1, $2, $2, $3, $4
       WHERE NOT EXISTS (SELECT FROM public.rebuilds WHERE state IN ('running', 'caught-up'))
       ON CONFLICT DO NOTHING RETURNING id`,
      [actor, at, rules === null ? null : JSON.stringify(rules), period],
    );
    const id = inserted.rows[0]?.id;
    if (id === undefined)
      return refuse('rebuild-running', say('There can be one rebuild at a time, and one is under way.'));
    // A rollback that was asked for and never caught up would keep the workers; it can be asked for again.
    await client.query(
      "UPDATE public.rebuilds SET phase = 'follow' WHERE state = 'promoted' AND phase = 'rollback'",
    );
    const schema = schemaOf(id);
    await createProjection(client, id, live, partitions);
    const asked = rules === null ? {} : { ...shown(rules), period };
    await recordStep(onConnection(client), id, 'start', actor, at, { schema, ...asked });
    const { rows } = await client.query<Rebuild>(
      'UPDATE public.rebuilds SET schema = $2 WHERE id = $1 RETURNING *',
      [id, schema],
    );
    const [started] = rows;
    if (started === undefined) throw new Error(`rebuild ${id} is gone in the transaction that made it`);
    return done(started);
  });
}

/** `all` is a fine name for a tenant, and the likeliest slip for the rules of every tenant. */
async function slipIn(db: Kysely<Tables>, rules: OtherRules | null): Promise<Refused | null> {
  if (rules === null || !Object.hasOwn(rules.tenants, 'all')) return null;
  if ((await findTenant(db, 'all')) !== null) return null;
  return refuse(
    'invalid-request',
    say('is no registered tenant; for every tenant give the member `all` beside `rules`'),
    '/rules/all',
  );
}

/** As it is asked for over HTTP. */
function shown({ all, tenants }: OtherRules) {
  return {
    rules: Object.fromEntries(Object.entries(tenants).map(([tenant, own]) => [tenant, showRules(own)])),
    all: all === null ? null : showRules(all),
  };
}

/** How long a worker may take to let go of a rebuild that was ended, in ms: it looks every second. */
const LET_GO_MS = 10_000;

/**
 * Gives a rebuild up that is not live: its worker stops, its tables go. Refuses with `not-found`, `rebuild-state`. Where
 * a worker does not let go of the tables in time, the next rebuild drops them.
 */
export async function discardRebuild(
  database: Pick<Database, 'db' | 'pool'>,
  id: number,
  author: { actor: string; at: number },
): Promise<Outcome<Rebuild>> {
  const discarded = await noteDiscard(database.db, id, author);
  if (discarded.ok) await dropOnceIdle(database, discarded.value.schema);
  return discarded;
}

async function noteDiscard(
  db: Kysely<Tables>,
  id: number,
  { actor, at }: { actor: string; at: number },
): Promise<Outcome<Rebuild>> {
  return await db.transaction().execute(async (transaction) => {
    const row = await transaction
      .updateTable('public.rebuilds')
      .set({ state: 'discarded', changed_at: at })
      .where('id', '=', id)
      .where('state', 'in', [...UNDER_WAY, 'rolled-back', 'failed'])
      .returningAll()
      .executeTakeFirst();
    if (row !== undefined) {
      await recordStep(transaction, id, 'discard', actor, at);
      return done(row as Rebuild);
    }
    const found = await findRebuild(transaction, id);
    if (found === null) return unknownRebuild();
    return refuse(
      'rebuild-state',
      say('The rebuild is {state}; it cannot be discarded.', { state: found.state }),
    );
  });
}

async function dropOnceIdle(database: Pick<Database, 'pool'>, schema: string): Promise<void> {
  const deadline = performance.now() + LET_GO_MS;
  const never = new AbortController().signal;
  while (!(await dropIfIdle(database, schema)) && performance.now() < deadline) await pause(50, never);
}

const LOCK_NOT_AVAILABLE = '55P03';

async function dropIfIdle(database: Pick<Database, 'pool'>, schema: string): Promise<boolean> {
  try {
    return await inTransaction(database, async (client) => {
      const { rows } = await client.query<{ idle: boolean }>(
        `SELECT pg_try_advisory_xact_lock(${LOCKS.rebuild}) AS idle`,
      );
      if (rows[0]?.idle !== true) return false;
      await drop(client, schema);
      return true;
    });
  } catch (error) {
    if ((error as { code?: string }).code === LOCK_NOT_AVAILABLE) return false;
    throw error;
  }
}

/** Drops what is neither live, nor being built, nor what the live one can be rolled back to. */
async function dropUnused(database: Pick<Database, 'pool'>): Promise<void> {
  const { rows } = await database.pool.query<{ schema: string }>(
    `SELECT n.nspname AS schema FROM pg_namespace n, public.projection_current c
     WHERE n.nspname ~ '^projection(_[0-9]+)?$' AND n.nspname <> c.schema
       AND NOT EXISTS (SELECT FROM public.rebuilds r WHERE r.schema = n.nspname AND r.state IN ('running', 'caught-up'))
       AND NOT EXISTS (SELECT FROM public.rebuilds r WHERE r.previous = n.nspname AND r.state = 'promoted' AND r.schema = c.schema)`,
  );
  for (const { schema } of rows) await inTransaction(database, (client) => drop(client, schema));
}

/** Whoever changes a zone counts the days of every schema there is anew, under this lock: none may go meanwhile. */
async function drop(client: ClientBase, schema: string): Promise<void> {
  await client.query(`SET LOCAL lock_timeout = '5s'; SELECT pg_advisory_xact_lock_shared(${LOCKS.settings})`);
  await client.query('SELECT public.drop_projection($1)', [schema]);
}
