import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type TestApi, testApi } from '../../../test/support/api.ts';
import { insertFinalInvoice } from '../../../test/support/final-invoice.ts';
import { appendEvents, projectLog, simulatedEvents } from '../../../test/support/projected.ts';
import { type RebuildBench, rebuildBench } from '../../../test/support/rebuilds.ts';
import { until } from '../../../test/support/until.ts';

let api: TestApi;
let bench: RebuildBench;
const events = simulatedEvents({ seed: 5, events: 1_500 });

beforeAll(async () => {
  api = await testApi();
  bench = rebuildBench(api.database.url, api.log);
  await appendEvents(api.log, events);
  await projectLog(api.database.database, api.log);
});

afterAll(async () => {
  await bench?.close();
  await api?.close();
});

async function makeKey(scopes: string[], tenants: string[] | null = null): Promise<string> {
  const answer = await api.call('POST', '/v1/ops/keys', { body: { name: 'test', scopes, tenants } });
  return answer.json.secret;
}

async function start(): Promise<string> {
  const answer = await api.call('POST', '/v1/ops/rebuilds');
  expect(answer.status).toBe(202);
  expect(answer.headers.location).toBe(`/v1/ops/rebuilds/${answer.json.id}`);
  return answer.json.id;
}

test('a rebuild from start to promotion and back', async () => {
  const id = await start();
  expect((await api.call('POST', '/v1/ops/rebuilds')).json).toMatchObject({
    type: '/problems/rebuild-running',
    status: 409,
  });
  expect((await api.call('POST', `/v1/ops/rebuilds/${id}/promote`)).json).toMatchObject({
    type: '/problems/rebuild-state',
  });
  const shown = (await api.call('GET', `/v1/ops/rebuilds/${id}`)).json;
  expect(shown).toMatchObject({
    state: 'running',
    startedBy: 'admin',
    differences: null,
    progress: { phase: 'load' },
  });
  expect(shown.progress.partitions).toHaveLength(4);
  const usage = async (tenant: string) =>
    (await api.call('GET', `/v1/tenants/${tenant}/usage?period=2026-10&groupBy=day`)).json;
  const tenant = events[0]?.tenant ?? '';
  const before = await usage(tenant);
  const worker = bench.start();
  try {
    await bench.reached(Number(id), 'caught-up');
    const found = (await api.call('GET', `/v1/ops/rebuilds/${id}`)).json;
    expect(found.differences).toEqual({ count: 0, items: [] });
    expect(found.digests.live).toBe(found.digests.rebuilt);
    expect(found.counts.live.events).toBe(found.counts.rebuilt.events);
    expect((await api.call('POST', `/v1/ops/rebuilds/${id}/promote`)).json).toMatchObject({
      state: 'promoted',
      progress: null,
    });
    expect(await usage(tenant)).toEqual(before);
    expect((await api.call('POST', `/v1/ops/rebuilds/${id}/discard`)).status).toBe(409);
    expect((await api.call('POST', `/v1/ops/rebuilds/${id}/rollback`)).json).toMatchObject({
      state: 'rolled-back',
    });
    expect(await usage(tenant)).toEqual(before);
    expect((await api.call('POST', `/v1/ops/rebuilds/${id}/rollback`)).status).toBe(409);
  } finally {
    await worker.stop();
  }
  const audit = (await api.call('GET', '/v1/audit')).json.items.filter((entry: { subject: unknown }) =>
    JSON.stringify(entry).includes('rebuild'),
  );
  expect(audit).toHaveLength(3);
});

test('differences must be accepted with a reason', async () => {
  await api.database.database.pool.query(
    'UPDATE projection.window_tallies SET windows = windows + 1 WHERE ctid = (SELECT min(ctid) FROM projection.window_tallies)',
  );
  const id = await start();
  const worker = bench.start();
  try {
    await bench.reached(Number(id), 'caught-up');
    const url = `/v1/ops/rebuilds/${id}/promote`;
    expect((await api.call('POST', url)).json).toMatchObject({
      type: '/problems/rebuild-differs',
      status: 409,
    });
    expect((await api.call('POST', url, { body: { accept: true } })).status).toBe(400);
    const answer = await api.call('POST', url, { body: { accept: true, reason: 'the tally was wrong' } });
    expect(answer.json).toMatchObject({
      state: 'promoted',
      accepted: { by: 'admin', reason: 'the tally was wrong' },
    });
    expect(answer.json.differences.items[0].period).toBe('2026-10');
  } finally {
    await worker.stop();
  }
});

test('going back changes final periods as the promotion did: with billing:write, and with its progress shown', async () => {
  const { items } = (await api.call('GET', '/v1/ops/rebuilds?limit=1')).json;
  const url = `/v1/ops/rebuilds/${items[0].id}`;
  const operator = await makeKey(['ops']);
  await invoiceAll('2026-10');
  const refused = await api.call('POST', `${url}/rollback`, { key: operator });
  expect(refused.json).toMatchObject({
    type: '/problems/forbidden-scope',
    detail: expect.stringMatching(/^Final periods .* billing:write\.$/),
  });
  expect((await api.call('GET', url)).json).toMatchObject({ state: 'promoted', progress: null });
  await invoiceAll('2026-09');
  await appendEvents(api.log, simulatedEvents({ seed: 6, events: 200 }));
  await projectLog(api.database.database, api.log);
  const back = api.call('POST', `${url}/rollback`, { key: operator });
  const shown = async () => (await api.call('GET', url)).json.progress;
  await until(async () => (await shown()) !== null, { what: 'progress to be shown' });
  const { rows } = await api.database.database.pool.query('SELECT next FROM projection.positions');
  const progress = await shown();
  expect(progress).toMatchObject({ phase: 'rollback' });
  expect(sum(progress.partitions)).toBe(sum(rows));
  const worker = bench.start();
  try {
    expect((await back).json).toMatchObject({ state: 'rolled-back', progress: null });
  } finally {
    await worker.stop();
  }
});

/** Every tenant has a final invoice for this period and no other one. */
async function invoiceAll(period: string): Promise<void> {
  await api.database.database.pool.query("UPDATE billing.invoices SET status = 'void'");
  for (const tenant of new Set(events.map((event) => event.tenant)))
    await insertFinalInvoice(api.database, { tenant, period });
}

function sum(positions: readonly { next: number }[]): number {
  return positions.reduce((total, { next }) => total + next, 0);
}

test('the list has all of them, the newest first, page by page', async () => {
  const first = (await api.call('GET', '/v1/ops/rebuilds?limit=1')).json;
  expect(first.items).toHaveLength(1);
  const second = (await api.call('GET', `/v1/ops/rebuilds?limit=1&cursor=${first.nextCursor}`)).json;
  expect(Number(second.items[0].id)).toBeLessThan(Number(first.items[0].id));
  expect(second.nextCursor).toBeNull();
});

test('it takes the scope ops and all tenants', async () => {
  const reader = await makeKey(['usage:read']);
  expect((await api.call('POST', '/v1/ops/rebuilds', { key: reader })).json.type).toBe(
    '/problems/forbidden-scope',
  );
  const limited = await makeKey(['ops'], ['acme']);
  expect((await api.call('GET', '/v1/ops/rebuilds', { key: limited })).json.type).toBe(
    '/problems/forbidden-tenant',
  );
  expect((await api.call('GET', '/v1/ops/rebuilds/99999')).status).toBe(404);
  expect((await api.call('GET', '/v1/ops/rebuilds/x')).status).toBe(404);
  expect((await api.call('POST', '/v1/ops/rebuilds', { body: { rule: 1 } })).status).toBe(400);
});
