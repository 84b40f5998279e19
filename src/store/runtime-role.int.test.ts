import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { active, type TestFinance, testFinance } from '../../test/support/finance.ts';
import { DatabaseRefused } from './access.ts';
import { openDatabase } from './database.ts';
import { migrate, migrationNames } from './migrate.ts';
import { roleOf } from './runtime-role.ts';
import { bringUpToDate } from './up-to-date.ts';

let finance: TestFinance;
let role: string;

beforeAll(async () => {
  finance = await testFinance();
  await finance.subscribe('stone');
  await finance.post('stone', active(1, '2026-11-10T12:00:00-03:00'));
  const final = await finance.finalize('stone', '2026-11');
  expect(final.json.status).toBe('final');
  role = await roleOf(finance.database.database);
});

afterAll(() => finance?.close());

/** As the service. */
const run = async (statement: string) => await finance.database.database.pool.query(statement);

const FINAL = "(SELECT id FROM billing.invoices WHERE status = 'final')";
const KEPT = [
  'log.records',
  'log.partitions',
  'log.meta',
  'billing.audit',
  'billing.invoices',
  'billing.invoice_lines',
  'billing.invoice_periods',
  'billing.billed_sets',
  'billing.billed_windows',
  'billing.change_causes',
];

test.each(KEPT)(
  '%s: the service cannot empty, alter or drop it, nor take its triggers away',
  async (table) => {
    const count = async () => (await run(`SELECT count(*) AS rows FROM ${table}`)).rows;
    const before = await count();
    const { rows } = await run(
      `SELECT tgname FROM pg_trigger WHERE tgrelid = '${table}'::regclass AND NOT tgisinternal`,
    );
    expect(rows.length).toBeGreaterThan(0);
    await expect(run(`TRUNCATE ${table} CASCADE`)).rejects.toThrow(/permission denied/);
    const [schema, name] = table.split('.');
    for (const statement of [
      `ALTER TABLE ${table} ADD COLUMN more text`,
      `ALTER TABLE ${table} DISABLE TRIGGER ALL`,
      `ALTER TABLE ${table} DISABLE TRIGGER USER`,
      ...rows.map(({ tgname }) => `ALTER TABLE ${table} DISABLE TRIGGER ${tgname}`),
      ...rows.map(({ tgname }) => `DROP TRIGGER ${tgname} ON ${table}`),
      `CREATE RULE other AS ON INSERT TO ${table} DO INSTEAD NOTHING`,
      `CREATE POLICY nobody ON ${table} USING (false)`,
      `ALTER TABLE ${table} OWNER TO ${role}`,
      `ALTER TABLE ${table} RENAME TO other`,
      `DROP TABLE ${table} CASCADE`,
      `DROP SCHEMA ${schema} CASCADE`,
    ])
      await expect(run(statement)).rejects.toThrow(/must be owner of|permission denied/);
    await expect(run(`CREATE TABLE ${schema}.${name}_more ()`)).rejects.toThrow(
      /permission denied for schema/,
    );
    await expect(
      run(`CREATE TRIGGER more BEFORE INSERT ON ${table} EXECUTE FUNCTION public.keep_for_ever()`),
    ).rejects.toThrow(/permission denied/);
    // An owner may grant rights; who owns nothing only hears a warning.
    await run(`GRANT ALL ON ${table} TO ${role}`).catch(() => undefined);
    await expect(run(`TRUNCATE ${table} CASCADE`)).rejects.toThrow(/permission denied/);
    expect(await count()).toEqual(before);
  },
);

test.each([
  'UPDATE log.records SET value = $$x$$',
  'DELETE FROM log.records',
  'DELETE FROM log.partitions',
  'DELETE FROM log.meta',
  'UPDATE billing.audit SET actor = $$nobody$$',
  'DELETE FROM billing.audit',
  'UPDATE billing.invoice_lines SET amount = $$0$$',
  'DELETE FROM billing.invoice_lines',
  'DELETE FROM billing.invoice_periods',
  'UPDATE billing.billed_sets SET line = NULL',
  'DELETE FROM billing.billed_sets',
  'UPDATE billing.billed_windows SET kind = 0',
  'DELETE FROM billing.change_causes',
  'DELETE FROM billing.tenants',
  'DELETE FROM billing.api_keys',
  'DELETE FROM public.janela_migrations',
  'INSERT INTO public.janela_migrations (name) VALUES ($$9999$$)',
])('a right that it has no use for is not given: %s', async (statement) => {
  await expect(run(statement)).rejects.toThrow(/permission denied for table/);
});

