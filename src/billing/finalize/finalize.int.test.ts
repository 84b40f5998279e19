import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { PoolClient } from 'pg';
import { active, receptive, type TestFinance, testFinance } from '../../../test/support/finance.ts';
import { LogUnavailable } from '../../log/log.ts';

let finance: TestFinance;
const NOVEMBER = '2026-11-10T12:00:00-03:00';

let logIsAway = false;

beforeAll(async () => {
  finance = await testFinance({
    freshLogEnds: async () => {
      if (logIsAway) throw new LogUnavailable('the log is away');
      return await finance.log.ends();
    },
  });
});

afterAll(() => finance.close());

const count = async (table: string, where = 'true') =>
  (await finance.database.database.pool.query(`SELECT count(*) AS n FROM billing.${table} WHERE ${where}`))
    .rows[0].n;

test('an invoice is made once the period has been over for the grace time, and everything is counted', async () => {
  await finance.subscribe('early');
  await finance.call('PUT', '/v1/tenants/trial', { body: { test: true } });
  await finance.subscribe('trial');
  finance.at('2026-12-04T02:59:59.999Z');
  expect((await finance.finalize('early', '2026-11')).json).toMatchObject({
    type: '/problems/period-open',
    detail: '2026-11 can be finalized from 2026-12-04T03:00:00.000Z on.',
  });
  finance.at('2026-12-04T03:00:00.000Z');
  expect((await finance.finalize('trial', '2026-11')).json.type).toBe('/problems/test-tenant');
  expect((await finance.finalize('nobody', '2026-11')).json).toMatchObject({
    type: '/problems/no-subscription',
    status: 409,
  });
  expect((await finance.invoice('nobody', '2026-11')).json).toMatchObject({
    type: '/problems/no-subscription',
    status: 404,
  });
  const event = {
    id: 'e',
    type: 'message.received',
    tenant: 'early',
    channel: 'webchat',
    account: 'a',
    contact: 'c',
  };
  await finance.call('POST', '/v1/events', { body: { ...event, occurredAt: NOVEMBER } });
  const waiting = finance.finalize('early', '2026-11');
  await finance.post('early', []);
  const final = (await waiting).json;
  expect(final.asOf.caughtUp).toBe(true);
  expect(final.asOf.positions).toHaveLength(4);
  for (const { chain } of final.asOf.positions) expect(chain).toMatch(/^[0-9a-f]{64}$/);
  finance.at('2027-03-20T12:00:00Z');
});

test('20 parallel requests make one invoice', async () => {
  await finance.subscribe('crowd');
  await finance.post('crowd', receptive(10, NOVEMBER));
  const answers = await Promise.all(Array.from({ length: 20 }, () => finance.finalize('crowd', '2026-11')));
  expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
  expect(answers[0]?.json.status).toBe('final');
  expect(await count('invoices', "tenant = 'crowd'")).toBe(1);
});

test('repeating it gives the same invoice while the log is away, making one does not', async () => {
  await finance.subscribe('again');
  const { text } = await finance.finalize('again', '2026-11');
  logIsAway = true;
  const [same, other] = [
    await finance.finalize('again', '2026-11'),
    await finance.finalize('again', '2026-12'),
  ];
  logIsAway = false;
  expect(same).toMatchObject({ status: 200, text });
  expect(other.json).toMatchObject({ type: '/problems/log-unavailable', status: 503 });
});

test('two periods in parallel adjust an earlier one once', async () => {
  await finance.subscribe('pair');
  await finance.post('pair', active(3, NOVEMBER));
  await finance.finalize('pair', '2026-11');
  await finance.post('pair', active(1, NOVEMBER, 'late'));
  const [december, january] = await Promise.all([
    finance.finalize('pair', '2026-12'),
    finance.finalize('pair', '2027-01'),
  ]);
  const ids = [december, january].flatMap(({ json }) => json.lines.map(({ id }: { id: string }) => id));
  expect(ids).toEqual(['adjustment.active:2026-11']);
});

