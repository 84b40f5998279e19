import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { runJanela, startProcess, stopProcesses, type TestProcess } from '../support/servers/process.ts';
import { temporaryFolder } from '../support/servers/temporary-folder.ts';
import { until } from '../support/until.ts';
import { call } from './api.ts';

const ADMIN_API_KEY = 'the-administrators-own-key';
const [GONE, STAYS] = ['5511976543210', '5521912345678'];
const ACCOUNT = '551140000001';

const databases: TestDatabase[] = [];
let folder: string;
let masterKey: string;
beforeAll(async () => {
  ({ folder, masterKey } = await exported());
}, 120_000);
afterEach(stopProcesses);
afterAll(async () => {
  for (const database of databases) await database.drop();
});

async function newDatabase(): Promise<TestDatabase> {
  const database = await testDatabase();
  databases.push(database);
  return database;
}

function newKey(): string {
  return randomBytes(32).toString('base64');
}

function settingsOf(database: TestDatabase, MASTER_KEY: string): Record<string, string> {
  return { DATABASE_URL: database.url, ADMIN_API_KEY, MASTER_KEY, LOG_LEVEL: 'warn' };
}

async function run(settings: Record<string, string>, ...args: string[]) {
  const command = runJanela(args, settings);
  const { code } = await command.exited;
  return { code, stdout: command.stdout(), stderr: command.stderr() };
}

/** Two people, of whom one was erased. */
async function exported(): Promise<{ folder: string; masterKey: string }> {
  const key = newKey();
  const settings = settingsOf(await newDatabase(), key);
  const service = await startProcess(settings);
  const body = [GONE, STAYS].map((contact) => ({
    ...{ tenant: 'acme', channel: 'whatsapp', account: ACCOUNT, type: 'message.received' },
    ...{ contact, id: `of ${contact}`, occurredAt: '2026-01-05T12:00:00Z' },
  }));
  expect((await call(service, 'POST', '/v1/events', { body })).status).toBe(202);
  const asked = { channel: 'whatsapp', contact: GONE, reason: 'asked for it' };
  const { json } = await call(service, 'POST', '/v1/tenants/acme/erasures', { body: asked });
  const state = async () => (await call(service, 'GET', `/v1/tenants/acme/erasures/${json.id}`)).json.state;
  await until(async () => (await state()) === 'done', { timeoutMs: 60_000, what: 'the erasure' });
  const into = temporaryFolder('sealed-export');
  expect(await run(settings, 'log', 'export', into)).toMatchObject({ code: 0 });
  await service.kill('SIGTERM');
  return { folder: into, masterKey: key };
}

/** How many rows of the log and of what seals there are, by table. */
async function rowsOf({ owner: { pool } }: TestDatabase): Promise<Record<string, number>> {
  const { rows } = await pool.query(`SELECT (SELECT count(*)::int FROM log.records) AS records,
    (SELECT count(*)::int FROM sealing.contact_keys) AS keys, (SELECT count(*)::int FROM sealing.hash_secret) AS secrets,
    (SELECT count(*)::int FROM sealing.master_keys) AS masters`);
  return rows[0];
}

async function shownBy(service: TestProcess): Promise<string[]> {
  const { json } = await call(service, 'GET', '/v1/tenants/acme/events');
  return json.items.map(({ contact }: { contact: string }) => contact.replace(/[0-9a-f]{32}$/, '...')).sort();
}

test('an export is imported with its master key alone: with another one nothing is half done, and who was erased stays so', async () => {
  const target = await newDatabase();
  const before = await rowsOf(target);
  expect(before).toEqual({ records: 0, keys: 0, secrets: 0, masters: 0 });
  const wrong = await run(settingsOf(target, newKey()), 'log', 'import', folder);
  expect(wrong).toMatchObject({ code: 1, stdout: '' });
  expect(wrong.stderr).toMatch(
    /What names persons in this export is sealed by the master key [0-9a-f]{16}, which MASTER_KEY does not give \(it gives [0-9a-f]{16}\)/,
  );
  expect(wrong.stderr).not.toMatch(/\n\s+at /);
  expect(await rowsOf(target)).toEqual(before);

  expect(await run(settingsOf(target, masterKey), 'log', 'import', folder)).toMatchObject({ code: 0 });
  const service = await startProcess(settingsOf(target, masterKey));
  await until(async () => (await shownBy(service)).length === 2, { what: 'the imported log to be counted' });
  expect(await shownBy(service)).toEqual([STAYS, 'erased:...']);
}, 180_000);

test('a database that seals for another installation takes no export, whatever its master keys', async () => {
  const other = await newDatabase();
  const own = newKey();
  const service = await startProcess(settingsOf(other, own));
  await service.kill('SIGTERM');
  const before = await rowsOf(other);
  const refused = await run(settingsOf(other, `${own},${masterKey}`), 'log', 'import', folder);
  expect(refused).toMatchObject({ code: 1, stdout: '' });
  expect(refused.stderr).toMatch(/This database seals for another installation already/);
  expect(refused.stderr).not.toMatch(/\n\s+at /);
  expect(await rowsOf(other)).toEqual(before);
}, 180_000);