test.each([
  ['UPDATE log.partitions SET next = 0', /is refused: it is only added to/],
  ['UPDATE log.meta SET partitions = 1', /is refused: it is only added to/],
  [`UPDATE billing.invoices SET total = '0.00' WHERE id = ${FINAL}`, /never changes/],
  [`UPDATE billing.invoices SET status = 'pending', number = NULL WHERE id = ${FINAL}`, /never changes/],
  [`DELETE FROM billing.invoices WHERE id = ${FINAL}`, /never changes/],
  [`DELETE FROM billing.billed_windows WHERE invoice = ${FINAL}`, /never changes/],
  [
    `INSERT INTO billing.invoice_lines SELECT invoice, 99, 'more', code, description, period, start_at, end_at, time_zone,
       quantity, unit_price, amount, detail FROM billing.invoice_lines WHERE invoice = ${FINAL} LIMIT 1`,
    /never changes/,
  ],
  [
    `INSERT INTO billing.billed_windows SELECT * FROM billing.billed_windows WHERE invoice = ${FINAL}`,
    /never changes/,
  ],
  [
    `INSERT INTO billing.invoices (tenant, period, status, number, start_at, end_at, time_zone, currency, total,
       receptive, active, as_of) VALUES ('stone', '2026-12', 'final', '2027-999999', 0, 1, 'UTC', 'BRL', '0', 0, 0, '[]')`,
    /it is pending until it is made final/,
  ],
])('where a condition decides, triggers refuse it: %s', async (statement, sentence) => {
  await expect(run(statement)).rejects.toThrow(sentence);
});

test.each([
  "SET session_replication_role = 'replica'",
  'CREATE SCHEMA projection_99',
  'CREATE TABLE public.more ()',
  'ALTER FUNCTION public.keep_for_ever() RENAME TO other',
  'CREATE OR REPLACE FUNCTION public.keep_for_ever() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$',
  'CREATE ROLE another',
  'CREATE EVENT TRIGGER more ON ddl_command_start EXECUTE FUNCTION public.keep_for_ever()',
])('nor are there ways around: %s', async (statement) => {
  await expect(run(statement)).rejects.toThrow(/permission denied|must be owner/);
});

test.each([
  ["SELECT public.drop_projection('billing')", /billing is no schema of a projection/],
  ["SELECT public.drop_projection('projection')", /projection is the live projection/],
  ["SELECT public.drop_projection('projection_1; DROP SCHEMA log')", /is no schema of a projection/],
  ["SELECT public.drop_projection('projection_1' || chr(10))", /is no schema of a projection/],
  ["SELECT public.create_projection(99, 'billing', '{}')", /billing is no schema of a projection/],
  ["SELECT public.create_projection(-1, 'projection', '{}')", /projection_-1 is no schema of a projection/],
  ["SELECT public.index_projection(99, 'billing', 'audit_tenant')", /billing is no schema of a projection/],
])('what the owner does for the service is for projections alone: %s', async (statement, sentence) => {
  await expect(run(statement)).rejects.toThrow(sentence);
});

test('what the owner does for the service it does for nobody else', async () => {
  const stranger = `janela_${randomBytes(6).toString('hex')}`;
  const { pool } = finance.database.owner;
  await pool.query(`CREATE ROLE ${stranger}`);
  try {
    const { rows } = await pool.query<{ name: string; may: boolean; definer: boolean; settings: string[] }>(
      `SELECT proname AS name, has_function_privilege($1, oid, 'EXECUTE') AS may, prosecdef AS definer,
         proconfig AS settings FROM pg_proc
       WHERE pronamespace = 'public'::regnamespace AND prosecdef ORDER BY proname`,
      [stranger],
    );
    expect(rows.map(({ name }) => name)).toEqual([
      'analyze_projection',
      'create_projection',
      'drop_projection',
      'index_projection',
      'key_projection',
    ]);
    for (const { may, settings } of rows) {
      expect(may).toBe(false);
      expect(settings).toEqual(['search_path=pg_catalog, pg_temp']);
    }
  } finally {
    await pool.query(`DROP ROLE ${stranger}`);
  }
});

