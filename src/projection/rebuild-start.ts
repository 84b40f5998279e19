import type { OtherRules, RuleTimeline } from '../domain/rule.ts';
import type { Database } from '../store/database.ts';
import { onConnection } from '../store/one-connection.ts';
import { inTransaction } from './lend.ts';
import { dropUnused } from './rebuild-discard.ts';
import { createProjection } from './rebuild-schema.ts';
import { type Rebuild, recordStep } from './rebuild-state.ts';
import { currentSchemaOn } from './schema.ts';

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
 * Notes a new rebuild and creates its empty schema, for a worker to fill. Null where one is under way already.
 * Schemas of earlier rebuilds that can neither be promoted nor rolled back to any more are dropped first.
 */
export async function startRebuild(
  database: Pick<Database, 'pool'>,
  { actor, at, partitions, rules = null, period = null }: NewRebuild,
): Promise<Rebuild | null> {
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
    if (id === undefined) return null;
    // A rollback that was asked for and never caught up would keep the workers; it can be asked for again.
    await client.query(
      "UPDATE public.rebuilds SET phase = 'follow' WHERE state = 'promoted' AND phase = 'rollback'",
    );
    const schema = `projection_${id}`;
    await createProjection(client, schema, live, partitions);
    const asked = rules === null ? {} : { ...shown(rules), period };
    await recordStep(onConnection(client), id, 'start', actor, at, { schema, ...asked });
    const { rows } = await client.query<Rebuild>(
      'UPDATE public.rebuilds SET schema = $2 WHERE id = $1 RETURNING *',
      [id, schema],
    );
    return rows[0] ?? null;
  });
}

/** As it is asked for over HTTP. */
function shown({ all, tenants }: OtherRules) {
  const timeline = (rules: RuleTimeline) =>
    rules.map(({ from, ...rule }) => ({
      from: from === null ? null : new Date(from).toISOString(),
      ...rule,
    }));
  return {
    rules: Object.fromEntries(Object.entries(tenants).map(([tenant, own]) => [tenant, timeline(own)])),
    all: all === null ? null : timeline(all),
  };
}
