import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { startProcess, stopProcesses, type TestProcess } from '../support/servers/process.ts';
import { until } from '../support/until.ts';
import { type Answer, call } from './api.ts';

let database: TestDatabase;
let service: TestProcess;

beforeAll(async () => {
  database = await testDatabase();
  service = await startProcess({
    DATABASE_URL: database.url,
    ADMIN_API_KEY: 'the-administrators-own-key',
    LOG_LEVEL: 'error',
  });
}, 90_000);

afterAll(async () => {
  await stopProcesses();
  await database?.drop();
}, 60_000);

const READERS = 200;

async function newKey(tenant: string, scopes: string[]): Promise<string> {
  const body = { name: tenant, scopes, tenants: [tenant] };
  return (await call(service, 'POST', '/v1/ops/keys', { body })).json.secret;
}

async function withLockedInvoices(work: () => Promise<void>): Promise<void> {
  const client = await database.database.pool.connect();
  try {
    await client.query('BEGIN; LOCK TABLE billing.invoices IN ACCESS EXCLUSIVE MODE');
    await work();
  } finally {
    await client.query('ROLLBACK');
    client.release();
  }
}

/** Asks with one key again and again at the same time, and notes what was refused meanwhile. */
function askAtOnce(key: string, path: string) {
  const refused: Answer[] = [];
  const answers = Array.from({ length: READERS }, async () => {
    const answer = await call(service, 'GET', path, { key, timeoutMs: 60_000 });
    if (answer.status === 429) refused.push(answer);
    return answer;
  });
  const all = Promise.all(answers);
  // Whoever awaits it sees the failure.
  all.catch(() => undefined);
  return { refused, all };
}

test('200 slow reads and 200 quick ones of one key, all waiting for the database, take nothing from others', async () => {
  const reader = await newKey('loud', ['usage:read', 'billing:read']);
  const others = await Promise.all(
    Array.from({ length: 20 }, () => newKey('quiet', ['events:write', 'usage:read'])),
  );
  await withLockedInvoices(async () => {
    const slow = askAtOnce(reader, '/v1/invoices?limit=1');
    const quick = askAtOnce(reader, '/v1/tenants/loud/usage');
    const isFull = async () => slow.refused.length === READERS - 10 && quick.refused.length === READERS - 100;
    await until(isFull, { timeoutMs: 30_000, what: 'reads beyond the share to be refused' });
    // Each key is new: it has to be looked up.
    for (const [i, key] of others.entries()) {
      const body = {
        id: `m${i}`,
        type: 'message.received',
        tenant: 'quiet',
        channel: 'webchat',
        account: 'site',
      };
      const event = { ...body, contact: `c${i}`, occurredAt: '2024-03-04T11:00:00Z' };
      expect((await call(service, 'POST', '/v1/events', { key, body: event })).status).toBe(202);
      expect((await call(service, 'GET', '/readyz')).status).toBe(200);
      expect((await call(service, 'GET', '/v1/tenants/quiet/windows', { key })).status).toBe(200);
    }
    for (const { json, headers } of [...slow.refused, ...quick.refused]) {
      expect(json).toMatchObject({ type: '/problems/too-many-requests', status: 429 });
      expect(headers.get('retry-after')).toMatch(/^[1-9]$/);
    }
    waiting = [slow.all, quick.all];
  });
  const statuses = (await Promise.all(waiting)).flat().map(({ status }) => status);
  expect(statuses.filter((status) => status === 200).length).toBeGreaterThan(0);
  expect(statuses.filter((status) => status !== 200 && status !== 429)).toEqual([]);
});

let waiting: Promise<Answer[]>[] = [];

test('afterwards the key reads as before', async () => {
  const key = await newKey('later', ['usage:read', 'billing:read']);
  for (let i = 0; i < 3; i++) {
    const answers = await Promise.all([
      ...Array.from({ length: 9 }, () => call(service, 'GET', '/v1/invoices', { key })),
      ...Array.from({ length: 50 }, () => call(service, 'GET', '/v1/tenants/later/usage', { key })),
    ]);
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
  }
});