test('50 tenants in parallel get unique numbers without gaps', async () => {
  const tenants = Array.from({ length: 50 }, (_, i) => `many-${i}`);
  await finance.call('PUT', '/v1/plans/shared/versions/2026-01', {
    body: {
      currency: 'BRL',
      monthlyFee: '1.00',
      receptive: { allowance: 0, overage: [{ upTo: null, unitPrice: '1' }] },
      active: { default: [{ upTo: null, unitPrice: '1' }] },
    },
  });
  for (const tenant of tenants)
    await finance.call('PUT', `/v1/tenants/${tenant}/subscriptions/2026-01`, { body: { plan: 'shared' } });
  const before = await count('invoices', "number LIKE '2027-%'");
  const answers = await Promise.all(tenants.map((tenant) => finance.finalize(tenant, '2026-11')));
  const numbers = answers.map(({ json }) => Number(json.number.slice(5))).sort((a, b) => a - b);
  expect(numbers).toEqual(tenants.map((_, i) => before + i + 1));
});

test('a period without a plan waits for what is not counted yet, which it may have to adjust', async () => {
  await finance.subscribe('gone', '2026-01', {}, '2026-12');
  await finance.post('gone', active(1, NOVEMBER));
  await finance.finalize('gone', '2026-11');
  const failed = { id: 'a0:failed', type: 'message.failed', message: 'a0', contact: 'a-0' };
  const event = { ...failed, tenant: 'gone', channel: 'whatsapp', account: '551140000001' };
  await finance.call('POST', '/v1/events', { body: { ...event, occurredAt: '2026-12-09T10:00:00Z' } });
  const refusal = async (period: string) => (await finance.finalize('gone', period)).json.type;
  expect(await refusal('2026-12')).toBe('/problems/projection-behind');
  expect(await refusal('2027-01')).toBe('/problems/no-subscription');
  await finance.post('gone', []);
  expect((await finance.finalize('gone', '2026-12')).json.total).toBe('-0.45');
  expect(await refusal('2027-01')).toBe('/problems/no-subscription');
}, 60_000);

test('whichever statement fails, there is a whole invoice or none, and the next attempt makes it', async () => {
  const pool = finance.deps.financePool;
  await finance.subscribe('torn', '2026-01', { minimum: '2.00' });
  await finance.post('torn', [...receptive(3, NOVEMBER), ...active(3, NOVEMBER)]);
  await finance.finalize('torn', '2026-10');
  await finance.post('torn', active(1, '2026-10-10T12:00:00Z', 'late'));
  let cuts = 0;
  for (let made = false; !made; cuts++) {
    expect(cuts).toBeLessThan(150);
    const restore = cutAt(pool, cuts);
    const answer = await finance.finalize('torn', '2026-11').finally(restore);
    const standing = await count('invoices', "tenant = 'torn' AND period = '2026-11' AND status = 'final'");
    made = answer.status === 200;
    if (made) expect(standing).toBe(1);
    else if (standing === 1) {
      // It was committed, and only the answer got lost.
      expect((await finance.finalize('torn', '2026-11')).status).toBe(200);
      await finance.voidInvoice('torn', '2026-11');
    }
  }
  expect(cuts).toBeGreaterThan(30);
  const { json } = await finance.invoice('torn', '2026-11');
  expect(json.lines.map(({ id }: { id: string }) => id)).toEqual([
    'receptive.included:1',
    'active:1',
    'minimum:1',
    'adjustment.active:2026-10',
    'adjustment.minimum:2026-10',
  ]);
  expect(await count('invoices', "status = 'pending'")).toBe(0);
  expect(await count('billed_windows', 'invoice NOT IN (SELECT id FROM billing.invoices)')).toBe(0);
  const numbers = await pool.query(
    "SELECT number FROM billing.invoices WHERE number LIKE '2027-%' ORDER BY number",
  );
  expect(numbers.rows.map(({ number }) => Number(number.slice(5)))).toEqual(
    numbers.rows.map((_, i) => i + 1),
  );
});

