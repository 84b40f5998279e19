import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { type TestApi, testApi } from '../../../test/support/api.ts';
import { LogUnavailable } from '../../log/log.ts';
import { PROJECTOR_SERVER_SETTINGS, startProjector } from '../../projection/live/projector.ts';
import { createSettingsCache } from '../../projection/tables/tenant-rules.ts';
import { openDatabase } from '../../store/database.ts';

let api: TestApi;
let isLogAway = false;

beforeAll(async () => {
  api = await testApi({
    freshLogEnds: async () => {
      if (isLogAway) throw new LogUnavailable('away');
      return await api.log.ends();
    },
  });
});

afterAll(() => api?.close());

const FIXED = { from: null, rule: 'fixed', hours: 24, activeWhen: 'sent' };
const SLIDING = { ...FIXED, rule: 'sliding' };

async function put(tenant: string, rules: object[]) {
  const { status, json, headers } = await api.call('PUT', `/v1/tenants/${tenant}`, { body: { rules } });
  return { status, type: json.type, retryAfter: headers['retry-after'] };
}

async function post(tenant: string) {
  const body = {
    id: 'm1',
    type: 'message.received',
    tenant,
    channel: 'webchat',
    account: 'shop',
    contact: 'ana',
    occurredAt: '2026-01-03T10:00:00-03:00',
  };
  expect((await api.call('POST', '/v1/events', { body })).status).toBe(202);
}

async function whileCounting(work: () => Promise<void>) {
  const database = openDatabase({ url: api.database.url, max: 4, serverSettings: PROJECTOR_SERVER_SETTINGS });
  const projector = await startProjector({
    database,
    log: api.log,
    settings: createSettingsCache('America/Sao_Paulo'),
    unsealing: api.deps.unsealing,
    metrics: api.deps.metrics,
    logger: pino({ level: 'silent' }),
    now: Date.now,
  });
  try {
    await work();
  } finally {
    await projector.stop();
    await database.close();
  }
}

test('with nothing in the log a new tenant may have any rules', async () => {
  expect((await put('new', [SLIDING])).status).toBe(201);
});

test('without the log nobody knows whether there are events, unless the past stays as it is', async () => {
  isLogAway = true;
  expect(await put('unasked', [SLIDING])).toEqual({
    status: 503,
    type: '/problems/log-unavailable',
    retryAfter: '1',
  });
  expect((await api.call('GET', '/v1/tenants/unasked')).status).toBe(404);
  expect((await put('unasked', [FIXED, { ...SLIDING, from: '2099-01-01T00:00:00Z' }])).status).toBe(201);
  isLogAway = false;
});

test('an event that is acknowledged and not counted yet keeps the past as it is', async () => {
  await post('busy');
  expect(await put('busy', [SLIDING])).toMatchObject({ status: 409, type: '/problems/projection-behind' });
  expect((await api.call('GET', '/v1/tenants/busy')).status).toBe(404);
}, 15_000);

test('a rule for the past waits for what is being counted, and goes by what that was', async () => {
  await whileCounting(async () => {
    await post('counted');
    expect(await put('counted', [SLIDING])).toMatchObject({
      status: 409,
      type: '/problems/rule-in-the-past',
    });
    await post('somebody');
    expect((await put('nobody', [SLIDING])).status).toBe(201);
  });
});
