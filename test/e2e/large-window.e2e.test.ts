import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startProcess, stopProcesses, type TestProcess } from '../support/servers/process.ts';
import { call } from './api.ts';
import { longestBlock } from './blocked.ts';
import { peakMemory } from './flood.ts';

let service: TestProcess;
let path: string;

const BLOCKED_MS = 200;
/** Ingest and idle take some 300 MB; answered whole, one reader of the window took 600 MB. */
const MEMORY_MB = 512;
const LARGE = 20_000;
/** Of one message that failed, and of one that was delivered in the end. */
const RECEIPTS = { failed: 30_000, revived: 3_000 };
const DAY = Date.parse('2026-03-04T11:00:00Z');
const party = { tenant: 'acme', channel: 'whatsapp', account: '551140000001', contact: '5511987654321' };

/** The window after the large one. */
const NEXT = 30 * 3_600_000;

/** One window: a template with receipts of every kind, a failed text with thousands, and thousands of large events. */
function events() {
  const at = (i: number) => new Date(DAY + i * 1_000).toISOString();
  const template = { name: 'sale', category: 'marketing' };
  const padding = { padding: 'x'.repeat(3_400) };
  const receipt = (message: string, type: string, i: number) => ({
    ...{ id: `${message}:${type}:${i}`, type: `message.${type}`, ...party, occurredAt: at(10 + i), message },
  });
  return [
    { id: 't1', type: 'message.sent', ...party, occurredAt: at(0), template },
    { id: 'failed', type: 'message.sent', ...party, occurredAt: at(1) },
    { id: 'revived', type: 'message.sent', ...party, occurredAt: at(2) },
    ...Array.from({ length: RECEIPTS.failed }, (_, i) => receipt('failed', 'failed', i)),
    ...Array.from({ length: RECEIPTS.revived }, (_, i) => receipt('revived', 'failed', i)),
    receipt('revived', 'delivered', RECEIPTS.revived),
    ...Array.from({ length: LARGE }, (_, i) => ({
      ...{ id: `m${i}`, type: 'message.received', ...party, occurredAt: at(40_000 + i), metadata: padding },
    })),
    {
      id: 'v',
      type: 'event.voided',
      ...party,
      occurredAt: at(70_000),
      target: 'm7',
      reason: 'test',
      actor: 'ana',
    },
    { id: 'next', type: 'message.sent', ...party, occurredAt: new Date(DAY + NEXT).toISOString(), template },
  ];
}

/** Whatever comes afterwards is late. */
async function finalizeEmptyMonth() {
  const tiers = [{ upTo: null, unitPrice: '0.45' }];
  const receptive = { allowance: 0, limit: null, overage: tiers };
  const terms = { currency: 'BRL', monthlyFee: '0', minimum: '0', receptive, active: { default: tiers } };
  const put = async (path: string, body: unknown) =>
    expect((await call(service, 'PUT', path, { body })).status).toBe(201);
  await put('/v1/plans/usual/versions/2026-01', terms);
  await put('/v1/tenants/acme', {});
  await put('/v1/tenants/acme/subscriptions/2026-03', { plan: 'usual', until: null });
  const made = await call(service, 'POST', '/v1/tenants/acme/invoices/2026-03/finalize');
  expect(made.json).toMatchObject({ status: 'final', total: '0.00' });
}

beforeAll(async () => {
  service = await startProcess({ LOG_LEVEL: 'error' });
  await finalizeEmptyMonth();
  const all = events();
  let receipt = '';
  for (let i = 0; i < all.length; i += 250) {
    const answer = await call(service, 'POST', '/v1/events', { body: all.slice(i, i + 250) });
    expect(answer.status).toBe(202);
    receipt = answer.json.receipt;
  }
  const list = await call(service, 'GET', `/v1/tenants/acme/windows?after=${encodeURIComponent(receipt)}`);
  expect(list.json.items).toHaveLength(2);
  path = `/v1/tenants/acme/windows/${list.json.items[0].id}`;
}, 240_000);

afterAll(stopProcesses, 60_000);

test('a window of 53,000 events comes page by page, every role is right, and no answer is large', async () => {
  const roles = new Map<string, number>();
  const because: Record<string, string[]> = {};
  let cursor: string | null = '';
  let pages = 0;
  while (cursor !== null) {
    const query: string = cursor === '' ? '' : `?cursor=${cursor}`;
    const { status, json, text } = await call(service, 'GET', path + query);
    expect([status, text.length < 3_500_000]).toEqual([200, true]);
    expect(json.events.length).toBeLessThanOrEqual(1_000);
    for (const event of json.events) {
      roles.set(event.role, (roles.get(event.role) ?? 0) + 1);
      if (event.because.length > 0) because[event.id] = event.because.map(({ id }: { id: string }) => id);
    }
    if (pages++ === 0)
      expect(json.summary).toMatch(new RegExp(`Mais ${LARGE} mensagens .* 1 falhou .* 1 evento foi anulado`));
    cursor = json.nextCursor;
  }
  expect(Object.fromEntries(roles)).toEqual({
    ...{ opened: 1, failed: 1, voided: 1 },
    included: LARGE,
    status: RECEIPTS.failed + RECEIPTS.revived + 2,
  });
  const first = (message: string) => [0, 1, 2, 3, 4].map((i) => `${message}:failed:${i}`);
  expect(because).toEqual({
    failed: first('failed'),
    revived: [...first('revived'), `revived:delivered:${RECEIPTS.revived}`],
    m7: ['v'],
  });
}, 120_000);

test('explained to several at once it keeps nobody waiting, and memory stays bounded', async () => {
  const get = async (url: string) => {
    const headers = { authorization: `Bearer ${service.adminKey}` };
    const answer = await fetch(service.url + url, { headers });
    expect(answer.status).toBe(200);
    await answer.arrayBuffer();
  };
  const lists = ['', '&state=failed'].map((state) => `/v1/tenants/acme/events?limit=1000${state}`);
  const read = () => Promise.all([path, path, path, path, ...lists].map(get));
  expect(await longestBlock(service, BLOCKED_MS, read)).toBeLessThan(BLOCKED_MS);
  expect(peakMemory(service.pid)).toBeLessThan(MEMORY_MB);
}, 240_000);

test('what caused windows of an over-long conversation is told without holding it, and keeps nobody waiting', async () => {
  const list = '/v1/tenants/acme/invoices/2026-04/lines/adjustment.active:2026-03/windows';
  const get = async () => {
    const { status, json } = await call(service, 'GET', list);
    expect(status).toBe(200);
    const windows = json.items as { openedBy: string; change: string; cause: { event: string } }[];
    expect(windows.map(({ openedBy, change, cause }) => [openedBy, change, cause.event])).toEqual([
      ['t1', 'added', 't1'],
      ['next', 'added', 'next'],
    ]);
  };
  const read = () => Promise.all([get(), get(), get(), get()]);
  expect(await longestBlock(service, BLOCKED_MS, read)).toBeLessThan(BLOCKED_MS);
  expect(peakMemory(service.pid)).toBeLessThan(MEMORY_MB);
}, 240_000);
