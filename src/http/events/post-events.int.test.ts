import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { ADMIN_KEY, PARTITIONS, type TestApi, testApi } from '../../../test/support/api.ts';
import { byHand } from '../../../test/support/by-hand.ts';
import { LogFull } from '../../intake/batcher.ts';
import { LogBroken, LogRefused, LogUnavailable, type NewRecord } from '../../log/log.ts';
import { decodeRecord } from '../../log/record/record.ts';
import { type RecordSealer, sealHere } from '../../log/sealing/record-sealer.ts';
import { openEvents } from '../../projection/read/opened.ts';
import { endKeys } from '../../sealing/key-rows.ts';
import { generationOf } from '../../sealing/sealed.ts';
import { decodeReceipt } from '../conventions/receipt.ts';

const NOW = Date.parse('2026-11-03T13:00:00Z');
const EVENT = {
  id: 'm1',
  type: 'message.received',
  tenant: 'acme',
  channel: 'whatsapp',
  account: '551140000001',
  contact: '5511987654321',
  occurredAt: '2026-11-03T10:00:00-03:00',
};

let api: TestApi;
const intake = { failure: null as Error | null };
const sealing = { before: null as ((keys: Parameters<RecordSealer['seal']>[2]) => Promise<void>) | null };

beforeAll(async () => {
  const built: TestApi = await testApi({
    clock: () => NOW,
    intake: {
      append: async (records: readonly NewRecord[]) => {
        if (intake.failure !== null) throw intake.failure;
        return await built.log.append(records);
      },
    },
    recordSealer: {
      seal: async (events, receipt, keys) => {
        await sealing.before?.(keys);
        return await sealHere(built.deps.sealing.hashes).seal(events, receipt, keys);
      },
    },
  });
  api = built;
  await api.call('PUT', '/v1/tenants/acme', { body: { name: 'Acme' } });
});

beforeEach(async () => {
  intake.failure = null;
  await byHand(api.database.owner.pool, 'TRUNCATE log.records');
});

afterAll(() => api.close());

async function post(body: unknown, headers: Record<string, string> = {}, key = ADMIN_KEY) {
  return await api.call('POST', '/v1/events', { body, headers, key });
}

/** What the log holds, in no particular order. */
async function records(): Promise<Buffer[]> {
  const { rows } = await api.database.database.pool.query<{ value: Buffer }>('SELECT value FROM log.records');
  return rows.map(({ value }) => value);
}

/** The same, opened. */
async function logged() {
  const events = (await records()).map((value) => decodeRecord(value));
  return await openEvents(api.deps.unsealing, events);
}

