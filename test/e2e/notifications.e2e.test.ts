/** Notifications of real processes: told at least once and known by their id, whoever is killed, and each threshold once. */

import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { notify } from '../../src/store/notifications.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { startProcess, stopProcesses, type TestProcess } from '../support/servers/process.ts';
import { until } from '../support/until.ts';
import { answerWith, type WebhookReceiver, webhookReceiver } from '../support/webhook-receiver.ts';
import { call } from './api.ts';
import { peakMemory } from './flood.ts';

let database: TestDatabase;
let receiver: WebhookReceiver;

beforeEach(async () => {
  database = await testDatabase();
  receiver = await webhookReceiver();
});
afterEach(async () => {
  await stopProcesses();
  await receiver.close();
  await database.drop();
}, 60_000);

const start = () =>
  startProcess({
    DATABASE_URL: database.url,
    ADMIN_API_KEY: 'the-administrators-own-key',
    LOG_LEVEL: 'error',
    WEBHOOKS_ALLOW_INSECURE: 'true',
  });

async function ok(service: TestProcess, method: string, path: string, body?: object) {
  const answer = await call(service, method, path, body === undefined ? {} : { body });
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.text}`);
  return answer.json;
}

const makeWebhook = (service: TestProcess, url = receiver.url, terms: object = {}) =>
  ok(service, 'POST', '/v1/webhooks', { url, ...terms });

const setThresholds = (service: TestProcess, tenant: string, thresholds: object[]) =>
  ok(service, 'PUT', `/v1/tenants/${tenant}/thresholds`, { thresholds });

let contacts = 0;
/** As many receptive windows, or active ones, of contacts that nobody met before; in the running month. */
async function windows(service: TestProcess, tenant: string, count: number, kind = 'receptive') {
  const body = Array.from({ length: count }, () => {
    const id = `m${contacts++}`;
    const sent = { type: 'message.sent', template: { name: 't', category: 'utility' } };
    return {
      ...{
        id,
        tenant,
        channel: 'whatsapp',
        account: '551140000001',
        contact: `5511${900_000_000 + contacts}`,
      },
      ...(kind === 'active' ? sent : { type: 'message.received' }),
      occurredAt: new Date().toISOString(),
    };
  });
  const { receipt } = await ok(service, 'POST', '/v1/events', body);
  return { body, counted: () => ok(service, 'GET', `/v1/tenants/${tenant}/usage?after=${receipt}`) };
}

async function takeBack(
  service: TestProcess,
  events: readonly { id: string; contact: string; tenant: string }[],
) {
  const body = events.map(({ id, tenant, contact }) => ({
    ...{ id: `void:${id}`, type: 'event.voided', target: id, reason: 'a test', actor: 'me', tenant, contact },
    ...{ channel: 'whatsapp', account: '551140000001', occurredAt: new Date().toISOString() },
  }));
  await ok(service, 'POST', '/v1/events', body);
}

const told = (name: (data: { count: number; of: string }) => string = ({ of, count }) => `${of} ${count}`) =>
  receiver.received.map(({ headers, body }) => ({
    id: String(headers['webhook-id']),
    name: name(JSON.parse(body).data),
  }));
const names = () => [...new Set(told().map(({ name }) => name))].sort();
const ids = () => new Set(told().map(({ id }) => id)).size;

test('a threshold is told once it is counted, and only once, also after voids, restarts, a rebuild, its promotion and rollback, by two instances', async () => {
  const services = [await start(), await start()] as const;
  const [first] = services;
  const { secret } = await makeWebhook(first);
  // The last ones tell that everything before them was judged.
  const markers = [1, 2, 3, 4].map((count) => ({ of: 'active', count }));
  await setThresholds(first, 'acme', [
    { of: 'receptive', count: 9 },
    { of: 'receptive', count: 10 },
    ...markers,
  ]);
  const marker = async (count: number, service: TestProcess) => {
    await windows(service, 'acme', 1, 'active');
    await until(() => names().includes(`active ${count}`), { timeoutMs: 60_000, what: `active ${count}` });
  };
  const { body: early } = await windows(services[1], 'acme', 9);
  await until(() => names().includes('receptive 9'), { timeoutMs: 15_000, what: 'the ninth' });
  const { counted } = await windows(first, 'acme', 1);
  await counted();
  await until(() => names().includes('receptive 10'), { timeoutMs: 15_000, what: 'the tenth' });
  await takeBack(first, early.slice(0, 3));
  await marker(1, first);
  await windows(first, 'acme', 4);
  await marker(2, services[1]);
  const { id } = await ok(first, 'POST', '/v1/ops/rebuilds');
  const state = async () => (await ok(first, 'GET', `/v1/ops/rebuilds/${id}`)).state;
  await until(async () => (await state()) === 'caught-up', { what: 'the rebuild to catch up' });
  await ok(first, 'POST', `/v1/ops/rebuilds/${id}/promote`);
  await marker(3, first);
  await ok(first, 'POST', `/v1/ops/rebuilds/${id}/rollback`);
  await Promise.all(services.map((service) => service.kill('SIGKILL')));
  await marker(4, await start());
  expect(receiver.verified(secret, 'rebuild.caught-up')).toHaveLength(1);
  const reached = receiver.verified(secret, 'usage.threshold-reached');
  const wanted = ['active 1', 'active 2', 'active 3', 'active 4', 'receptive 10', 'receptive 9'];
  expect([...new Set(reached.map(({ body: { data } }) => `${data.of} ${data.count}`))].sort()).toEqual(
    wanted,
  );
  expect(new Set(reached.map((one) => one.id)).size).toBe(wanted.length);
}, 180_000);

test('a service that is killed right after a threshold was crossed tells it, known by one id', async () => {
  let service = await start();
  await makeWebhook(service);
  const rounds = [1, 2, 3, 4, 5];
  await setThresholds(
    service,
    'acme',
    rounds.map((round) => ({ of: 'receptive', count: round * 10 })),
  );
  for (const round of rounds) {
    const { counted } = await windows(service, 'acme', 10);
    // Acknowledged, counted, or some hundreds of ms later: before, while and after it is noted.
    if (round > 1) await counted();
    const end = performance.now() + (round - 2) * 120;
    while (performance.now() < end) await ok(service, 'GET', '/healthz');
    await service.kill('SIGKILL');
    service = await start();
  }
  const wanted = rounds.map((round) => `receptive ${round * 10}`).sort();
  await until(() => names().length === wanted.length, { timeoutMs: 60_000, what: 'all to be told' });
  expect(names()).toEqual(wanted);
  expect(ids()).toBe(wanted.length);
}, 240_000);

test('what was sent when the service was killed, and not noted as delivered, is sent again with the same id', async () => {
  const service = await start();
  const { id } = await makeWebhook(service);
  const got = Promise.withResolvers<void>();
  receiver.answer(() => got.resolve());
  await ok(service, 'POST', `/v1/webhooks/${id}/test`);
  await got.promise;
  await service.kill('SIGKILL');
  receiver.answer(answerWith(204));
  const again = await start();
  await until(() => receiver.received.length === 2, { timeoutMs: 60_000, what: 'the repeat' });
  expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  const delivered = async () => (await ok(again, 'GET', `/v1/webhooks/${id}/deliveries`)).items;
  await until(async () => (await delivered())[0].state === 'delivered', { what: 'it to be noted' });
  expect(await delivered()).toHaveLength(1);
}, 120_000);

test('endpoints that say nothing, never end, or come byte by byte are bounded in time and memory, and hold back no other', async () => {
  const service = await start();
  const bad = {
    silent: (_: ServerResponse) => undefined,
    endless(response: ServerResponse) {
      const block = 'x'.repeat(65_536);
      const more = () => {
        while (!response.destroyed && response.write(block));
      };
      response.writeHead(200).on('drain', more);
      more();
    },
    slow(response: ServerResponse) {
      response.writeHead(200);
      const timer = setInterval(() => response.write('a'), 100);
      response.on('close', () => clearInterval(timer));
    },
  };
  const receivers: WebhookReceiver[] = [];
  const made: Record<string, string> = {};
  for (const [name, answer] of Object.entries(bad)) {
    const other = await webhookReceiver();
    receivers.push(other);
    other.answer(answer);
    made[name] = (await makeWebhook(service, other.url)).id;
  }
  const live = (await makeWebhook(service)).id;
  const before = peakMemory(service.pid);
  for (const id of Object.values(made))
    for (let i = 0; i < 20; i++) await ok(service, 'POST', `/v1/webhooks/${id}/test`);
  await ok(service, 'POST', `/v1/webhooks/${live}/test`);
  await until(() => receiver.received.length === 1, { timeoutMs: 5_000, what: 'the live one to be told' });
  const deliveries = async (name: string) =>
    (await ok(service, 'GET', `/v1/webhooks/${made[name]}/deliveries`)).items as {
      state: string;
      status: number | null;
      answer: string | null;
      error: string | null;
    }[];
  const isDelivered = async (name: string) =>
    (await deliveries(name)).some(({ state }) => state === 'delivered');
  await until(() => isDelivered('endless'), { what: 'the beginning of an answer without end' });
  await until(() => isDelivered('slow'), { timeoutMs: 30_000, what: 'the slow one to be given up' });
  await until(async () => (await deliveries('silent')).some(({ error }) => error !== null), {
    what: 'the silent one to be given up',
  });
  expect((await deliveries('silent')).find(({ error }) => error !== null)).toMatchObject({
    ...{ state: 'waiting', status: null, error: 'no answer within 10 s' },
  });
  expect((await deliveries('endless')).find(({ state }) => state === 'delivered')).toMatchObject({
    ...{ status: 200, answer: 'x'.repeat(1_024) },
  });
  expect((await deliveries('slow')).find(({ state }) => state === 'delivered')?.answer).toMatch(/^a+$/);
  expect(peakMemory(service.pid) - before).toBeLessThan(100);
  for (const other of receivers) await other.close();
}, 120_000);

test('10,000 deliveries that wait for an endpoint that says nothing hold back none to one that answers', async () => {
  const service = await start();
  const silent = await webhookReceiver();
  silent.answer(() => undefined);
  await makeWebhook(service, silent.url, { tenants: ['silent'] });
  const live = await makeWebhook(service, receiver.url, { tenants: ['live'] });
  const notice = (tenant: string, number: string) => ({
    ...{ type: 'invoice.finalized' as const, of: [number], tenant, at: Date.now() },
    data: {
      ...{ number, tenant, reference: null, period: '2026-10' },
      total: '1.00',
      currency: 'BRL',
      digest: null,
    },
  });
  const { db } = database.database;
  for (let i = 0; i < 10_000; i += 1_000)
    await notify(
      db,
      Array.from({ length: 1_000 }, (_, j) => notice('silent', `${i + j}`)),
    );
  await until(() => silent.received.length > 0, { what: 'the silent one to be asked' });
  await notify(
    db,
    Array.from({ length: 100 }, (_, i) => notice('live', `live ${i}`)),
  );
  await until(() => receiver.received.length === 100, { timeoutMs: 20_000, what: 'the live one to be told' });
  const { items } = await ok(service, 'GET', `/v1/webhooks/${live.id}/deliveries?state=waiting`);
  expect(items.length).toBeLessThan(100);
  // Meanwhile it is asked by one at a time, so that it takes nothing from others.
  const metrics = async () => (await call(service, 'GET', '/metrics')).text;
  await until(async () => /^janela_webhook_deliveries_waiting 10000$/m.test(await metrics()), {
    what: 'the metric to say how many wait',
  });
  await silent.close();
}, 120_000);