test('a search path with functions of the same names does not get around the triggers', async () => {
  const { owner } = finance.database;
  // As where a database comes from before PostgreSQL 15, in whose schema public everybody may create.
  await owner.pool.query(`CREATE SCHEMA theirs; GRANT USAGE, CREATE ON SCHEMA theirs TO ${role}`);
  const client = await finance.database.database.pool.connect();
  try {
    await client.query(
      `CREATE FUNCTION theirs.to_jsonb(anyelement) RETURNS jsonb LANGUAGE sql AS $$ SELECT jsonb '{}' $$`,
    );
    await client.query('SET search_path = theirs, pg_catalog');
    const change = `UPDATE billing.invoices SET total = '0.00', changed_at = changed_at + 1 WHERE status = 'final'`;
    await expect(client.query(change)).rejects.toThrow(/never changes/);
  } finally {
    client.release(true);
    await owner.pool.query('DROP SCHEMA theirs CASCADE');
  }
  const { rows } = await run(
    `SELECT oid::regprocedure::text AS guard, proconfig AS settings FROM pg_proc
     WHERE prorettype = 'trigger'::regtype AND pronamespace::regnamespace::text IN ('public', 'billing', 'log')`,
  );
  expect(rows.length).toBeGreaterThanOrEqual(5);
  for (const { guard, settings } of rows)
    expect([guard, settings]).toEqual([guard, ['search_path=pg_catalog, pg_temp']]);
});

test('a table that nobody has thought about is seen: the service may do everything with it', async () => {
  const { rows } = await run(
    `SELECT c.oid::regclass::text AS name, count(a.*)::int AS rights
     FROM pg_class c LEFT JOIN aclexplode(c.relacl) a ON a.grantee = current_user::regrole
     WHERE c.relkind = 'r' AND c.relnamespace IN ('log'::regnamespace, 'billing'::regnamespace, 'public'::regnamespace)
     GROUP BY c.oid ORDER BY 1`,
  );
  const having = (count: number) => rows.filter(({ rights }) => rights === count).map(({ name }) => name);
  // Said so in src/store/runtime-role.ts, where a new table belongs too, with what the service needs there.
  expect(having(4)).toEqual([
    'billing.invoices',
    'billing.notifications',
    'billing.plan_versions',
    'billing.sessions',
    'billing.subscriptions',
    'billing.unmapped_parts',
    'billing.webhook_deliveries',
    'billing.webhooks',
  ]);
  expect(having(0)).toEqual([]);
});

test('rights that somebody gave beside are taken back, and those that are right are not touched', async () => {
  const { owner } = finance.database;
  const state = async () =>
    (
      await owner.pool.query(
        `SELECT oid, xmin::text FROM pg_class UNION ALL SELECT oid, xmin::text FROM pg_namespace
         UNION ALL SELECT oid, xmin::text FROM pg_proc ORDER BY 1`,
      )
    ).rows;
  await owner.pool.query(
    `GRANT UPDATE, TRUNCATE ON log.records TO ${role}; REVOKE INSERT ON billing.audit FROM ${role}`,
  );
  await migrate(owner, role);
  await expect(run('TRUNCATE log.records')).rejects.toThrow(/permission denied/);
  await expect(run('UPDATE log.records SET value = $$x$$')).rejects.toThrow(/permission denied/);
  expect((await finance.call('PUT', '/v1/tenants/pebble', { body: {} })).status).toBe(201);
  const before = await state();
  await migrate(owner, role);
  expect(await state()).toEqual(before);
});

