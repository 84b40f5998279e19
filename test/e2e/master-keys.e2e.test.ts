import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test } from '@jest/globals';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import {
  runJanela,
  startProcess,
  stopProcesses,
  type TestProcess,
  testDataDir,
} from '../support/servers/process.ts';
import { until } from '../support/until.ts';
import { listAll } from './api.ts';

const ADMIN_API_KEY = 'the-administrators-own-key';
const LINK = '/v1/tenants/acme/contact-links/whatsapp/BR.1349';
const DONE = 'everything is wrapped by the first master key';

const databases: TestDatabase[] = [];
afterEach(stopProcesses);
afterAll(async () => {
  for (const database of databases) await database.drop();
});

function newKey(): string {
  return randomBytes(32).toString('base64');
}

async function call(service: TestProcess, method: string, path: string, body?: object) {
  const answer = await fetch(`${service.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${service.adminKey}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.status, json: (await answer.json()) as Record<string, unknown> };
}

async function linkSomebody(service: TestProcess): Promise<void> {
  expect((await call(service, 'PUT', LINK, { contact: '5511987654321' })).status).toBe(201);
}

async function expectLink(service: TestProcess): Promise<void> {
  expect((await call(service, 'GET', LINK)).json).toMatchObject({
    alias: 'BR.1349',
    contact: '5511987654321',
  });
}

/** Tries to start with these settings, and answers what it says. */
async function refusal(settings: Readonly<Record<string, string>>): Promise<string> {
  const refused = runJanela(['serve'], { PORT: '0', ...settings });
  expect((await refused.exited).code).toBe(1);
  return refused.stderr();
}

test('embedded: the key is made beside the database, changed there, and never made twice', async () => {
  const DATA_DIR = testDataDir();
  const path = join(DATA_DIR, 'master-key');
  const first = await startProcess({ DATA_DIR });
  expect(statSync(path).mode & 0o777).toBe(0o600);
  await linkSomebody(first);
  await first.kill('SIGTERM');

  renameSync(path, `${path}.away`);
  expect(await refusal({ DATA_DIR })).toContain(`${path} is gone`);
  writeFileSync(path, newKey(), { mode: 0o600 });
  expect(await refusal({ DATA_DIR })).toContain('put the right one back');
  writeFileSync(path, 'not a key of 32 bytes in base64', { mode: 0o600 });
  expect(await refusal({ DATA_DIR })).toContain(`${path} holds no master keys`);
  const young = newKey();
  writeFileSync(path, `${young},${readFileSync(`${path}.away`, 'utf8')}`, { mode: 0o600 });
  const second = await startProcess({ DATA_DIR });
  await until(() => second.stdout().includes(DONE) || second.stderr().includes(DONE), {
    what: 'the rotation',
  });
  await second.kill('SIGTERM');
  writeFileSync(path, young, { mode: 0o600 });
  await expectLink(await startProcess({ DATA_DIR }));
});

test('a service with DATABASE_URL: rotation beside another instance; a wrong key and a missing one are refused', async () => {
  const database = await testDatabase();
  databases.push(database);
  const [old, young] = [newKey(), newKey()];
  const settings = (MASTER_KEY: string) => ({ DATABASE_URL: database.url, ADMIN_API_KEY, MASTER_KEY });
  const first = await startProcess(settings(old));
  await linkSomebody(first);
  expect(await refusal(settings(newKey()))).toContain('MASTER_KEY is not the one of this database');
  await first.kill('SIGTERM');

  // Everybody can open what the new one wraps before anybody wraps with it.
  const beside = await startProcess(settings(`${old},${young}`));
  const rotating = await startProcess(settings(`${young},${old}`));
  await until(() => rotating.stderr().includes(DONE) || rotating.stdout().includes(DONE), {
    what: 'the rotation',
  });
  await expectLink(beside);
  await expectLink(rotating);
  const { rows } = await database.database.pool.query(
    'SELECT count(DISTINCT substring(wrapped FROM 1 FOR 8))::int AS keys FROM sealing.contact_keys',
  );
  expect(rows).toEqual([{ keys: 1 }]);
  expect(await refusal(settings(old))).toContain('MASTER_KEY is not the one of this database');
  await expectLink(await startProcess(settings(young)));
});

/** More than a rotation wraps in one transaction. */
const CONTACTS = 4_000;

async function postContacts(service: TestProcess): Promise<void> {
  const party = { tenant: 'acme', channel: 'webchat', account: 'site', type: 'message.received' };
  for (let first = 0; first < CONTACTS; first += 1_000) {
    const events = Array.from({ length: 1_000 }, (_, i) => {
      const contact = `visitor-${first + i}`;
      return { ...party, contact, id: contact, occurredAt: '2026-01-05T12:00:00Z' };
    });
    expect((await call(service, 'POST', '/v1/events', events)).status).toBe(202);
  }
}

test('killed amid a rotation, with one part wrapped by each key: nothing is lost, and the next start goes on', async () => {
  const database = await testDatabase();
  databases.push(database);
  const { pool } = database.owner;
  const [old, young] = [newKey(), newKey()];
  const settings = (MASTER_KEY: string) => ({ DATABASE_URL: database.url, ADMIN_API_KEY, MASTER_KEY });
  const first = await startProcess(settings(old));
  await linkSomebody(first);
  await postContacts(first);
  await first.kill('SIGTERM');

  const wrappers = async () => {
    const { rows } = await pool.query<{ keys: number }>(
      'SELECT count(DISTINCT substring(wrapped FROM 1 FOR 8))::int AS keys FROM sealing.contact_keys',
    );
    return rows[0]?.keys;
  };
  const holder = await pool.connect();
  await holder.query('BEGIN; SELECT FROM sealing.contact_keys ORDER BY ctid DESC LIMIT 1 FOR UPDATE');
  const rotating = await startProcess(settings(`${young},${old}`));
  await until(async () => (await wrappers()) === 2, { what: 'a part of the rotation' });
  await rotating.kill('SIGKILL');
  await holder.query('ROLLBACK');
  holder.release();
  expect(await wrappers()).toBe(2);
  for (const alone of [old, young]) expect(await refusal(settings(alone))).toContain('MASTER_KEY lacks');

  const next = await startProcess(settings(`${young},${old}`));
  await until(() => next.stdout().includes(DONE) || next.stderr().includes(DONE), { what: 'the rotation' });
  expect(await wrappers()).toBe(1);
  await next.kill('SIGTERM');
  const alone = await startProcess(settings(young));
  await expectLink(alone);
  const events = await listAll<{ contact: string; id: string }>(alone, '/v1/tenants/acme/events');
  const visitors = new Set(events.map(({ contact }) => contact));
  expect(visitors).toEqual(new Set(Array.from({ length: CONTACTS }, (_, i) => `visitor-${i}`)));
}, 120_000);
