/** The whole life of a service whose role in PostgreSQL owns nothing: with an embedded one, and with one of somebody's own. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import pg from 'pg';
import { whyMissing } from '../support/servers/needs.ts';
import {
  runCommand,
  runJanela,
  startProcess,
  stopProcesses,
  type TestProcess,
  testDataDir,
} from '../support/servers/process.ts';
import { onServer } from '../support/servers/server-url.ts';
import { until } from '../support/until.ts';
import { call } from './api.ts';
import { type OwnPostgres, startOwnPostgres } from './own-postgres.ts';
import { embeddedUrl } from './postgres-process.ts';

let server: OwnPostgres | undefined;

afterEach(async () => {
  await stopProcesses();
  await server?.stop();
  server = undefined;
}, 60_000);

const ADMIN_API_KEY = 'the-administrators-own-key';
const PLAN = {
  ...{ currency: 'BRL', monthlyFee: '199.00' },
  receptive: { allowance: 0, limit: null, overage: [{ upTo: null, unitPrice: '0.30' }] },
  active: { default: [{ upTo: null, unitPrice: '0.50' }] },
};

async function ask(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

/** Rebuilds and makes the new projection the live one. */
async function rebuildAndPromote(service: TestProcess): Promise<string> {
  const { json } = await call(service, 'POST', '/v1/ops/rebuilds');
  const state = async () => (await call(service, 'GET', `/v1/ops/rebuilds/${json.id}`)).json;
  await until(async () => (await state()).state === 'caught-up', {
    ...{ timeoutMs: 60_000, what: 'the rebuild to catch up' },
  });
  expect((await state()).differences).toEqual({ count: 0, items: [] });
  const promoted = await call(service, 'POST', `/v1/ops/rebuilds/${json.id}/promote`);
  expect(promoted).toMatchObject({ status: 200, json: { state: 'promoted' } });
  return json.id;
}

const SCHEMAS = "SELECT nspname AS name FROM pg_namespace WHERE nspname LIKE 'projection%' ORDER BY 1";

/** Events, an invoice, rebuilds that replace the first projection and drop it. `url` is the service's own way. */
async function expectWholeLife(service: TestProcess, url: string): Promise<void> {
  const event = { type: 'message.received', tenant: 'acme', channel: 'webchat', account: 'a', contact: 'c' };
  const body = { ...event, id: 'one', occurredAt: '2026-08-03T12:00:00Z' };
  const { json } = await call(service, 'POST', '/v1/events', { body });
  await call(service, 'PUT', '/v1/plans/pro/versions/2026-08', { body: PLAN });
  await call(service, 'PUT', '/v1/tenants/acme/subscriptions/2026-08', { body: { plan: 'pro' } });
  const usage = await call(service, 'GET', `/v1/tenants/acme/usage?period=2026-08&after=${json.receipt}`);
  expect(usage.json.receptive.windows).toBe(1);
  const final = await call(service, 'POST', '/v1/tenants/acme/invoices/2026-08/finalize');
  expect(final).toMatchObject({ status: 200, json: { status: 'final', total: '199.30' } });
  const ids = [];
  for (let i = 0; i < 3; i++) ids.push(await rebuildAndPromote(service));
  // The one that migrations made is gone with the third start: nothing can be rolled back to it any more.
  expect(await ask(url, SCHEMAS)).toEqual(ids.map((id) => ({ name: `projection_${id}` })));
  const back = await call(service, 'POST', `/v1/ops/rebuilds/${ids[2]}/rollback`);
  expect(back.json.state).toBe('rolled-back');
  await call(service, 'POST', `/v1/ops/rebuilds/${ids[2]}/discard`);
  expect(await ask(url, SCHEMAS)).toEqual(ids.slice(0, 2).map((id) => ({ name: `projection_${id}` })));
  const ofService = await ask(
    url,
    `SELECT DISTINCT usename AS role, rolsuper AS superuser FROM pg_stat_activity JOIN pg_roles ON rolname = usename
     WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name LIKE 'janela %'`,
  );
  expect(ofService).toEqual([{ role: 'janela_app', superuser: false }]);
  await expect(ask(url, `UPDATE billing.invoices SET total = '0.00'`)).rejects.toThrow(/never changes/);
  await expect(ask(url, 'ALTER TABLE billing.invoices DISABLE TRIGGER ALL')).rejects.toThrow(/must be owner/);
  await expect(ask(url, 'DELETE FROM log.records')).rejects.toThrow(/permission denied/);
  expect(service.stderr()).not.toMatch(/of DATABASE_URL/);
}