describe('accepted', () => {
  test('one event: in the log with the instant it arrived and the key that posted it', async () => {
    const { status, json } = await post(EVENT);
    expect(status).toBe(202);
    expect(json).toEqual({
      accepted: 1,
      rejected: 0,
      receipt: expect.any(String),
      results: [
        {
          index: 0,
          id: 'm1',
          status: 'accepted',
          position: { partition: expect.any(Number), offset: expect.any(Number) },
        },
      ],
    });
    const [{ position }] = json.results;
    expect(decodeReceipt(json.receipt, PARTITIONS)).toEqual(
      new Map([[position.partition, position.offset + 1]]),
    );
    expect(await logged()).toMatchObject([{ id: 'm1', at: NOW, receivedAt: NOW, keyId: 'admin' }]);
  });

  test('one whose key ended while it was sealed: sealed anew, under the next one', async () => {
    let calls = 0;
    sealing.before = async (keys) => {
      if (calls++ > 0) return;
      await endKeys(api.database.database.db, keys, NOW);
      await api.deps.sealing.keys.refresh();
    };
    const { status } = await post({ ...EVENT, contact: '5511900000001' });
    sealing.before = null;
    expect(status).toBe(202);
    expect(calls).toBe(2);
    const [record] = await records();
    expect(generationOf(decodeRecord(record as Buffer).who as Buffer)).toBe(1);
  });

  test('the receipt covers an earlier one too, if that is one of this log', async () => {
    const partitionOf = ({ results: [{ position }] }: { results: [{ position: { partition: number } }] }) =>
      position.partition;
    const own = partitionOf((await post(EVENT)).json);
    // Which conversations share a partition is decided by the secret of the installation.
    let first = (await post({ ...EVENT, contact: '5511900000001' })).json;
    for (let i = 2; partitionOf(first) === own; i++)
      first = (await post({ ...EVENT, contact: `551190000000${i}` })).json;
    const also = async (receipt: string) =>
      (await api.call('POST', '/v1/events', { body: EVENT, headers: { 'janela-receipt': receipt } })).json;
    const both = await also(first.receipt);
    const nexts = [first, both].map(({ results: [{ position }] }) => [
      position.partition,
      position.offset + 1,
    ]);
    expect(nexts[0]?.[0]).not.toBe(nexts[1]?.[0]);
    expect(decodeReceipt(both.receipt, PARTITIONS)).toEqual(new Map(nexts as [number, number][]));
    const alone = await also('of-another-log');
    const [{ position }] = alone.results;
    expect(decodeReceipt(alone.receipt, PARTITIONS)).toEqual(
      new Map([[position.partition, position.offset + 1]]),
    );
  });

  test('a thousand events, a duplicate among them, each at a position of its own', async () => {
    const events = Array.from({ length: 1000 }, (_, i) => ({
      ...EVENT,
      id: `m${i % 999}`,
      contact: `${i % 999}`,
    }));
    const { status, json } = await post(events);
    expect(status).toBe(202);
    expect(json.accepted).toBe(1000);
    const positions = json.results.map(({ position }: { position: object }) => JSON.stringify(position));
    expect(new Set(positions).size).toBe(1000);
    expect(await logged()).toHaveLength(1000);
  });

  test('Prefer: return=minimal leaves accepted items out', async () => {
    const all = await post([EVENT, EVENT], { prefer: 'respond-async, return=minimal' });
    expect(all.headers['preference-applied']).toBe('return=minimal');
    expect(all.json).toMatchObject({ accepted: 2, rejected: 0, results: [] });
    const some = await post([EVENT, 1], { prefer: 'return="minimal"' });
    expect(some.json).toMatchObject({
      accepted: 1,
      rejected: 1,
      results: [{ index: 1, status: 'rejected' }],
    });
    expect((await post(EVENT, { prefer: 'return=representation' })).json.results).toHaveLength(1);
    for (const prefer of ['return=representation, return=minimal', 'respond-async; return=minimal'])
      expect((await post(EVENT, { prefer })).json.results).toHaveLength(1);
  });
});

