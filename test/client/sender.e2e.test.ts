import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createClient } from '../../clients/typescript/src/client.ts';
import {
  createSender,
  type Event,
  type Rejected,
  type Sender,
  type SenderOptions,
} from '../../clients/typescript/src/sender.ts';
import { call } from '../e2e/api.ts';
import { startProcess, stopProcesses, type TestProcess } from '../support/servers/process.ts';
import { until } from '../support/until.ts';
import { type Fault, type FaultyProxy, faultyProxy } from './faulty-proxy.ts';

let service: TestProcess;
let proxy: FaultyProxy;
let sender: Sender;
let rejected: Rejected[];
let retries: string[];
let tenants = 0;
let tenant: string;

beforeAll(async () => {
  service = await startProcess({ LOG_LEVEL: 'warn' });
}, 90_000);
afterAll(() => stopProcesses(), 60_000);

beforeEach(async () => {
  proxy = await faultyProxy(() => service);
  tenant = `sender-${tenants++}`;
  rejected = [];
  retries = [];
  sender = newSender();
});
afterEach(async () => {
  await sender.close();
  await proxy.close();
});

function newSender(more: Partial<SenderOptions> = {}): Sender {
  return createSender({
    url: proxy.url,
    key: service.adminKey,
    onRejected: (item) => void rejected.push(item),
    onRetry: ({ reason }) => void retries.push(reason),
    ...more,
  });
}

function message(id: string, more: object = {}): Event {
  return {
    type: 'message.received',
    id,
    tenant,
    channel: 'whatsapp',
    account: '551140000001',
    contact: `55119${10_000_000 + Number(id.replace(/\D/g, '') || 0)}`,
    occurredAt: '2026-11-03T10:00:00-03:00',
    ...more,
  };
}

const messages = (count: number) => Array.from({ length: count }, (_, i) => message(`m${i}`));
const sendAll = (events: readonly Event[]) => Promise.all(events.map((event) => sender.send(event)));

/** Windows counted once everything that the sender's receipt covers is counted: one per message here. */
async function windows(): Promise<number | undefined> {
  const client = createClient({ url: service.url, key: service.adminKey });
  const query = { period: '2026-11', after: sender.receipt() };
  const { data, error } = await client.getUsage({ params: { path: { tenant }, query } });
  expect(error).toBeUndefined();
  return data?.receptive.windows;
}

describe('batches', () => {
  test('of 500, in the order of sending; one receipt covers all of them', async () => {
    expect(sender.receipt()).toBeUndefined();
    const events = messages(1_200);
    const results = await sendAll(events);
    expect(results.every(({ status }) => status === 'accepted')).toBe(true);
    expect(proxy.requests.map(({ ids }) => ids.length)).toEqual([500, 500, 200]);
    expect(proxy.requests.flatMap(({ ids }) => ids)).toEqual(events.map(({ id }) => id));
    expect(await windows()).toBe(1_200);
  });

  test('no larger than the service takes', async () => {
    const metadata = { text: 'x'.repeat(4_000) };
    await sendAll(Array.from({ length: 400 }, (_, i) => message(`m${i}`, { metadata })));
    expect(proxy.requests.length).toBe(2);
    expect(Math.max(...proxy.requests.map(({ bytes }) => bytes))).toBeLessThanOrEqual(1_000_000);
    expect(await windows()).toBe(400);
  });

  test('one event does not wait for others for ever; flush waits for none', async () => {
    expect(await sender.send(message('m1'))).toMatchObject({ status: 'accepted', id: 'm1' });
    const second = sender.send(message('m2'));
    await sender.flush();
    expect(await second).toMatchObject({ status: 'accepted', position: expect.anything() });
    expect(proxy.requests.map(({ ids }) => ids)).toEqual([['m1'], ['m2']]);
  });
});

describe('what breaks on the way is sent again, whole and in order', () => {
  const page = { 'content-type': 'text/html' };
  test.each<[string, Fault, RegExp]>([
    ['503', { status: 503 }, /503/],
    ['500', { status: 500, body: '{"type":"/problems/internal-error","title":"Oops"}' }, /500 Oops/],
    ['429', { status: 429 }, /429/],
    ['408', { status: 408 }, /408/],
    ["a proxy's page", { status: 200, headers: page, body: '<html>' }, /200/],
    ['202 for other events', { status: 202, body: '{"receipt":"x","results":[]}' }, /202/],
    ['a reset', 'reset', /fetch failed/],
    ['a reset after the log had them', 'reset-answered', /fetch failed/],
    ['a reset amid the answer', 'reset-amid-answer', /terminated/],
    ['no answer', 'hang', /no answer within 1500 ms/],
  ])('%s', async (_, fault, reason) => {
    sender = newSender({ timeoutMs: 1_500 });
    proxy.next(fault, fault);
    const first = sendAll(messages(3));
    await sender.flush();
    await sendAll([message('m3')]);
    expect((await first).map(({ status }) => status)).toEqual(['accepted', 'accepted', 'accepted']);
    const whole = ['m0', 'm1', 'm2'];
    expect(proxy.requests.map(({ ids }) => ids)).toEqual([whole, whole, whole, ['m3']]);
    expect(retries).toEqual([expect.stringMatching(reason), expect.stringMatching(reason)]);
    expect(await windows()).toBe(4);
    expect(rejected).toEqual([]);
  });

  test.each([
    ['seconds', () => '1'],
    ['a date', () => new Date(Date.now() + 2_000).toUTCString()],
  ])('not before Retry-After in %s', async (_, retryAfter) => {
    proxy.next({ status: 429, headers: { 'retry-after': retryAfter() } });
    await sendAll(messages(1));
    const [first, second] = proxy.requests;
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(950);
  });
});

