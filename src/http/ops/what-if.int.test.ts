import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Answer } from '../../../test/support/api.ts';
import { active, type Happening, type TestFinance, testFinance } from '../../../test/support/finance.ts';
import { type RebuildBench, rebuildBench } from '../../../test/support/rebuilds.ts';
import { unsealingIn } from '../../../test/support/sealing.ts';
import type { RebuildWorker } from '../../projection/rebuild/work/worker.ts';
import { verifyProjection } from '../../verify/projection/verify-projection.ts';

let finance: TestFinance;
let bench: RebuildBench;
let worker: RebuildWorker;

const SLIDING = [{ from: null, rule: 'sliding', hours: 24, activeWhen: 'sent' }];
const FIXED = [{ from: null, rule: 'fixed', hours: 24, activeWhen: 'sent' }];
const ACCEPTED = { accept: true, reason: 'agreed with the customer', changeRules: true };

beforeAll(async () => {
  finance = await testFinance();
  bench = rebuildBench(finance.database.url, finance.log);
  worker = bench.start();
});

afterEach(async () => {
  const { items } = (await finance.get('/v1/ops/rebuilds?limit=1')).json;
  if (['running', 'caught-up'].includes(items[0]?.state)) await step(items[0].id, 'discard');
});

afterAll(async () => {
  await worker?.stop();
  await bench?.close();
  await finance?.close();
});

async function step(id: string, name: 'promote' | 'rollback' | 'discard', body?: unknown): Promise<Answer> {
  return await finance.call('POST', `/v1/ops/rebuilds/${id}/${name}`, body === undefined ? {} : { body });
}

/** Starts a rebuild and waits for what it finds. */
async function ask(body?: unknown): Promise<Answer['json']> {
  const started = await finance.call('POST', '/v1/ops/rebuilds', body === undefined ? {} : { body });
  if (started.status !== 202) throw new Error(started.text);
  await bench.reached(Number(started.json.id), 'caught-up');
  return (await finance.get(`/v1/ops/rebuilds/${started.json.id}`)).json;
}

/** Contacts who write again 23 and 34 hours later: two windows each under `fixed`, one under `sliding`. */
function persistent(count: number, day: string, prefix = 'p'): Happening[] {
  const first = Date.parse(`${day}T10:00:00Z`);
  return Array.from({ length: count }, (_, i) =>
    [0, 23, 34].map((hours) => ({
      id: `${prefix}${i}-${hours}`,
      at: new Date(first + hours * 3_600_000).toISOString(),
      contact: `${prefix}-${i}`,
    })),
  ).flat();
}

const PLAN = {
  monthlyFee: '199.00',
  receptive: {
    allowance: 3,
    limit: null,
    overage: [
      { upTo: 2, unitPrice: '0.30' },
      { upTo: null, unitPrice: '0.255' },
    ],
  },
};

function byCode(lines: { code: string; quantity: number; amount: string }[]) {
  const sums = new Map<string, { quantity: number; cents: number }>();
  for (const { code, quantity, amount } of lines) {
    const sum = sums.get(code) ?? { quantity: 0, cents: 0 };
    sums.set(code, {
      quantity: sum.quantity + quantity,
      cents: sum.cents + Math.round(Number(amount) * 100),
    });
  }
  return Object.fromEntries(
    [...sums].map(([code, { quantity, cents }]) => [code, { quantity, amount: (cents / 100).toFixed(2) }]),
  );
}

function sideOf(money: Answer['json'], side: 'live' | 'rebuilt') {
  const lines = money.lines.map((line: Answer['json']) => [line.code, line[side]]);
  return Object.fromEntries(lines.filter(([, charged]: Answer['json']) => charged.quantity !== 0));
}

