import type { ClientBase } from 'pg';
import { onConnection } from '../../store/database.ts';
import { projectionIn } from '../tables/live-projection.ts';
import { seedPositions } from '../tables/positions.ts';

/*
 * Tables and indexes of a rebuild belong to the owner of the database, as those of the live projection do. Who works on
 * it may be a role that owns nothing, so it asks functions of the owner, which know schemas of projections alone.
 */

/** Tables that are loaded before they get their indexes. */
const BULK = ['events', 'windows'];
const SMALL = ['conversations', 'window_tallies', 'message_tallies', 'positions', 'quarantine', 'gaps'];
export const PROJECTION_TABLES = [...BULK, ...SMALL];

/** The schema that a rebuild works in. */
export function schemaOf(rebuild: number): string {
  return `projection_${rebuild}`;
}

/** Creates an empty projection like another one, all its partitions at 0. Runs inside the caller's transaction. */
export async function createProjection(
  client: ClientBase,
  rebuild: number,
  like: string,
  partitions: number,
): Promise<void> {
  await client.query('SELECT public.create_projection($1, $2, $3)', [rebuild, like, BULK]);
  await seedPositions(projectionIn(onConnection(client), schemaOf(rebuild)), partitions);
}

/**
 * Gives the loaded tables the indexes that the same tables of `like` have, and the planner its statistics, over as many
 * connections as there are. Indexes that are there already stay, so it may be called again after it was broken off.
 */
export async function createIndexes(
  clients: readonly ClientBase[],
  rebuild: number,
  like: string,
): Promise<void> {
  const [client] = clients;
  if (client === undefined) throw new RangeError('creating indexes takes a connection');
  const indexes = await indexesOf(client, like);
  const left = [
    ...indexes.map(({ name }) => ({
      text: 'SELECT public.index_projection($1, $2, $3)',
      values: [rebuild, like, name],
    })),
    ...PROJECTION_TABLES.toReversed().map((table) => ({
      text: 'SELECT public.analyze_projection($1, $2)',
      values: [rebuild, table],
    })),
  ];
  await Promise.all(
    clients.map(async (own) => {
      await own.query("SET maintenance_work_mem = '256MB'; SET max_parallel_maintenance_workers = 0");
      for (let statement = left.shift(); statement !== undefined; statement = left.shift())
        await own.query(statement);
    }),
  );
  for (const { table, name, primary } of indexes)
    if (primary) await client.query('SELECT public.key_projection($1, $2, $3)', [rebuild, table, name]);
}

/** The one that takes longest first. */
async function indexesOf(
  client: ClientBase,
  schema: string,
): Promise<{ table: string; name: string; primary: boolean }[]> {
  const { rows } = await client.query<{ table: string; name: string; primary: boolean }>(
    `SELECT t.relname AS table, i.relname AS name, x.indisprimary AS primary
     FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
     JOIN pg_namespace n ON n.oid = t.relnamespace
     WHERE n.nspname = $1 AND t.relname = ANY ($2) ORDER BY x.indisprimary DESC, t.relname, i.relname`,
    [schema, BULK],
  );
  return rows;
}
