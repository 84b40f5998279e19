import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { receptive, type TestFinance, testFinance } from '../../../test/support/finance.ts';
import { LOCK_SPACES } from '../../store/locks.ts';

let finance: TestFinance;

beforeAll(async () => {
  finance = await testFinance();
});

afterAll(() => finance?.close());

const NOVEMBER = '2026-11-10T12:00:00-03:00';
const event = (id: string) => ({
  id,
  type: 'message.received',
  tenant: 'somebody',
  channel: 'webchat',
  account: 'shop',
  contact: 'ana',
  occurredAt: NOVEMBER,
});

/** Counts what comes in, over and over, until something has come to its end. */
async function countedUntil<T>(work: Promise<T>): Promise<T> {
  let isBusy = true;
  const counting = (async () => {
    while (isBusy) await finance.post('somebody', []);
  })();
  try {
    return await work;
  } finally {
    isBusy = false;
    await counting;
  }
}

test('while a large invoice is made, its tenant may be written to and everybody else goes on', async () => {
  await finance.subscribe('large');
  await finance.subscribe('other');
  await finance.post('large', receptive(5_000, NOVEMBER));
  const made = await finance.call('POST', '/v1/ops/keys', {
    body: { name: 'poster', scopes: ['events:write', 'usage:read'], tenants: null },
  });
  const key = made.json.secret;
  const subscribe = () =>
    finance.call('PUT', '/v1/tenants/large/subscriptions/2026-01', { body: { plan: 'plan-of-large' } });
  for (let round = 0; round < 3; round++) {
    const post = (i: number) =>
      finance.call('POST', '/v1/events', { body: event(`beside-${round}-${i}`), key });
    const all = Promise.all([
      finance.finalize('large', '2026-11'),
      ...Array.from({ length: 25 }, subscribe),
      finance.call('PUT', '/v1/tenants/large', { body: { name: 'Large S.A.' } }),
      ...Array.from({ length: 15 }, (_, i) => post(i)),
      finance.finalize('other', '2026-11'),
      ...Array.from({ length: 10 }, () => finance.call('GET', '/v1/tenants/other/usage', { key })),
    ]);
    const answers = await countedUntil(all);
    expect(new Set(answers.map(({ status }) => Math.floor(status / 100)))).toEqual(new Set([2]));
    for (const tenant of ['large', 'other']) await finance.voidInvoice(tenant, '2026-11');
  }
}, 120_000);

test('whoever waits for a tenant that another process holds keeps nobody from a connection', async () => {
  await finance.subscribe('held');
  await finance.subscribe('free');
  const other = await finance.database.database.pool.connect();
  const key = [LOCK_SPACES.tenantInvoices, 'held'];
  await other.query('SELECT pg_advisory_lock($1, hashtext($2))', key);
  const url = '/v1/tenants/held/manual-lines';
  const line = { period: '2026-11', description: 'x', amount: '1', reason: 'x' };
  const waiting = [
    finance.finalize('held', '2026-11'),
    ...Array.from({ length: 20 }, (_, i) => finance.call('PUT', `${url}/l${i}`, { body: line })),
  ];
  for (const period of ['2026-10', '2026-11', '2026-12'])
    expect((await finance.finalize('free', period)).json.status).toBe('final');
  expect((await finance.get(url)).json.items).toEqual([]);
  await other.query('SELECT pg_advisory_unlock($1, hashtext($2))', key);
  other.release();
  const [invoice, ...lines] = await Promise.all(waiting);
  expect(new Set(lines.map(({ status }) => status))).toEqual(new Set([201]));
  expect(invoice?.json).toMatchObject({ status: 'final', total: '20.00' });
});

test('traffic that never ends does not keep an invoice from being made', async () => {
  await finance.subscribe('patient');
  let events = 0;
  let isBusy = true;
  // What has been counted is never all that there is.
  const traffic = (async () => {
    while (isBusy) {
      await finance.call('POST', '/v1/events', { body: event(`more-${events++}`) });
      await finance.post('somebody', []);
      await finance.call('POST', '/v1/events', { body: event(`more-${events++}`) });
    }
  })();
  const answers = [];
  for (const period of ['2026-08', '2026-09', '2026-10', '2026-11'])
    answers.push(await finance.finalize('patient', period));
  isBusy = false;
  await traffic;
  expect(answers.map(({ json }) => json.status)).toEqual(['final', 'final', 'final', 'final']);
  expect(events).toBeGreaterThan(4);
});