test('the money of a what-if is the draft of a tenant that really has those rules', async () => {
  await finance.call('PUT', '/v1/tenants/twin', { body: { rules: SLIDING } });
  const events = [...persistent(5, '2027-02-03'), ...active(4, '2027-02-10T12:00:00Z')];
  for (const tenant of ['acme', 'twin']) {
    await finance.subscribe(tenant, '2027-01', PLAN);
    await finance.post(tenant, events);
    const goodwill = { period: '2027-02', description: 'Goodwill', amount: '-5.00', reason: 'a test' };
    await finance.manualLine(tenant, 'goodwill', goodwill);
  }
  const { usage, rules, all, period } = await ask({ rules: { acme: [{ from: null, rule: 'sliding' }] } });
  expect({ rules, all, period }).toEqual({ rules: { acme: SLIDING }, all: null, period: null });
  expect(usage.count).toBe(1);
  const [{ tenant, period: span, receptive, active: activeWindows, money }] = usage.items;
  expect({ tenant, receptive, active: activeWindows }).toEqual({
    tenant: 'acme',
    receptive: { live: 10, rebuilt: 5 },
    active: { live: 4, rebuilt: 4 },
  });
  const [now, twin] = [
    (await finance.invoice('acme', '2027-02')).json,
    (await finance.invoice('twin', '2027-02')).json,
  ];
  expect(span).toEqual(now.period);
  expect(money).toMatchObject({ currency: 'BRL', live: now.total, rebuilt: twin.total, invoiced: null });
  expect(sideOf(money, 'live')).toEqual(byCode(now.lines));
  expect(sideOf(money, 'rebuilt')).toEqual(byCode(twin.lines));
  expect(money.difference).toBe('-1.28');
  expect(usage.totals).toEqual({
    receptive: { live: 10, rebuilt: 5 },
    active: { live: 4, rebuilt: 4 },
    money: [{ currency: 'BRL', live: now.total, rebuilt: twin.total, difference: '-1.28' }],
  });
});

test('`all` judges every tenant not named, `period` lists that one; without a plan, and for a test tenant, there is no money', async () => {
  await finance.call('PUT', '/v1/tenants/tester', { body: { test: true } });
  await finance.subscribe('tester', '2027-01', PLAN);
  for (const tenant of ['tester', 'planless']) {
    await finance.post(tenant, [...persistent(2, '2027-01-03', 'jan'), ...persistent(1, '2027-02-03')]);
  }
  const { usage, differences } = await ask({ all: SLIDING, rules: { acme: FIXED }, period: '2027-01' });
  expect(
    usage.items.map((item: Answer['json']) => [item.tenant, item.period.id, item.receptive, item.money]),
  ).toEqual([
    ['planless', '2027-01', { live: 4, rebuilt: 2 }, null],
    ['tester', '2027-01', { live: 4, rebuilt: 2 }, null],
  ]);
  expect(differences.items.map((item: Answer['json']) => item.period)).not.toContain('2027-02');
});

