import type { ClientBase } from 'pg';
import { onConnection } from '../../store/database.ts';
import { projectionIn } from '../tables/live-projection.ts';
import { seedPositions } from '../tables/positions.ts';

/** Tables that are loaded before they get their indexes. */
const BULK = ['events', 'windows'];
const SMALL = ['conversations', 'window_tallies', 'message_tallies', 'positions', 'quarantine', 'gaps'];
export const PROJECTION_TABLES = [...BULK, ...SMALL];

/** Creates an empty projection like another one, all its partitions at 0. Runs inside the caller's transaction. */
export async function createProjection(
  client: ClientBase,
  schema: string,
  like: string,
  partitions: number,
): Promise<void> {
  await client.query(`CREATE SCHEMA ${schema}`);
  for (const table of PROJECTION_TABLES) {
    const indexes = BULK.includes(table) ? ' EXCLUDING INDEXES' : '';
    await client.query(`CREATE TABLE ${schema}.${table} (LIKE ${like}.${table} INCLUDING ALL${indexes})`);
  }
  for (const { table, option } of await storageOptions(client, like))
    await client.query(`ALTER TABLE ${schema}.${table} SET (${option})`);
  await seedPositions(projectionIn(onConnection(client), schema), partitions);
}

/** What LIKE leaves out: fillfactors. */
async function storageOptions(
  client: ClientBase,
  like: string,
): Promise<{ table: string; option: string }[]> {
  const { rows } = await client.query<{ table: string; option: string }>(
    `SELECT c.relname AS table, unnest(c.reloptions) AS option FROM pg_class c
     JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = ANY ($2) AND c.relkind = 'r'`,
    [like, PROJECTION_TABLES],
  );
  return rows;
}

interface IndexDefinition {
  table: string;
  name: string;
  definition: string;
  primary: boolean;
}

/**
 * Gives the loaded tables the indexes that the same tables of `like` have, and the planner its statistics, over as many
 * connections as there are. Indexes that are there already stay, so it may be called again after it was broken off.
 */
export async function createIndexes(
  clients: readonly ClientBase[],
  schema: string,
  like: string,
): Promise<void> {
  const [client] = clients;
  if (client === undefined) throw new RangeError('creating indexes takes a connection');
  const indexes = await indexesOf(client, like);
  const left = [
    ...indexes.map((index) => inSchema(index, schema, like)),
    ...PROJECTION_TABLES.toReversed().map((table) => `ANALYZE ${schema}.${table}`),
  ];
  await Promise.all(
    clients.map(async (own) => {
      await own.query("SET maintenance_work_mem = '256MB'; SET max_parallel_maintenance_workers = 0");
      for (let statement = left.shift(); statement !== undefined; statement = left.shift())
        await own.query(statement);
    }),
  );
  for (const { table, name, primary } of indexes) {
    if (primary && !(await hasPrimaryKey(client, schema, table)))
      await client.query(
        `ALTER TABLE ${schema}.${table} ADD CONSTRAINT ${name} PRIMARY KEY USING INDEX ${name}`,
      );
  }
}

/** The one that takes longest first. */
async function indexesOf(client: ClientBase, schema: string): Promise<IndexDefinition[]> {
  const { rows } = await client.query<IndexDefinition>(
    `SELECT t.relname AS table, i.relname AS name, pg_get_indexdef(i.oid) AS definition, x.indisprimary AS primary
     FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
     JOIN pg_namespace n ON n.oid = t.relnamespace
     WHERE n.nspname = $1 AND t.relname = ANY ($2) ORDER BY x.indisprimary DESC, t.relname, i.relname`,
    [schema, BULK],
  );
  return rows;
}

function inSchema({ definition, name, table }: IndexDefinition, schema: string, like: string): string {
  return definition.replace(
    `INDEX ${name} ON ${like}.${table} `,
    `INDEX IF NOT EXISTS ${name} ON ${schema}.${table} `,
  );
}

async function hasPrimaryKey(client: ClientBase, schema: string, table: string): Promise<boolean> {
  const { rowCount } = await client.query(
    `SELECT FROM pg_constraint WHERE contype = 'p' AND conrelid = $1::regclass`,
    [`${schema}.${table}`],
  );
  return rowCount !== 0;
}