describe('rejected', () => {
  test('the rest of the batch is unharmed, and nothing rejected reaches the log', async () => {
    const { status, json } = await post([
      EVENT,
      { ...EVENT, id: 'm2', occurredAt: '2026-11-03' },
      { ...EVENT, id: 'm3' },
    ]);
    expect(status).toBe(207);
    expect(json).toMatchObject({
      accepted: 2,
      rejected: 1,
      results: [
        { index: 0, id: 'm1', status: 'accepted' },
        {
          index: 1,
          id: 'm2',
          status: 'rejected',
          problem: {
            type: '/problems/invalid-event',
            title: expect.any(String),
            detail: expect.any(String),
            pointer: '/1/occurredAt',
          },
        },
        { index: 2, id: 'm3', status: 'accepted' },
      ],
    });
    expect((await logged()).map(({ id }) => id).sort()).toEqual(['m1', 'm3']);
  });

  test.each<[string, unknown, unknown[]]>([
    ['one bad event', { ...EVENT, id: 7 }, [{ index: 0, id: null, problem: { pointer: '/id' } }]],
    [
      'an array of bad events',
      [{}, []],
      [{ problem: { pointer: '/0/type' } }, { problem: { pointer: '/1' } }],
    ],
    ['an empty array', [], []],
    ['null', null, [{ index: 0, id: null, problem: { pointer: '' } }]],
    ['a number', 42, [{ index: 0, problem: { pointer: '' } }]],
    ['text', '"event"', [{ index: 0, problem: { pointer: '' } }]],
    [
      'an event of the future',
      { ...EVENT, occurredAt: '2026-11-03T13:05:00.001Z' },
      [{ problem: { type: '/problems/occurred-in-future', pointer: '/occurredAt' } }],
    ],
  ])('%s: 422 with results', async (_, body, results) => {
    const answer = await post(body);
    expect(answer.status).toBe(422);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(answer.json).toMatchObject({ type: '/problems/invalid-event', status: 422, accepted: 0, results });
    expect(answer.json.results).toHaveLength(results.length);
    expect(await logged()).toEqual([]);
  });

  test.each<[string, unknown, number, string]>([
    ['not JSON', '{"id":', 400, 'not-json'],
    ['nothing', '', 400, 'not-json'],
    ['no UTF-8', Buffer.from('7b22616263ff227d', 'hex'), 400, 'not-json'],
    ['1,001 events', Array.from({ length: 1001 }, () => EVENT), 413, 'too-many-events'],
    ['more than 1 MiB', [{ ...EVENT, metadata: { a: 'a'.repeat(1_048_576) } }], 413, 'body-too-large'],
  ])('%s: nothing is read', async (_, body, status, type) => {
    const answer = await post(body);
    expect(answer.status).toBe(status);
    expect(answer.json.type).toBe(`/problems/${type}`);
    expect(await logged()).toEqual([]);
  });

  test('a body without a type, or with another one', async () => {
    const bare = await api.call('POST', '/v1/events');
    expect(bare.json).toMatchObject({ type: '/problems/not-json', status: 400 });
    const form = await post('id=m1', { 'content-type': 'application/x-www-form-urlencoded' });
    expect(form.json).toMatchObject({ type: '/problems/unsupported-media-type', status: 415 });
  });

  test('all that is wrong with an event is told, each with its place in the body', async () => {
    const answer = await post([EVENT, { ...EVENT, id: '', occuredAt: 'x', occurredAt: '2026-11-03' }]);
    const [, { problem }] = answer.json.results;
    expect(problem).toMatchObject({ pointer: '/1/id', detail: problem.errors[0].detail });
    expect(problem.errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual([
      '/1/id',
      '/1/occuredAt',
      '/1/occurredAt',
    ]);
    expect(problem.errors[1].detail).toContain('did you mean occurredAt?');
    const alone = await post({ object: 'whatsapp_business_account', entry: [{ id: '1', changes: [] }] });
    expect(alone.status).toBe(422);
    expect(alone.json.results[0].problem).toMatchObject({
      pointer: '',
      detail: expect.stringContaining('Meta'),
    });
  });

  test('other tenants and voids without the scope, item by item', async () => {
    const body = { name: 'narrow', scopes: ['events:write'], tenants: ['acme'] };
    const { secret } = (await api.call('POST', '/v1/ops/keys', { body })).json;
    const voided = { ...EVENT, id: 'v1', type: 'event.voided', target: 'm1', reason: 'test', actor: 'ana' };
    const answer = await post([EVENT, { ...EVENT, tenant: 'other' }, voided], {}, secret);
    expect(answer.status).toBe(207);
    expect(answer.json.results).toMatchObject([
      { status: 'accepted' },
      { problem: { type: '/problems/forbidden-tenant', pointer: '/1/tenant' } },
      { problem: { type: '/problems/forbidden-scope', pointer: '/2/type' } },
    ]);
    expect((await post(voided)).status).toBe(202);
  });

  test('a prototype key is a field like any other, and metadata keeps it', async () => {
    const text = JSON.stringify(EVENT).slice(1);
    const field = await post(`{"__proto__":{"id":"x"},${text}`);
    expect(field.json.results[0].problem).toMatchObject({ pointer: '/__proto__' });
    const kept = await post(`{"metadata":{"__proto__":{"a":1}},${text}`);
    expect(kept.status).toBe(202);
    expect((await logged())[0]?.metadata).toBe('{"__proto__":{"a":1}}');
  });
});

test.each([
  ['the log is unavailable', new LogUnavailable('no broker'), 'log-unavailable', '1'],
  ['the queue is full', new LogFull('full'), 'intake-full', '1'],
  ['the log needs a person', new LogRefused('no right to write'), 'log-unavailable', '60'],
  ['the log is another one', new LogBroken('recreated'), 'log-unavailable', '60'],
])('503 with Retry-After when %s', async (_, failure, type, seconds) => {
  intake.failure = failure;
  const answer = await post([EVENT, 1]);
  expect(answer.status).toBe(503);
  expect(answer.headers['retry-after']).toBe(seconds);
  expect(answer.json.type).toBe(`/problems/${type}`);
});

test('metrics count what was accepted and what was rejected', async () => {
  const counts = async () => {
    const text = await api.deps.metrics.registry.metrics();
    const of = (name: string) => Number(new RegExp(`^${name} (\\d+)`, 'm').exec(text)?.[1] ?? 0);
    return {
      accepted: of('janela_events_accepted_total'),
      rejected: of('janela_events_rejected_total\\{problem="invalid-event"\\}'),
      appends: of('janela_log_append_seconds_count'),
    };
  };
  const before = await counts();
  await post([EVENT, EVENT, 1]);
  expect(await counts()).toEqual({
    accepted: before.accepted + 2,
    rejected: before.rejected + 1,
    appends: before.appends + 1,
  });
});