test('with the PostgreSQL that comes along', async () => {
  const DATA_DIR = testDataDir();
  const service = await startProcess({ DATA_DIR, LOG_LEVEL: 'warn' });
  await expectWholeLife(service, await embeddedUrl(DATA_DIR));
}, 120_000);

test('with one of its own, where the owner migrates and the service never knows him', async () => {
  server = await startOwnPostgres();
  const superuser = await server.database('theirs');
  await onServer(superuser, "CREATE ROLE the_owner LOGIN PASSWORD 'secret'");
  await onServer(superuser, "ALTER ROLE janela_app PASSWORD 'secret'");
  await onServer(superuser, 'ALTER DATABASE theirs OWNER TO the_owner');
  const as = (username: string) => Object.assign(new URL(superuser), { username, password: 'secret' }).href;
  const settings = { DATABASE_URL: as('janela_app'), ADMIN_API_KEY, LOG_LEVEL: 'warn', PORT: '0' };
  const early = runJanela(['serve'], settings);
  expect((await early.exited).code).toBe(1);
  expect(early.stderr()).toMatch(
    /run janela migrate with the owner of the same database in MIGRATE_DATABASE_URL/,
  );
  const migrated = runJanela(['migrate'], { ...settings, MIGRATE_DATABASE_URL: as('the_owner') });
  expect((await migrated.exited).code).toBe(0);
  expect(migrated.stdout()).toMatch(/^Applied 0001_log$/m);
  await expectWholeLife(await startProcess(settings), settings.DATABASE_URL);
}, 180_000);

test('who has one role for both goes on with it, and is told so in one line', async () => {
  server = await startOwnPostgres();
  const settings = { DATABASE_URL: await server.database('ours'), ADMIN_API_KEY, LOG_LEVEL: 'warn' };
  const service = await startProcess(settings);
  expect(service.stderr().match(/of DATABASE_URL is a superuser: it could take away/g)).toHaveLength(1);
  expect((await rebuildAndPromote(service)).length).toBeGreaterThan(0);
}, 120_000);

const PSQL = ['/usr/bin/psql', '/usr/local/bin/psql', '/opt/homebrew/bin/psql'].find(existsSync) ?? '';
const skipped = whyMissing(PSQL !== '', 'no psql: install it (Debian: apt-get install postgresql-client)');

(skipped === null ? test : test.skip)(
  'the first start of the PostgreSQL of docker-compose.yml makes the role, with the password that it was given',
  async () => {
    server = await startOwnPostgres();
    const superuser = await server.database('composed');
    await onServer(superuser, 'DROP OWNED BY janela_app; DROP ROLE janela_app');
    const script = join(import.meta.dirname, '../../ops/postgres-roles.sql');
    const words = [PSQL, superuser, '--set=ON_ERROR_STOP=1', `--file=${script}`];
    const psql = runCommand(words, { POSTGRES_APP_PASSWORD: "it's a secret" });
    expect([await psql.exited, psql.stderr()]).toEqual([{ code: 0, signal: null }, '']);
    const url = Object.assign(new URL(superuser), { username: 'janela_app', password: "it's a secret" }).href;
    expect(await ask(url, 'SELECT current_user AS role')).toEqual([{ role: 'janela_app' }]);
  },
);