describe('what the service refuses is never sent again', () => {
  test('an event among others: told once, with a pointer into the event', async () => {
    const wrong = message('m1', { occurredAt: 'yesterday' });
    const results = await sendAll([message('m0'), wrong, message('m2')]);
    expect(results.map(({ status }) => status)).toEqual(['accepted', 'rejected', 'accepted']);
    const problem = { type: '/problems/invalid-event', pointer: '/occurredAt' };
    expect(rejected).toMatchObject([{ status: 'rejected', event: wrong, problem }]);
    expect(rejected[0]?.problem.errors?.[0]?.pointer).toBe('/occurredAt');
    expect(results[1]).toBe(rejected[0]);
    expect(proxy.requests).toHaveLength(1);
    expect(await windows()).toBe(2);
  });

  test('a whole batch (422), and a request (401, 403 of a proxy): each event is told', async () => {
    await sendAll([message('m0', { tenant: '' }), message('m1', { id: '' })]);
    sender = newSender({ key: 'nobodys' });
    await sendAll(messages(2));
    proxy.next({ status: 403, body: '<html>go away' });
    await sendAll(messages(1));
    expect(rejected.map(({ problem }) => problem.type)).toEqual([
      '/problems/invalid-event',
      '/problems/invalid-event',
      '/problems/unauthorized',
      '/problems/unauthorized',
      'about:blank',
    ]);
    expect(rejected[4]?.problem).toMatchObject({ status: 403, detail: '<html>go away' });
    expect(proxy.requests).toHaveLength(3);
    expect(retries).toEqual([]);
  });

  test('an event too large for any request hits no other', async () => {
    const results = await sendAll([
      message('m0'),
      message('m1', { metadata: { text: 'x'.repeat(1_100_000) } }),
      message('m2'),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['accepted', 'rejected', 'accepted']);
    expect(rejected[0]?.problem.type).toBe('/problems/body-too-large');
  });

  test('send waits for onRejected and rejects with what that throws', async () => {
    sender = newSender({ onRejected: () => Promise.reject(new Error('the disk is full')) });
    const refused = sender.send(message('m1', { occurredAt: 'yesterday' }));
    const flushed = sender.flush();
    await expect(refused).rejects.toThrow('the disk is full');
    await expect(flushed).rejects.toThrow('the disk is full');
  });
});

describe('the ends of a sender', () => {
  test('no more than maxQueued wait; what has its answer makes room', async () => {
    sender = newSender({ maxQueued: 3 });
    const taken = sendAll(messages(3));
    await expect(sender.send(message('m3'))).rejects.toMatchObject({ code: 'full' });
    await taken;
    await sendAll([message('m3')]);
    expect(await windows()).toBe(4);
  });

  test('an event that is no JSON is refused alone', async () => {
    const taken = sendAll(messages(1));
    await expect(sender.send(message('m9', { metadata: { count: 1n } }))).rejects.toThrow(TypeError);
    expect(await taken).toHaveLength(1);
  });

  test('close sends what waits, and nothing is taken after it', async () => {
    const taken = sendAll(messages(2));
    await sender.close();
    await expect(sender.send(message('m9'))).rejects.toMatchObject({ code: 'closed' });
    expect(await taken).toHaveLength(2);
    expect(await windows()).toBe(2);
  });

  test('close gives up when it is told to, and says so', async () => {
    proxy.next(...Array.from({ length: 100 }, (): Fault => 'reset'));
    const given = sender.send(message('m0')).catch((error: unknown) => error);
    await until(() => retries.length > 1, { what: 'a repetition' });
    const giveUp = new AbortController();
    const closed = sender.close({ signal: giveUp.signal }).catch((error: unknown) => error);
    const late = sender.send(message('m1')).catch((error: unknown) => error);
    giveUp.abort();
    expect(await given).toMatchObject({ code: 'abandoned' });
    expect(await closed).toMatchObject({ code: 'abandoned' });
    expect(await late).toMatchObject({ code: 'closed' });
    sender = newSender();
  });
});

test('every operation of the description is a function of the client', async () => {
  const client = createClient({ url: service.url, key: service.adminKey });
  const { json } = await call(service, 'GET', '/openapi.json', { key: null });
  const ids = Object.values(json.paths as Record<string, Record<string, { operationId: string }>>).flatMap(
    (item) => Object.values(item).map(({ operationId }) => operationId),
  );
  expect(Object.keys(client).sort()).toEqual(ids.sort());
  const { data, error, response } = await client.getUsage({
    params: { path: { tenant: 'acme' }, query: { after: 'no receipt' } },
  });
  expect([data, error?.type, response.status]).toEqual([undefined, '/problems/invalid-receipt', 400]);
});
