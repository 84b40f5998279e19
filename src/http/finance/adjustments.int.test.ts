import { hash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { active, receptive, type TestFinance, testFinance } from '../../../test/support/finance.ts';
import { flat } from '../../../test/support/plans.ts';
import { canonicalJson } from '../../domain/canonical-json.ts';
import { verifyInvoices } from '../../verify/invoices/verify-invoices.ts';

let finance: TestFinance;

beforeAll(async () => {
  finance = await testFinance();
});

afterAll(() => finance.close());

const NOVEMBER = '2026-11-10T12:00:00-03:00';
let tenants = 0;
const newTenant = () => `adjusted-${++tenants}`;
type Line = { id: string; quantity: number; unitPrice: string | null; amount: string };
const short = (lines: Line[]) => lines.map(({ id, quantity, amount }) => [id, quantity, amount]);
type LineWindow = { openedBy: string; change?: string; cause?: { event: string; position: object } | null };
const traced = (windows: LineWindow[]) =>
  windows.map(({ openedBy, change, cause }) => [openedBy, change, cause?.event]);

test('a template that fails after the month closed is given back in the next invoice', async () => {
  const tenant = newTenant();
  await finance.subscribe(tenant);
  await finance.post(tenant, active(3, NOVEMBER));
  const november = (await finance.finalize(tenant, '2026-11')).json;
  expect(november.total).toBe('1.35');
  await finance.post(tenant, [
    { id: 'a1:failed', type: 'message.failed', message: 'a1', at: '2026-12-09T10:00:00Z', contact: 'a-1' },
  ]);
  const draft = (await finance.invoice(tenant, '2026-12')).json;
  expect(short(draft.lines)).toEqual([['adjustment.active:2026-11', -1, '-0.45']]);
  expect(draft.lines[0]).toMatchObject({ period: { id: '2026-11' }, unitPrice: '0.45' });
  expect(draft.total).toBe('-0.45');
  const line = 'adjustment.active:2026-11';
  const inDraft = await finance.windowsOf(tenant, '2026-12', line);
  expect(traced(inDraft)).toEqual([['a1', 'removed', 'a1:failed']]);
  const december = (await finance.finalize(tenant, '2026-12')).json;
  expect(december.lines).toEqual(draft.lines);
  expect(await finance.windowsOf(tenant, '2026-12', line)).toEqual(inDraft);
  expect((await finance.invoice(tenant, '2026-11')).json).toEqual(november);
  expect((await finance.invoice(tenant, '2027-01')).json.lines).toEqual([]);
  const billed = await finance.windowsOf(tenant, '2026-11', 'active:1');
  const gone = billed.find(({ openedBy }) => openedBy === 'a1');
  const explained = await finance.get(`/v1/tenants/${tenant}/windows/${gone.id}`);
  expect(explained.json).toMatchObject({ removed: true, openedBy: 'a1' });
  expect(JSON.stringify(explained.json)).toContain('a1:failed');
});

test('a late message turns an active window into a receptive one: -1 active, +1 receptive', async () => {
  const tenant = newTenant();
  await finance.subscribe(tenant, '2026-01', {
    receptive: { allowance: 0, limit: null, overage: flat('0.30') },
  });
  await finance.post(tenant, active(1, NOVEMBER));
  await finance.finalize(tenant, '2026-11');
  await finance.post(tenant, [{ id: 'late', at: '2026-11-10T11:59:00-03:00', contact: 'a-0' }]);
  const { lines } = (await finance.finalize(tenant, '2026-12')).json;
  expect(short(lines)).toEqual([
    ['adjustment.receptive.overage:2026-11', 1, '0.30'],
    ['adjustment.active:2026-11', -1, '-0.45'],
  ]);
  expect(traced(await finance.windowsOf(tenant, '2026-12', lines[0].id))).toEqual([
    ['late', 'added', 'late'],
  ]);
  expect(traced(await finance.windowsOf(tenant, '2026-12', lines[1].id))).toEqual([
    ['a0', 'removed', 'late'],
  ]);
});

test('among many late events of a conversation the one that decided is found', async () => {
  const tenant = newTenant();
  await finance.subscribe(tenant);
  await finance.post(tenant, active(1, NOVEMBER));
  await finance.finalize(tenant, '2026-11');
  const contact = 'a-0';
  const noise = (i: number) => ({ id: `text-${i}`, at: '2026-11-10T16:00:00Z', contact });
  const failure = (i: number) => ({
    ...{ id: `failed-${i}`, type: 'message.failed', message: 'a0', at: '2026-11-10T15:30:00Z', contact },
  });
  await finance.post(tenant, [
    ...Array.from({ length: 400 }, (_, i) => noise(i)),
    ...Array.from({ length: 400 }, (_, i) => failure(i)),
  ]);
  const { lines } = (await finance.finalize(tenant, '2026-12')).json;
  expect(short(lines)).toEqual([
    ['adjustment.receptive.included:2026-11', 1, '0.00'],
    ['adjustment.active:2026-11', -1, '-0.45'],
  ]);
  expect(traced(await finance.windowsOf(tenant, '2026-12', lines[0].id))).toEqual([
    ['text-0', 'added', 'failed-0'],
  ]);
  expect(traced(await finance.windowsOf(tenant, '2026-12', lines[1].id))).toEqual([
    ['a0', 'removed', 'failed-0'],
  ]);
});

test('a late window below the allowance pushes another one over it', async () => {
  const tenant = newTenant();
  await finance.subscribe(tenant, '2026-01', {
    receptive: { allowance: 2, limit: null, overage: flat('0.30') },
  });
  await finance.post(tenant, [
    { id: 'first', at: '2026-11-10T10:00:00Z', contact: 'x1' },
    { id: 'second', at: '2026-11-11T10:00:00Z', contact: 'x2' },
  ]);
  await finance.finalize(tenant, '2026-11');
  await finance.post(tenant, [{ id: 'late', at: '2026-11-09T10:00:00Z', contact: 'x3' }]);
  const { lines } = (await finance.finalize(tenant, '2026-12')).json;
  expect(short(lines)).toEqual([['adjustment.receptive.overage:2026-11', 1, '0.30']]);
  expect(traced(await finance.windowsOf(tenant, '2026-12', lines[0].id))).toEqual([
    ['second', 'added', 'late'],
  ]);
});

test('windows may change where money does not: the change is settled, and given back only once', async () => {
  const tenant = newTenant();
  await finance.subscribe(tenant);
  await finance.post(tenant, active(2, NOVEMBER));
  await finance.finalize(tenant, '2026-11');
  await finance.post(tenant, [
    { id: 'f', type: 'message.failed', message: 'a1', at: '2026-12-01T10:00:00Z', contact: 'a-1' },
    ...active(1, '2026-11-20T10:00:00Z', 'late'),
  ]);
  expect((await finance.finalize(tenant, '2026-12')).json.lines).toEqual([]);
  await finance.post(tenant, active(1, '2026-11-21T10:00:00Z', 'later'));
  const { lines } = (await finance.invoice(tenant, '2027-01')).json;
  expect(short(lines)).toEqual([['adjustment.active:2026-11', 1, '0.45']]);
  expect(traced(await finance.windowsOf(tenant, '2027-01', lines[0].id))).toEqual([
    ['later0', 'added', 'later0'],
  ]);
});

test('the digest is that of the windows behind the lines, by id, without position and whom it names', async () => {
  const tenant = newTenant();
  await finance.subscribe(tenant);
  await finance.post(tenant, [
    ...receptive(30, NOVEMBER, 'ação "\\'),
    ...active(20, NOVEMBER),
    {
      ...active(1, NOVEMBER, 'camp')[0],
      id: 'camp',
      at: NOVEMBER,
      origin: 'campaign',
      campaign: 'black-friday',
    },
  ]);
  const final = (await finance.finalize(tenant, '2026-11')).json;
  const windows = [];
  for (const { id } of final.lines) windows.push(...(await finance.windowsOf(tenant, '2026-11', id)));
  const items = windows
    .map(({ position: _, contact: __, openedBy: ___, ...item }) => item)
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  expect(items).toHaveLength(51);
  expect(final.digest).toBe(hash('sha256', canonicalJson(items)));
});

test('a voided invoice keeps its number, and the period is made final anew', async () => {
  const tenant = newTenant();
  await finance.subscribe(tenant);
  await finance.post(tenant, active(2, NOVEMBER));
  const first = (await finance.finalize(tenant, '2026-11')).json;
  const voided = (await finance.voidInvoice(tenant, '2026-11')).json;
  expect(voided).toMatchObject({ number: first.number, status: 'void', voidReason: 'a test', total: '0.90' });
  expect((await finance.get(`/v1/invoices/${first.number}`)).json).toEqual(voided);
  expect((await finance.invoice(tenant, '2026-11')).json).toMatchObject({
    status: 'draft',
    replaces: first.number,
  });
  const second = (await finance.finalize(tenant, '2026-11')).json;
  expect(second).toMatchObject({ status: 'final', replaces: first.number, digest: first.digest });
  expect(Number(second.number.slice(5))).toBe(Number(first.number.slice(5)) + 1);
  const audit = (await finance.get(`/v1/audit?tenant=${tenant}&subjectType=invoice`)).json.items;
  expect(audit.map(({ subject, action }: { subject: string; action: string }) => [subject, action])).toEqual([
    [second.number, 'finalize'],
    [first.number, 'void'],
    [first.number, 'finalize'],
  ]);
});

test('an invoice that a later one adjusts cannot be voided before that one', async () => {
  const tenant = newTenant();
  await finance.subscribe(tenant);
  await finance.post(tenant, active(2, NOVEMBER));
  await finance.finalize(tenant, '2026-11');
  await finance.post(tenant, active(1, NOVEMBER, 'late'));
  await finance.finalize(tenant, '2026-12');
  const { number } = (await finance.invoice(tenant, '2026-12')).json;
  expect((await finance.voidInvoice(tenant, '2026-11')).json).toMatchObject({
    type: '/problems/already-adjusted',
    detail: `Invoice ${number} has a line that adjusts 2026-11.`,
  });
  expect((await finance.voidInvoice(tenant, '2026-12')).status).toBe(200);
  expect((await finance.voidInvoice(tenant, '2026-11')).status).toBe(200);
  expect((await finance.invoice(tenant, '2026-11')).json.total).toBe('1.35');
});

test('one whose windows a later one replaced without a line can: nothing was charged for that', async () => {
  const tenant = newTenant();
  await finance.subscribe(tenant);
  await finance.post(tenant, active(2, NOVEMBER));
  const first = (await finance.finalize(tenant, '2026-11')).json;
  const gone = { id: 'void', type: 'event.voided', target: 'a0', reason: 'a test', actor: 'ana' };
  await finance.post(tenant, [
    { ...gone, at: '2026-12-02T10:00:00Z', contact: 'a-0' },
    ...active(1, NOVEMBER, 'late'),
  ]);
  expect((await finance.finalize(tenant, '2026-12')).json.lines).toEqual([]);
  expect((await finance.voidInvoice(tenant, '2026-11')).json.number).toBe(first.number);
  expect((await finance.finalize(tenant, '2026-11')).json).toMatchObject({ total: '0.90' });
  await finance.post(tenant, active(1, '2026-11-21T10:00:00Z', 'later'));
  const { lines } = (await finance.finalize(tenant, '2027-01')).json;
  expect(short(lines)).toEqual([['adjustment.active:2026-11', 1, '0.45']]);
  expect(traced(await finance.windowsOf(tenant, '2027-01', lines[0].id))).toEqual([
    ['later0', 'added', 'later0'],
  ]);
  expect(await verifyInvoices(finance.database.database)).toMatchObject({ ok: true });
});

test('windows behind a draft adjustment have the same causes on small pages, on one page and once it is final', async () => {
  const tenant = newTenant();
  await finance.subscribe(tenant, '2026-01', {
    receptive: { allowance: 4, limit: null, overage: flat('0.30') },
  });
  await finance.post(tenant, receptive(7, NOVEMBER));
  await finance.finalize(tenant, '2026-11');
  await finance.post(tenant, receptive(2, '2026-11-02T10:00:00Z', 'early'));
  await finance.post(tenant, receptive(3, '2026-11-20T10:00:00Z', 'late'));
  const line = 'adjustment.receptive.overage:2026-11';
  const url = `/v1/tenants/${tenant}/invoices/2026-12/lines/${line}/windows`;
  const paged = [];
  for (let cursor = ''; ; ) {
    const { json } = await finance.get(`${url}?limit=1${cursor}`);
    paged.push(...json.items);
    if (json.nextCursor === null) break;
    cursor = `&cursor=${json.nextCursor}`;
  }
  // Which of those at one instant are pushed over the edge, which of those that came at one instant push, and which of
  // these comes first, is a matter of their partitions and hashes, and so of the key of these.
  const pushed = traced(paged).slice(0, 2);
  expect(new Set(pushed.map(([, , cause]) => cause)).size).toBe(2);
  for (const [, change, cause] of pushed) {
    expect(change).toBe('added');
    expect(cause).toMatch(/^(early|late)\d$/);
  }
  for (const [opener] of pushed) expect(opener).toMatch(/^r\d$/);
  expect(traced(paged).slice(2).sort()).toEqual([
    ['late0', 'added', 'late0'],
    ['late1', 'added', 'late1'],
    ['late2', 'added', 'late2'],
  ]);
  expect(await finance.windowsOf(tenant, '2026-12', line)).toEqual(paged);
  await finance.finalize(tenant, '2026-12');
  expect(await finance.windowsOf(tenant, '2026-12', line)).toEqual(paged);
});

test('behind an adjustment of more windows than are in hand at once pages, table and final invoice say the same', async () => {
  const tenant = newTenant();
  await finance.subscribe(tenant, '2026-01', {
    receptive: { allowance: 1_200, limit: null, overage: flat('0.30') },
  });
  await finance.post(tenant, receptive(1_300, NOVEMBER));
  await finance.finalize(tenant, '2026-11');
  await finance.post(tenant, receptive(1_100, '2026-11-02T10:00:00Z', 'early'));
  const line = 'adjustment.receptive.overage:2026-11';
  const url = `/v1/tenants/${tenant}/invoices/2026-12/lines/${line}/windows`;
  const paged = traced(await finance.windowsOf(tenant, '2026-12', line));
  expect([paged.length, new Set(paged.map(([opener]) => opener)).size]).toEqual([1_100, 1_100]);
  // Each that came early pushed another one over the edge.
  expect(new Set(paged.map(([, , cause]) => cause)).size).toBe(1_100);
  expect(paged.filter(([opener]) => !/^r/.test(opener ?? ''))).toEqual([]);
  const [, ...rows] = (await finance.get(`${url}?format=csv`)).text.trimEnd().split('\r\n');
  const told = rows.map((row) => row.split(','));
  expect(told.map((cells) => [cells[7], cells[14], cells[15]])).toEqual(paged);
  await finance.finalize(tenant, '2026-12');
  expect(traced(await finance.windowsOf(tenant, '2026-12', line))).toEqual(paged);
}, 60_000);

test('what a voided invoice stood for stays readable by its number, the causes of its adjustments too', async () => {
  const tenant = newTenant();
  await finance.subscribe(tenant);
  await finance.post(tenant, active(2, NOVEMBER));
  await finance.finalize(tenant, '2026-11');
  await finance.post(tenant, active(1, NOVEMBER, 'late'));
  await finance.post(tenant, active(3, '2026-12-10T12:00:00-03:00', 'd'));
  const { number, lines } = (await finance.finalize(tenant, '2026-12')).json;
  const windows = async (line: string, query = '') =>
    await finance.get(`/v1/invoices/${number}/lines/${line}/windows${query}`);
  const before = await Promise.all(lines.map(({ id }: { id: string }) => windows(id)));
  expect(before.map(({ json }) => json.items.length)).toEqual([3, 1]);
  expect(before[1]?.json.items[0]).toMatchObject({ change: 'added', cause: { event: 'late0' } });
  await finance.voidInvoice(tenant, '2026-12');
  await finance.post(tenant, active(4, '2026-12-11T12:00:00-03:00', 'more'));
  const after = await Promise.all(lines.map(({ id }: { id: string }) => windows(id)));
  expect(after.map(({ text }) => text)).toEqual(before.map(({ text }) => text));
  const table = (await windows(lines[0].id, '?format=csv')).text.trim().split('\r\n');
  expect(table).toHaveLength(4);
  expect((await windows('minimum:1')).json.type).toBe('/problems/not-found');
  expect((await finance.get('/v1/invoices/2026-999999/lines/active:1/windows')).json.type).toBe(
    '/problems/not-found',
  );
  const { secret } = (
    await finance.call('POST', '/v1/ops/keys', {
      body: { name: 'other', scopes: ['billing:read'], tenants: ['somebody-else'] },
    })
  ).json;
  const foreign = await finance.call('GET', `/v1/invoices/${number}/lines/active:1/windows`, { key: secret });
  expect([403, 404]).toContain(foreign.status);
});
