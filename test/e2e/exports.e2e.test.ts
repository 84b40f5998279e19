import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { startProcess, stopProcesses, type TestProcess } from '../support/servers/process.ts';
import { until } from '../support/until.ts';
import { call } from './api.ts';

const ADMIN_API_KEY = 'the-administrators-own-key';
const TABLE = '/v1/tenants/acme/events?format=csv';
/** Together more than the buffers between the two take of an answer. */
const EVENTS = 9_000;
const METADATA_BYTES = 2_000;
/** Without a byte taken a reader is cut off. */
const CUT_OFF_MS = 30_000;
/** On a busy machine everything takes longer. */
const SLACK_MS = 10_000;

let database: TestDatabase;
let service: TestProcess;
const sockets: Socket[] = [];

beforeAll(async () => {
  database = await testDatabase();
  service = await startProcess({ DATABASE_URL: database.url, ADMIN_API_KEY, LOG_LEVEL: 'error' });
  let receipt = '';
  for (let from = 0; from < EVENTS; from += 450) {
    const body = Array.from({ length: 450 }, (_, i) => ({
      ...{ id: `m${from + i}`, type: 'message.received', tenant: 'acme', channel: 'webchat' },
      ...{ account: 'site', contact: `c${(from + i) % 1_000}`, occurredAt: '2024-03-04T11:00:00Z' },
      metadata: { padding: 'x'.repeat(METADATA_BYTES) },
    }));
    const { status, json } = await call(service, 'POST', '/v1/events', { body });
    if (status !== 202) throw new Error(`status ${status}`);
    receipt = json.receipt;
  }
  await until(async () => (await call(service, 'GET', `/v1/usage?after=${receipt}`)).status === 200, {
    timeoutMs: 60_000,
    what: 'all to be counted',
  });
}, 120_000);
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  await stopProcesses();
  await database?.drop();
}, 60_000);

/** Asks for a table and reads nothing of it. */
function stalledReader(key: string): Socket {
  const socket = connect({ port: Number(new URL(service.url).port), host: '127.0.0.1' });
  socket.on('error', () => undefined).pause();
  socket.write(`GET ${TABLE} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${key}\r\n\r\n`);
  sockets.push(socket);
  return socket;
}

async function keyFor(name: string): Promise<string> {
  const body = { name, scopes: ['usage:read'], tenants: ['acme', name] };
  return (await call(service, 'POST', '/v1/ops/keys', { body })).json.secret;
}

async function openSnapshots(): Promise<number> {
  const { rows } = await database.database.pool.query(
    "SELECT count(*)::int AS open FROM pg_stat_activity WHERE state LIKE 'idle in transaction%' AND datname = current_database()",
  );
  return rows[0].open;
}

test('readers who stall take places of their key alone, and not for ever', async () => {
  const [stalled, other] = [await keyFor('stalled'), await keyFor('other')];
  for (let i = 0; i < 8; i++) stalledReader(stalled);
  await until(async () => (await openSnapshots()) >= 2, { what: 'tables to be begun' });
  const table = await call(service, 'GET', TABLE, { key: other });
  expect([table.status, table.text.split('\r\n').length]).toEqual([200, EVENTS + 2]);
  // Those who stall have their places still.
  expect(await openSnapshots()).toBeGreaterThanOrEqual(2);

  const refused = await call(service, 'GET', TABLE, { key: stalled, timeoutMs: 60_000 });
  expect([refused.status, refused.json.type]).toEqual([429, '/problems/too-many-requests']);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);

  const cutOff = async () => (await call(service, 'GET', TABLE, { key: stalled, timeoutMs: 60_000 })).status;
  await until(async () => (await cutOff()) === 200, {
    timeoutMs: 4 * CUT_OFF_MS + SLACK_MS,
    what: 'those who stall to be cut off',
  });
  await until(async () => (await openSnapshots()) === 0, { what: 'their snapshots to be closed' });
}, 240_000);

/** Seconds of CPU that the process has taken. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

test('HEAD of a table says what it would be and makes none of it', async () => {
  const before = cpuSeconds(service.pid);
  const heads = await Promise.all(Array.from({ length: 20 }, () => call(service, 'HEAD', TABLE)));
  expect(heads.map(({ status, text }) => [status, text])).toEqual(heads.map(() => [200, '']));
  expect(heads[0]?.headers.get('content-type')).toMatch(/^text\/csv/);
  expect(heads[0]?.headers.get('content-disposition')).toContain('events-acme.csv');
  const ofHeads = cpuSeconds(service.pid) - before;
  await call(service, 'GET', TABLE);
  const ofTable = cpuSeconds(service.pid) - before - ofHeads;
  expect(ofHeads).toBeLessThan(ofTable + 0.3);
}, 60_000);