describe('of a final period', () => {
  let id: string;
  let invoiced: Answer['json'];

  test('it says what was invoiced and what would become an adjustment', async () => {
    await finance.subscribe('closed', '2027-01', PLAN);
    await finance.post('closed', persistent(6, '2027-01-05'));
    invoiced = (await finance.finalize('closed', '2027-01')).json;
    expect(invoiced).toMatchObject({ status: 'final', total: '201.39' });
    const found = await ask({ rules: { closed: SLIDING } });
    id = found.id;
    const { live, rebuilt, difference, invoiced: final } = found.usage.items[0].money;
    expect({ live, rebuilt, difference }).toEqual({ live: '201.39', rebuilt: '199.86', difference: '-1.53' });
    expect(final).toEqual({
      number: invoiced.number,
      total: '201.39',
      adjustment: '-1.53',
      lines: [{ code: 'receptive.overage', quantity: -6, unitPrice: null, amount: '-1.53' }],
    });
    const windows = found.differences.items.find((item: Answer['json']) => item.table === 'windows');
    expect(windows).toMatchObject({ tenant: 'closed', period: '2027-01', money: found.usage.items[0].money });
    expect(windows.samples[0]).toMatch(/receptive window of 2027-01-0/);
    // Another test needs it as it stands.
    await promoteAndBack(id);
  });

  async function promoteAndBack(id: string): Promise<void> {
    const limited = await finance.call('POST', '/v1/ops/keys', {
      body: { name: 'ops', scopes: ['ops'], tenants: null },
    });
    const url = `/v1/ops/rebuilds/${id}/promote`;
    const refused = await finance.call('POST', url, { body: ACCEPTED, key: limited.json.secret });
    expect(refused.json).toMatchObject({ type: '/problems/forbidden-scope', status: 403 });
    const promoted = await step(id, 'promote', ACCEPTED);
    expect(promoted.json).toMatchObject({
      state: 'promoted',
      accepted: { by: 'admin', reason: ACCEPTED.reason },
    });
    expect((await finance.get('/v1/tenants/closed')).json.rules).toEqual(SLIDING);
    expect((await finance.invoice('closed', '2027-01')).json).toEqual(invoiced);
    const february = (await finance.invoice('closed', '2027-02')).json;
    expect(
      february.lines.find(({ code }: Answer['json']) => code === 'adjustment.receptive.overage'),
    ).toMatchObject({
      quantity: -6,
      amount: '-1.53',
    });
    const back = `/v1/ops/rebuilds/${id}/rollback`;
    expect((await finance.call('POST', back, { key: limited.json.secret })).status).toBe(403);
    expect((await step(id, 'rollback')).json).toMatchObject({ state: 'rolled-back' });
    expect((await finance.get('/v1/tenants/closed')).json.rules).toEqual(FIXED);
    expect((await finance.invoice('closed', '2027-02')).json.total).toBe('199.00');
    const { items } = (await finance.get('/v1/audit?subjectType=tenant&subject=closed')).json;
    expect(items.map(({ actor, action, after }: Answer['json']) => [actor, action, after.rules])).toEqual([
      ['admin', 'change', FIXED],
      ['admin', 'create', SLIDING],
    ]);
  }

  test('a rebuild by the same rules says what its difference costs, too', async () => {
    const { pool } = finance.database.database;
    const damage = (by: number) =>
      pool.query(
        `UPDATE projection.window_tallies SET windows = windows + ${by}
         WHERE tenant = 'closed' AND day = '2027-01-05' AND kind = 0`,
      );
    await damage(1_000);
    const { differences, usage } = await ask();
    await damage(-1_000);
    expect(usage).toBeNull();
    expect(differences.items).toHaveLength(1);
    expect(differences.items[0]).toMatchObject({
      tenant: 'closed',
      period: '2027-01',
      table: 'window_tallies',
      money: {
        live: expect.any(String),
        rebuilt: '201.39',
        invoiced: { number: invoiced.number, adjustment: '0.00' },
      },
    });
  });
});

test('once it is promoted, the next invoice adjusts the final one window by window, and no event is blamed', async () => {
  await finance.subscribe('judged-anew', '2027-01', PLAN);
  await finance.post('judged-anew', persistent(5, '2027-01-05'));
  const january = (await finance.finalize('judged-anew', '2027-01')).json;
  const { id, usage } = await ask({ rules: { 'judged-anew': SLIDING } });
  const { adjustment } = usage.items[0].money.invoiced;
  await step(id, 'promote', ACCEPTED);
  const february = (await finance.finalize('judged-anew', '2027-02')).json;
  expect(february).toMatchObject({ status: 'final', total: (199 + Number(adjustment)).toFixed(2) });
  const line = 'adjustment.receptive.overage:2027-01';
  const changes = await finance.windowsOf('judged-anew', '2027-02', line);
  expect(changes).toHaveLength(5);
  for (const { change, cause } of changes)
    expect({ change, cause }).toEqual({ change: 'removed', cause: null });
  expect((await finance.invoice('judged-anew', '2027-01')).json).toEqual(january);
});

