import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { startProcess, stopProcesses, type TestProcess } from '../support/servers/process.ts';
import { until } from '../support/until.ts';
import { change, inbound, payload, status, USER, WABA } from '../support/whatsapp-payloads.ts';
import { call, listAll } from './api.ts';
import { ADMIN_API_KEY } from './loaded.ts';

const APP_SECRET = 'the secret of the app';
const MESSAGES = 20;
let database: TestDatabase;

beforeEach(async () => {
  database = await testDatabase();
});
afterEach(async () => {
  await stopProcesses();
  await database.drop();
}, 60_000);

function start(): Promise<TestProcess> {
  return startProcess({ DATABASE_URL: database.url, ADMIN_API_KEY, LOG_LEVEL: 'error' });
}

async function deliver(service: TestProcess, body: object) {
  const text = JSON.stringify(body);
  const signature = createHmac('sha256', APP_SECRET).update(text).digest('hex');
  const headers = { 'x-hub-signature-256': `sha256=${signature}` };
  return await call(service, 'POST', '/v1/connections/meta/webhook', { key: null, body: text, headers });
}

async function eventIds(service: TestProcess): Promise<string[]> {
  const path = `/v1/tenants/acme/events?channel=whatsapp&account=551140000001&contact=${USER.number}`;
  return (await listAll<{ id: string }>(service, path)).map(({ id }) => id).sort();
}

test('a service killed between the append of a payload and its answer: Meta sends it again, and all of it counts once', async () => {
  const killed = await start();
  const terms = {
    ...{ kind: 'whatsapp-cloud', appSecret: APP_SECRET, verifyToken: 'the token of the handshake' },
    ...{ sends: 'from-status', tenants: { [WABA]: 'acme' }, tenant: null },
  };
  expect((await call(killed, 'PUT', '/v1/connections/meta', { body: terms })).status).toBe(201);
  const messages = Array.from({ length: MESSAGES }, (_, i) => change(inbound({ id: `wamid.${i}` })));
  const unknown = change(inbound({ id: 'wamid.X', timestamp: 'yesterday' }));
  const body = payload(...messages, unknown, change(status({ id: 'wamid.S', status: 'failed' })));
  const ids = [...messages.map((_, i) => `wamid.${i}`), 'wamid.S:failed'].sort();

  // What cannot be mapped is kept behind the append and before the answer.
  const keeper = await database.database.pool.connect();
  try {
    await keeper.query('BEGIN');
    await keeper.query('LOCK TABLE billing.unmapped_parts IN EXCLUSIVE MODE');
    const answer = deliver(killed, body).then(
      ({ status: code }) => code,
      () => null,
    );
    await until(async () => (await eventIds(killed)).length === ids.length, {
      what: 'the events to be counted',
    });
    expect(await killed.kill('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' });
    expect(await answer).toBeNull();
  } finally {
    await keeper.query('ROLLBACK');
    keeper.release();
  }

  const service = await start();
  const unmapped = async () => (await call(service, 'GET', '/v1/connections/meta/unmapped')).json.items;
  expect(await unmapped()).toEqual([]);
  for (const times of [1, 2]) {
    expect(await deliver(service, body)).toMatchObject({ status: 200 });
    await until(async () => (await duplicates(service)) === times * ids.length, {
      what: 'the repeats to be met',
    });
    expect(await eventIds(service)).toEqual(ids);
    expect(await unmapped()).toHaveLength(1);
  }
  const usage = (await call(service, 'GET', '/v1/tenants/acme/usage?period=2026-11')).json;
  expect(usage).toMatchObject({ receptive: { windows: 1 }, messages: { received: MESSAGES } });
});

async function duplicates(service: TestProcess): Promise<number> {
  const { text } = await call(service, 'GET', '/metrics');
  return Number(/^janela_events_duplicate_total (\d+)$/m.exec(text)?.[1]);
}
