import { afterEach, expect, test } from '@jest/globals';
import { simulatedCompanies } from '../../src/simulation/traffic.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { CLOCK, setClockBack } from '../support/servers/move-clock.ts';
import { startProcess, stopProcesses, type TestProcess } from '../support/servers/process.ts';
import { SEED } from '../support/traffic.ts';
import { until } from '../support/until.ts';
import { type Answer, call, listAll } from './api.ts';
import { stopLoads } from './load.ts';
import { ADMIN_API_KEY, expectAllCountedOnce, startLoaded, untilAcknowledged } from './loaded.ts';

const PERIOD = '2018-11';
/** Far from the hour by which the clock is set back. */
const REVOKED_MS = 60_000;
let database: TestDatabase | undefined;

afterEach(async () => {
  stopLoads();
  await stopProcesses();
  await database?.drop();
}, 60_000);

/** A request that must work. */
async function done(service: TestProcess, method: string, path: string, body?: unknown): Promise<Answer> {
  const answer = await call(service, method, path, { body });
  if (answer.status >= 300) throw new Error(`${method} ${path} answered ${answer.status}: ${answer.text}`);
  return answer;
}

/** Clients post all the while, so the projection may be behind at first. */
async function finalize(service: TestProcess, tenant: string): Promise<Answer> {
  const path = `/v1/tenants/${tenant}`;
  await done(service, 'PUT', `${path}/subscriptions/${PERIOD}`, {
    ...{ plan: 'basic', until: '2018-12', confirm: true },
  });
  for (;;) {
    const answer = await call(service, 'POST', `${path}/invoices/${PERIOD}/finalize`);
    if (answer.json?.type !== '/problems/projection-behind') return answer;
  }
}

/** Waits until a key that was deleted is refused; it is asked for all the while. */
async function expectRevoked(service: TestProcess, id: string, key: string): Promise<void> {
  await done(service, 'DELETE', `/v1/ops/keys/${id}`);
  const refused = async () => (await call(service, 'GET', '/v1/usage', { key })).status === 401;
  await until(refused, { timeoutMs: REVOKED_MS, what: 'the key to be refused' });
}

interface Listed {
  receivedAt: string;
  position: { partition: number; offset: number };
}

/** Whether some event was received earlier than the one before it in its partition. */
function wentBack(events: readonly Listed[]): boolean {
  const partitions = Map.groupBy(events, ({ position }) => position.partition);
  return [...partitions.values()].some((all) => {
    const inOrder = all.toSorted((a, b) => a.position.offset - b.position.offset);
    return inOrder.some(({ receivedAt }, i) => receivedAt < (inOrder[i - 1]?.receivedAt ?? ''));
  });
}

test(`a clock that is set back by an hour changes no window, revives no key, and dates no invoice before another one (seed ${SEED})`, async () => {
  database = await testDatabase();
  const settings = { DATABASE_URL: database.url, ADMIN_API_KEY, LOG_LEVEL: 'warn', ...CLOCK };
  const service = await startProcess(settings);
  const loaded = startLoaded(service, { events: 1_200, restMs: 100, reserve: 400 });
  const [first = '', second = ''] = simulatedCompanies(loaded.traffic).map(({ tenant }) => tenant);
  await done(service, 'PUT', `/v1/plans/basic/versions/${PERIOD}`, {
    ...{ currency: 'BRL', monthlyFee: '10.00' },
    receptive: { allowance: 0, overage: [{ upTo: null, unitPrice: '0.30' }] },
    active: { default: [{ upTo: null, unitPrice: '0.45' }] },
  });
  const reader = { name: 'reader', scopes: ['usage:read'], tenants: null };
  const { id, secret } = (await done(service, 'POST', '/v1/ops/keys', reader)).json;
  expect((await call(service, 'GET', '/v1/usage', { key: secret })).status).toBe(200);
  await untilAcknowledged(loaded, 0.3);
  const before = await finalize(service, first);
  expect(before.status).toBe(200);

  setClockBack(service.pid);
  await expectRevoked(service, id, secret);
  expect((await finalize(service, second)).json).toMatchObject({
    type: '/problems/clock-behind',
    detail: expect.stringContaining(before.json.finalizedAt),
  });
  const { json } = await done(service, 'GET', `/v1/invoices?changedAfter=${before.json.finalizedAt}`);
  expect(json.items).toEqual([]);
  await expectAllCountedOnce(loaded, database.url);
  expect((await call(service, 'GET', '/readyz')).status).toBe(200);
  expect(wentBack(await listAll<Listed>(service, `/v1/tenants/${first}/events`))).toBe(true);
}, 120_000);