test('a final invoice cannot be changed, made by hand or added to, not even in the database', async () => {
  await finance.subscribe('stone');
  await finance.post('stone', active(1, NOVEMBER));
  const { number } = (await finance.finalize('stone', '2026-11')).json;
  const { pool } = finance.database.owner;
  const invoice = `(SELECT id FROM billing.invoices WHERE number = '${number}')`;
  await expect(
    pool.query(`UPDATE billing.invoices SET total = '0.00' WHERE number = '${number}'`),
  ).rejects.toThrow(/never changes/);
  await expect(pool.query(`DELETE FROM billing.invoices WHERE number = '${number}'`)).rejects.toThrow(
    /never changes/,
  );
  await expect(
    pool.query(`UPDATE billing.invoice_lines SET amount = '0.00' WHERE invoice = ${invoice}`),
  ).rejects.toThrow(/never changes/);
  await expect(pool.query(`DELETE FROM billing.billed_windows WHERE invoice = ${invoice}`)).rejects.toThrow(
    /never changes/,
  );
  await expect(
    pool.query(
      `INSERT INTO billing.billed_windows SELECT * FROM billing.billed_windows WHERE invoice = ${invoice}`,
    ),
  ).rejects.toThrow(/never changes/);
  await expect(
    pool.query(
      `INSERT INTO billing.billed_sets SELECT invoice, 99, period, code, weight, line FROM billing.billed_sets
       WHERE invoice = ${invoice}`,
    ),
  ).rejects.toThrow(/never changes/);
  await expect(
    pool.query(
      `INSERT INTO billing.invoices (tenant, period, status, number, start_at, end_at, time_zone, currency, total,
         receptive, active, as_of) VALUES ('stone', '2026-12', 'final', '2027-999999', 0, 1, 'UTC', 'BRL', '0', 0, 0, '[]')`,
    ),
  ).rejects.toThrow(/it is pending until it is made final/);
  for (const part of [
    'invoices',
    'invoice_lines',
    'invoice_periods',
    'billed_sets',
    'billed_windows',
    'change_causes',
  ])
    await expect(pool.query(`TRUNCATE billing.${part} CASCADE`)).rejects.toThrow(
      /is refused: it is only added to/,
    );
});

test.each([
  'UPDATE billing.audit SET actor = $$nobody$$',
  'DELETE FROM billing.audit',
  'TRUNCATE billing.audit',
  'UPDATE log.records SET value = $$x$$',
  'DELETE FROM log.records',
  'TRUNCATE log.records',
  'UPDATE log.partitions SET next = 0',
  'DELETE FROM log.partitions',
  'TRUNCATE log.partitions',
  'UPDATE log.meta SET partitions = 1',
  'DELETE FROM log.meta',
  'TRUNCATE log.meta',
])('nor can the log and the audit: %s', async (statement) => {
  await finance.post('granite', active(1, NOVEMBER));
  const { pool } = finance.database.owner;
  await expect(pool.query(statement)).rejects.toThrow(/is refused: it is only added to/);
});

type Pool = TestFinance['database']['database']['pool'];

/** Kills, from the server's side, the connection that is about to run the statement of this number. */
function cutAt(pool: Pool, statement: number): () => void {
  let seen = 0;
  const connect = pool.connect.bind(pool) as () => Promise<PoolClient>;
  const restores = new Map<PoolClient, () => void>();
  const cut = async (query: PoolClient['query']) => {
    const { rows } = await query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    const other = await connect();
    await other.query('SELECT pg_terminate_backend($1, 5000)', [rows[0]?.pid]);
    other.release();
  };
  pool.connect = (async () => {
    const client = await connect();
    if (restores.has(client)) return client;
    const { query: original } = client;
    const query = original.bind(client);
    restores.set(client, () => {
      client.query = original;
    });
    client.query = ((first: object | string, ...rest: unknown[]) => {
      const run = query as (...args: unknown[]) => unknown;
      if (typeof first === 'object' && 'submit' in first) return run(first, ...rest);
      return seen++ === statement ? cut(query).then(() => run(first, ...rest)) : run(first, ...rest);
    }) as PoolClient['query'];
    return client;
  }) as Pool['connect'];
  return () => {
    pool.connect = connect as Pool['connect'];
    for (const restore of restores.values()) restore();
  };
}
