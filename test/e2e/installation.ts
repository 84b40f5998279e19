/** What a former version left behind, kept as rows: a database at the migrations that it knew. */

import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { Database } from '../../src/store/database.ts';
import { loadMigration } from '../../src/store/migrate.ts';
import { byHand } from '../support/by-hand.ts';

export interface Installation {
  /** Names, with the mark that the version left; it left none up to 0009. */
  migrations: { name: string; compatible_from?: string }[];
  /** Rows as `to_jsonb` gives them, by table; as text, for not every bigint is a number of JavaScript. */
  tables: Record<string, string>;
  /** What that version answered, by path, once it had counted all. */
  answers: Record<string, { items: Record<string, string>[] }>;
}

/** Reads one that lies beside this file. */
export function readInstallation<T extends Installation>(name: string): T {
  const packed = readFileSync(new URL(`${name}.json.gz`, import.meta.url));
  return JSON.parse(gunzipSync(packed).toString('utf8')) as T;
}

/** The schema that the version had made, and its rows, in place of all that the database has. */
export async function install({ db, pool }: Database, { migrations, tables }: Installation): Promise<void> {
  const { rows } = await pool.query<{ schemas: string }>(
    `SELECT string_agg(quote_ident(nspname), ', ') AS schemas FROM pg_namespace
     WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'`,
  );
  const marked = migrations.some(({ compatible_from: mark }) => mark !== undefined);
  await pool.query(`DROP SCHEMA ${rows[0]?.schemas} CASCADE; CREATE SCHEMA public;
    CREATE TABLE public.janela_migrations (name text COLLATE "C" PRIMARY KEY,
      applied_at timestamptz NOT NULL DEFAULT now()${marked ? ', compatible_from text COLLATE "C"' : ''})`);
  for (const { name, compatible_from: mark } of migrations) {
    await (await loadMigration(name)).up(db);
    const row = marked ? [name, mark] : [name];
    await pool.query(`INSERT INTO public.janela_migrations SELECT ${marked ? '$1, now(), $2' : '$1'}`, row);
  }
  for (const [table, kept] of Object.entries(tables)) await byHand(pool, insertion(table, kept));
  const { rows: identities } = await pool.query<{ table: string; column: string }>(
    `SELECT format('%I.%I', table_schema, table_name) AS table, column_name AS column
     FROM information_schema.columns WHERE is_identity = 'YES'`,
  );
  for (const { table, column } of identities)
    await pool.query(
      `SELECT setval(pg_get_serial_sequence('${table}', '${column}'), max(${column})) FROM ${table}`,
    );
}

function insertion(table: string, rows: string): string {
  return `DELETE FROM ${table}; INSERT INTO ${table} OVERRIDING SYSTEM VALUE
    SELECT * FROM jsonb_populate_recordset(NULL::${table}, '${rows.replaceAll("'", "''")}')`;
}
