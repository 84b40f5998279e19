import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { startProcess, stopProcesses, type TestProcess } from '../support/servers/process.ts';
import { until } from '../support/until.ts';
import { type Answer, call } from './api.ts';

const ADMIN_API_KEY = 'the-administrators-own-key';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
}, 60_000);
afterEach(stopProcesses, 60_000);
afterAll(() => database?.drop());

async function start(more: Record<string, string>): Promise<TestProcess> {
  return await startProcess({ DATABASE_URL: database.url, ADMIN_API_KEY, LOG_LEVEL: 'info', ...more });
}

async function keyFor(service: TestProcess, tenants: string[] | null): Promise<string> {
  const body = { name: 'test', scopes: ['events:write', 'usage:read'], tenants };
  return (await call(service, 'POST', '/v1/ops/keys', { body })).json.secret;
}

function events(tenant: string, count: number) {
  return Array.from({ length: count }, (_, i) => ({
    ...{ id: `m${i}`, type: 'message.received', tenant, channel: 'webchat', account: 'site' },
    ...{ contact: `c${i}`, occurredAt: '2024-03-04T11:00:00Z' },
  }));
}

function retryAfter({ headers }: Answer): number {
  return Number(headers.get('retry-after'));
}

function expectTooMany(answer: Answer): void {
  expect([answer.status, answer.json.type]).toEqual([429, '/problems/too-many-requests']);
  expect(retryAfter(answer)).toBeGreaterThanOrEqual(1);
}

test('a key that asks too often waits for itself alone, and is answered again after Retry-After', async () => {
  const service = await start({ REQUESTS_PER_SECOND_PER_KEY: '3' });
  const [greedy, other] = [await keyFor(service, ['acme']), await keyFor(service, ['acme'])];
  const ask = async (key: string) => await call(service, 'GET', '/v1/tenants/acme/usage', { key });
  const answers: Answer[] = [];
  await until(
    async () => {
      answers.push(...(await Promise.all(Array.from({ length: 10 }, () => ask(greedy)))));
      return answers.some(({ status }) => status === 429);
    },
    { what: 'a refusal' },
  );
  const refused = answers.filter(({ status }) => status === 429);
  refused.forEach(expectTooMany);
  expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(30);
  expect((await ask(other)).status).toBe(200);
  const waitMs = 1_000 * Math.max(...refused.map(retryAfter));
  await until(async () => (await ask(greedy)).status === 200, {
    timeoutMs: waitMs + 3_000,
    what: 'an answer',
  });
}, 60_000);

test('requests for a tenant count whoever asks, and those for another do not', async () => {
  const service = await start({ REQUESTS_PER_SECOND_PER_TENANT: '1' });
  const ask = async (tenant: string) => await call(service, 'GET', `/v1/tenants/${tenant}/usage`);
  const answers = await Promise.all(Array.from({ length: 30 }, () => ask('acme')));
  const refused = answers.filter(({ status }) => status === 429);
  expect(refused.length).toBeGreaterThan(0);
  refused.forEach(expectTooMany);
  expect((await ask('other')).status).toBe(200);
}, 60_000);

test('more events than a bucket holds are taken at once, and the next ones of that tenant wait', async () => {
  const service = await start({ EVENTS_PER_SECOND_PER_TENANT: '5', EVENTS_PER_SECOND_PER_KEY: '100' });
  const post = async (tenant: string, count: number, key = ADMIN_API_KEY) =>
    await call(service, 'POST', '/v1/events', { body: events(tenant, count), key });
  expect((await post('loud', 1_000)).status).toBe(202);
  const refused = await post('loud', 1);
  expectTooMany(refused);
  expect(retryAfter(refused)).toBeGreaterThan(60);
  expect(refused.json.detail).toContain('loud');
  const own = await keyFor(service, ['loud', 'quiet']);
  expect((await post('quiet', 1, own)).status).toBe(202);
  expectTooMany(await post('loud', 1, own));
  // The key itself has 1,000 in ten seconds.
  const key = await keyFor(service, null);
  for (let i = 0; i < 10; i++) await post(`tenant-${i}`, 300, key);
  expectTooMany(await post('tenant-x', 1, key));
}, 60_000);

test('metrics have a port of their own where they are given one, and are made once a second at most', async () => {
  const service = await start({ METRICS_PORT: '0' });
  expect((await fetch(`${service.url}/metrics`)).status).toBe(404);
  await until(() => service.stderr().includes('metrics at '), { what: 'its address' });
  const address = /metrics at (http:[^"\s]+)/.exec(service.stderr())?.[1];
  if (address === undefined) throw new Error('no address');
  const ask = async () => await (await fetch(address)).text();
  const texts = await Promise.all(Array.from({ length: 20 }, ask));
  expect(texts[0]).toContain('janela_events_accepted_total');
  expect(new Set(texts).size).toBeLessThanOrEqual(2);
  expect((await fetch(new URL('/healthz', address))).status).toBe(200);
  await until(async () => (await ask()) !== texts[0], { what: 'newer ones' });
}, 60_000);