test('an older version changes no rights in a database that a newer one migrated', async () => {
  const { owner } = finance.database;
  const last = (await migrationNames()).at(-1) ?? '';
  await sql`INSERT INTO public.janela_migrations (name, compatible_from) VALUES ('9999_more', ${last})`.execute(
    owner.db,
  );
  await owner.pool.query(`GRANT DELETE ON billing.tenants TO ${role}`);
  try {
    await migrate(owner, role);
    expect((await run('DELETE FROM billing.tenants WHERE false')).rowCount).toBe(0);
  } finally {
    await sql`DELETE FROM public.janela_migrations WHERE name = '9999_more'`.execute(owner.db);
    await migrate(owner, role);
  }
});

test('who is the owner is told so; who is not gets no warning, and no migration', async () => {
  const { owner, url } = finance.database;
  expect(await bringUpToDate({ url: owner.url, ownerUrl: null })).toEqual({
    applied: [],
    warning: expect.stringMatching(/^The role "\w+" of DATABASE_URL is a superuser: it could take away /),
  });
  expect(await bringUpToDate({ url, ownerUrl: null })).toEqual({ applied: [], warning: null });
  expect(await bringUpToDate({ url, ownerUrl: owner.url })).toEqual({ applied: [], warning: null });
  const last = (await migrationNames()).at(-1) ?? '';
  const mark = await sql`DELETE FROM public.janela_migrations WHERE name = ${last} RETURNING *`.execute(
    owner.db,
  );
  const [row] = mark.rows as { name: string; compatible_from: string }[];
  try {
    await expect(bringUpToDate({ url, ownerUrl: null })).rejects.toThrow(
      new DatabaseRefused(
        `The database is not up to date, and the role "${role}" of DATABASE_URL may not change it: run janela migrate with the owner of the same database in MIGRATE_DATABASE_URL.`,
      ),
    );
  } finally {
    await sql`INSERT INTO public.janela_migrations (name, compatible_from) VALUES (${row?.name}, ${row?.compatible_from})`.execute(
      owner.db,
    );
  }
});

test('an owner who is no superuser makes everything, and the service works with it', async () => {
  const { owner, url } = finance.database;
  const name = `janela_owner_${randomBytes(6).toString('hex')}`;
  await owner.pool.query(`CREATE ROLE ${name} LOGIN PASSWORD 'secret'`);
  await owner.pool.query(`CREATE DATABASE ${name} OWNER ${name}`);
  const ownerUrl = Object.assign(new URL(owner.url), {
    username: name,
    password: 'secret',
    pathname: name,
  }).href;
  const runtimeUrl = Object.assign(new URL(url), { pathname: name }).href;
  try {
    await expect(bringUpToDate({ url: runtimeUrl, ownerUrl: null })).rejects.toThrow(
      /^There is nothing of janela yet, and the role "\w+" of DATABASE_URL may not change it: run janela migrate /,
    );
    const made = await bringUpToDate({ url: runtimeUrl, ownerUrl });
    expect(made).toEqual({ applied: await migrationNames(), warning: null });
    expect((await bringUpToDate({ url: ownerUrl, ownerUrl: null })).warning).toMatch(/owns the tables/);
    const runtime = openDatabase({ url: runtimeUrl });
    try {
      await sql`SELECT public.create_projection(1, 'projection', '{events,windows}')`.execute(runtime.db);
      const { rows } = await runtime.pool.query(
        `SELECT c.relname AS table, has_table_privilege(c.oid, 'SELECT') AND has_table_privilege(c.oid, 'INSERT')
           AND has_table_privilege(c.oid, 'UPDATE') AND has_table_privilege(c.oid, 'DELETE') AS may,
           pg_get_userbyid(c.relowner) AS owner
         FROM pg_class c WHERE c.relnamespace = 'projection_1'::regnamespace AND c.relkind = 'r'`,
      );
      expect(rows.length).toBeGreaterThan(5);
      for (const row of rows) expect(row).toMatchObject({ may: true, owner: name });
      await sql`SELECT public.drop_projection('projection_1')`.execute(runtime.db);
    } finally {
      await runtime.close();
    }
  } finally {
    await owner.pool.query(`DROP DATABASE ${name} WITH (FORCE)`);
    await owner.pool.query(`DROP ROLE ${name}`);
  }
});