test('a what-if is not promoted by accident, nor where rules changed since it was compared', async () => {
  await finance.post('careful', persistent(1, '2027-02-03'));
  const { id } = await ask({ rules: { careful: SLIDING } });
  const accident = { type: '/problems/rebuild-changes-rules', status: 409 };
  expect((await step(id, 'promote')).json).toMatchObject(accident);
  expect((await step(id, 'promote', { accept: true, reason: 'looks right' })).json).toMatchObject(accident);
  expect((await step(id, 'promote', { changeRules: true })).status).toBe(400);
  const meanwhile = [...FIXED, { ...FIXED[0], from: '2027-04-01T00:00:00.000Z', hours: 48 }];
  expect((await finance.call('PUT', '/v1/tenants/careful', { body: { rules: meanwhile } })).status).toBe(201);
  const stale = (await step(id, 'promote', ACCEPTED)).json;
  expect(stale).toMatchObject({ type: '/problems/rebuild-state', status: 409 });
  expect(stale.detail).toMatch(/The rules of careful were changed after the comparison/);
  expect((await finance.get('/v1/tenants/careful')).json.rules).toEqual(meanwhile);
  await step(id, 'discard');
  const plain = await ask();
  expect((await step(plain.id, 'promote', ACCEPTED)).json.detail).toMatch(/it changes no rules/);
});

test('a zone may change before the promotion; rules that changed after it are not rolled back', async () => {
  await finance.post('settled', persistent(1, '2027-02-03'));
  const { id } = await ask({ rules: { settled: SLIDING, newcomer: SLIDING } });
  await finance.call('PUT', '/v1/tenants/settled', { body: { timeZone: 'Asia/Kathmandu' } });
  await finance.post('settled', persistent(1, '2027-02-20', 'later'));
  await bench.sameAsLive(`projection_${id}`);
  expect((await step(id, 'promote', ACCEPTED)).json.state).toBe('promoted');
  const verified = await verifyProjection(bench.database, {
    unsealing: unsealingIn(bench.database.db),
    defaultTimeZone: 'America/Sao_Paulo',
  });
  expect(verified).toMatchObject({ ok: true, schema: `projection_${id}` });
  expect((await finance.get('/v1/tenants/newcomer')).json.rules).toEqual(SLIDING);
  const later = [...SLIDING, { ...FIXED[0], from: '2030-01-01T00:00:00.000Z' }];
  await finance.call('PUT', '/v1/tenants/settled', { body: { rules: later } });
  const refused = (await step(id, 'rollback')).json;
  expect(refused).toMatchObject({ type: '/problems/rebuild-state', status: 409 });
  expect(refused.detail).toMatch(/The rules of settled were changed after the promotion/);
  expect((await finance.get('/v1/tenants/newcomer')).json.rules).toEqual(SLIDING);
});

test('a rebuild that is discarded while it runs stops, and its tables are gone with the answer', async () => {
  const { json } = await finance.call('POST', '/v1/ops/rebuilds', { body: { all: SLIDING } });
  expect((await step(json.id, 'discard')).json).toMatchObject({ state: 'discarded', progress: null });
  const { rows } = await bench.database.pool.query('SELECT to_regnamespace($1) AS schema', [
    `projection_${json.id}`,
  ]);
  expect(rows).toEqual([{ schema: null }]);
  expect((await step(json.id, 'discard')).status).toBe(409);
  expect((await ask()).differences.count).toBe(0);
});

test.each<[string, unknown, string]>([
  ['an unknown member', { rule: 'sliding' }, '/rule'],
  ['no tenant', { rules: {} }, '/rules'],
  ['a period without rules', { period: '2026-10' }, '/period'],
  ['no month', { all: SLIDING, period: '2026-13' }, '/period'],
  ['an unknown rule', { rules: { acme: [{ from: null, rule: 'rolling' }] } }, '/rules/acme/0/rule'],
  ['half hours', { all: [{ from: null, rule: 'fixed', hours: 1.5 }] }, '/all/0/hours'],
  ['a timeline that starts late', { all: [{ ...FIXED[0], from: '2026-01-01T00:00:00Z' }] }, '/all/0/from'],
  ['a name that no tenant can have', { rules: { 'no body': SLIDING } }, '/rules/no body'],
  ['`all` as a tenant that nobody registered', { rules: { all: SLIDING } }, '/rules/all'],
])('%s is refused, at its place', async (_, body, pointer) => {
  const { json } = await finance.call('POST', '/v1/ops/rebuilds', { body });
  expect(json).toMatchObject({ type: '/problems/invalid-request', status: 400 });
  expect(json.errors[0].pointer).toBe(pointer);
});
