/** What the page shows of events and of people: whether they counted, what could not be mapped, and who is erased. */

import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { faultsOf, LOOKS } from '../support/browser.ts';
import { keyboardOn } from '../support/keyboard.ts';
import { call } from './api.ts';
import { type PageMonth, PERIOD, startMonth } from './page-month.ts';

const SLOW = 600_000;

let month: PageMonth;
let tenant: string;
/** Somebody who has conversations in the month. */
let who: { id: string; channel: string; account: string; contact: string };

beforeAll(async () => {
  month = await startMonth();
  tenant = month.tenants[0] ?? '';
  [who] = (await month.api(`/v1/tenants/${tenant}/windows?period=${PERIOD}`)).items;
  await connect({});
  const receipt = { type: 'message.delivered', id: 'late:delivered', message: 'nobody-sent-it' };
  const occurredAt = '2026-01-15T12:00:00Z';
  const { channel, account, contact } = who;
  const { receipt: after } = await month.send('POST', '/v1/events', {
    ...{ ...receipt, tenant, channel, account, contact, occurredAt },
  });
  await month.api(`/v1/tenants/${tenant}/usage?after=${encodeURIComponent(after)}`);
}, SLOW);

afterAll(() => month?.stop());

const at = (path: string) => month.service.url + path;
const connect = async (tenants: Record<string, string>) =>
  await month.send('PUT', '/v1/connections/meta', {
    ...{ kind: 'whatsapp-cloud', appSecret: 'secret', verifyToken: 'token', sends: 'from-status' },
    ...{ tenants, tenant: null },
  });

async function payload(): Promise<void> {
  const message = { from: '5511987654321', id: 'wamid.unmapped', timestamp: '1768478400', type: 'text' };
  const value = {
    ...{ messaging_product: 'whatsapp', messages: [{ ...message, text: { body: 'hello' } }] },
    metadata: { display_phone_number: '551140000009', phone_number_id: '777' },
    contacts: [{ wa_id: '5511987654321', profile: { name: 'somebody' } }],
  };
  const entry = [{ id: '999', changes: [{ field: 'messages', value }] }];
  const body = JSON.stringify({ object: 'whatsapp_business_account', entry });
  const signature = `sha256=${createHmac('sha256', 'secret').update(body).digest('hex')}`;
  const headers = { 'x-hub-signature-256': signature };
  const answer = await call(month.service, 'POST', '/v1/connections/meta/webhook', {
    ...{ body, key: null, headers },
  });
  expect(answer.status).toBe(200);
}

test.each(LOOKS)(
  'every screen is whole and without barriers: %o',
  async (look) => {
    const { page, complaints } = await month.signedIn(look);
    const { channel, account, contact } = who;
    const person = new URLSearchParams({ channel, account, contact });
    const own = `/tenants/${tenant}`;
    const screens = [
      ...[`${own}/events`, `${own}/events?state=unmatched`, `${own}/conversation?${person}`],
      ...[`${own}/erase?${person}`, `${own}/erasures`, '/operations/connections'],
      '/operations/connections/meta',
    ];
    expect(await faultsOf(page, month.service.url, screens, look)).toEqual([]);
    expect(complaints).toEqual([]);
  },
  SLOW,
);

test('events are found by their state, and say what they name', async () => {
  const { page } = await month.signedIn();
  await page.goto(at(`/tenants/${tenant}/events`));
  const keys = keyboardOn(page);
  // Each step on the way to a state is a choice: the button shows it.
  await keys.choose('select[name=state]', 'unmatched');
  await Promise.all([page.waitForURL(/state=unmatched/), keys.press('.filters button')]);
  await page.selectOption('select[name=state]', 'conflict');
  await page.waitForURL(/state=conflict/);
  await page.selectOption('select[name=state]', 'unmatched');
  await page.waitForURL(/state=unmatched/);
  const { items } = await month.api(`/v1/tenants/${tenant}/events?state=unmatched&limit=50`);
  const rows = await page.locator('tbody tr').allInnerTexts();
  expect(rows).toHaveLength(items.length);
  const late = rows.find((row) => row.includes('late:delivered')) ?? '';
  expect(late).toContain('sem par');
  expect(late).toContain('da mensagem nobody-sent-it');
});

test('what could not be mapped is shown whole, and taken once the mapping is mended', async () => {
  await payload();
  const { page } = await month.signedIn();
  await page.goto(at('/operations/connections/meta'));
  expect(await page.locator('tbody tr').count()).toBe(1);
  const keys = keyboardOn(page);
  await keys.press('summary');
  expect(await page.locator('pre').innerText()).toContain('wamid.unmapped');
  await keys.to('pre');
  await page.reload();
  const retry = async () => {
    // The address of the second answer is that of the first.
    await Promise.all([page.waitForEvent('load'), keys.press('main button.primary')]);
    return await page.locator('[role=status]').innerText();
  };
  expect(await retry()).toContain('1 parte tentada de novo: aceitas 0');
  await connect({ 999: tenant });
  expect(await retry()).toContain('1 parte tentada de novo: aceitas 1');
  expect(await page.locator('tbody tr').count()).toBe(0);
});

test(
  'a person takes along all that is kept, and is erased once, while every number stays',
  async () => {
    const { page } = await month.signedIn();
    const { channel, account, contact, id } = who;
    const person = new URLSearchParams({ channel, account, contact });
    const invoice = await month.api(`/v1/tenants/${tenant}/invoices/${PERIOD}`);
    await page.goto(at(`/tenants/${tenant}/conversation?${person}`));
    const download = page.waitForEvent('download');
    await page.click('a[href*="personal-data"]');
    const data = JSON.parse(await readAll(await (await download).createReadStream()));
    expect(data).toMatchObject({ tenant, contact });
    expect(data.windows.map((window: { id: string }) => window.id)).toContain(id);
    const keys = keyboardOn(page);
    await page.reload();
    await keys.press('a[href*="/erase?"]');
    await page.waitForURL(/erase\?/);
    await keys.type('input[name=reason]', 'Ticket 4711');
    await keys.to('button.danger');
    // Twice, as somebody does who sees nothing happen.
    await page.keyboard.press('Enter');
    await page.keyboard.press('Enter');
    await page.waitForURL(/erasures\/\d+$/);
    await page.waitForSelector('[data-live-done]', { state: 'attached', timeout: 120_000 });
    const { items } = await month.api(`/v1/tenants/${tenant}/erasures`);
    expect(items).toMatchObject([{ state: 'done', reason: 'Ticket 4711' }]);
    await page.goto(at(`/tenants/${tenant}/windows/${id}`));
    expect(await page.locator('h1').innerText()).toContain('erased:');
    expect(await page.content()).not.toContain(contact);
    const after = await month.api(`/v1/tenants/${tenant}/invoices/${PERIOD}`);
    expect(after).toMatchObject({ total: invoice.total, lines: invoice.lines });
  },
  SLOW,
);

async function readAll(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
