/** Webhooks on the page: made with a secret that is shown once, tried out, sent again, disabled and deleted. */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { faultsOf, LOOKS, newTab, signIn } from '../support/browser.ts';
import { keyboardOn } from '../support/keyboard.ts';
import { answerWith, type WebhookReceiver, webhookReceiver } from '../support/webhook-receiver.ts';
import { type PageMonth, startMonth } from './page-month.ts';

const SLOW = 600_000;

let month: PageMonth;
let receiver: WebhookReceiver;

beforeAll(async () => {
  month = await startMonth({ WEBHOOKS_ALLOW_INSECURE: 'true' });
  receiver = await webhookReceiver();
}, SLOW);

afterAll(async () => {
  await month?.stop();
  await receiver?.close();
});

const at = (path: string) => month.service.url + path;

test(
  'by keyboard alone a webhook is made, told a test that it can verify, told again, disabled and deleted',
  async () => {
    const { page } = await month.signedIn();
    const keys = keyboardOn(page);
    await page.goto(at('/operations/webhooks'));
    await keys.type('input[name=url]', receiver.url);
    await keys.type('input[name=description]', 'ERP');
    await keys.press('input[value="invoice.finalized"]', 'Space');
    await keys.press('main form.form button.primary');
    const secret = await page.locator('[role=status] code').innerText();
    await page.goto(at('/operations/webhooks'));
    expect(await page.content()).not.toContain(secret);
    const [webhook] = (await month.api('/v1/webhooks')).items;
    expect(webhook).toMatchObject({
      ...{ url: receiver.url, description: 'ERP', types: ['invoice.finalized'], tenants: null },
    });
    await keys.press(`a[href="/operations/webhooks/${webhook.id}"]`);
    await page.waitForURL(new RegExp(`${webhook.id}$`));
    await keys.press('form[action$="/test"] button');
    await page.waitForURL(/done=test/);
    // The list goes on by itself until nothing waits.
    const delivered = page.locator('#deliveries .tag.good');
    await delivered.waitFor({ timeout: 60_000 });
    const [test] = receiver.verified(secret, 'webhook.test');
    expect(test).toBeDefined();
    await keys.press('#deliveries form button');
    await page.waitForURL(/done=retry/);
    // What is focused stays so while the list goes on.
    await keys.to('#deliveries form button');
    await delivered.waitFor({ timeout: 60_000 });
    expect(await keys.focused()).toContain('button');
    expect(receiver.verified(secret, 'webhook.test').map(({ id }) => id)).toEqual([test?.id, test?.id]);
    await keys.back('form[action$="/enabled"] button');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.facts .tag.bad');
    expect((await month.api(`/v1/webhooks/${webhook.id}`)).enabled).toBe(false);
    expect(await page.locator('form[action$="/test"]').count()).toBe(0);
    await keys.press('form[action$="/enabled"] button');
    await page.waitForSelector('.facts .tag.good');
    await keys.press('form[action$="/rotate"] button');
    expect(await page.locator('[role=status] code').innerText()).not.toBe(secret);
    // What is unfolded stays so too, while the list is told anew.
    receiver.answer(answerWith(500, 'broken'));
    await page.goto(at(`/operations/webhooks/${webhook.id}`));
    await keys.press('form[action$="/test"] button');
    await page.waitForURL(/done=test/);
    const [newest] = await page.locator('#deliveries tbody tr').all();
    await newest?.locator('summary').waitFor({ timeout: 60_000 });
    await keys.press('#deliveries summary');
    await newest?.locator('td.number', { hasText: '2' }).waitFor({ timeout: 60_000 });
    expect(await newest?.locator('pre').isVisible()).toBe(true);
    expect(await keys.focused()).toContain('summary');
    receiver.answer(answerWith(204));
    await keys.back('a[href$="/delete"]');
    await page.keyboard.press('Enter');
    await page.waitForURL(/delete$/);
    await Promise.all([page.waitForURL(/operations\/webhooks$/), keys.press('button.danger')]);
    expect((await month.api('/v1/webhooks')).items).toEqual([]);
  },
  SLOW,
);

test('two clicks without JavaScript make one key and one webhook, and show the secret that was made', async () => {
  const context = await month.browser.newContext({ locale: 'pt-BR', javaScriptEnabled: false });
  const page = await context.newPage();
  await signIn(page, month.service.url, month.service.adminKey);
  await page.goto(at('/operations/keys'));
  await page.fill('input[name=name]', 'twice');
  await page.check('input[value="usage:read"]');
  await page.dblclick('main form.form button.primary');
  const key = await page.locator('[role=status] code').innerText();
  const asked = await fetch(at('/v1/usage'), { headers: { authorization: `Bearer ${key}` } });
  expect(asked.status).toBe(200);
  const { items } = await month.api('/v1/ops/keys?limit=1000');
  expect(items.filter(({ name }: { name: string }) => name === 'twice')).toHaveLength(1);
  await page.goto(at('/operations/webhooks'));
  await page.fill('input[name=url]', receiver.url);
  await page.fill('input[name=description]', 'twice');
  await page.dblclick('main form.form button.primary');
  expect(await page.locator('[role=status] code').innerText()).toMatch(/^whsec_/);
  const webhooks = (await month.api('/v1/webhooks')).items;
  expect(webhooks.filter(({ description }: { description: string }) => description === 'twice')).toHaveLength(
    1,
  );
  // The same form by two connections at once, as behind a slow network.
  const once = await page.locator('main form.form input[name=once]').inputValue();
  const cookie = (await context.cookies()).map(({ name, value }) => `${name}=${value}`).join('; ');
  const body = new URLSearchParams({ once, url: receiver.url, description: 'slow', tenants: '' }).toString();
  const headers = { cookie, 'content-type': 'application/x-www-form-urlencoded' };
  const send = async () =>
    await (await fetch(at('/operations/webhooks'), { method: 'POST', headers, body })).text();
  const secrets = (await Promise.all([send(), send()])).map((text) => /whsec_[^<]+/.exec(text)?.[0]);
  expect(secrets[0]).toBeDefined();
  expect(secrets[1]).toBe(secrets[0]);
  await context.close();
});

test('an address that is none is refused with the reason, and the form is still there', async () => {
  const { page } = await month.signedIn();
  await page.goto(at('/operations/webhooks'));
  await page.fill('input[name=url]', 'ftp://erp.example');
  await page.click('main form.form button.primary');
  expect(await page.locator('[role=alert] a').getAttribute('href')).toBe('/problems/invalid-request');
  expect(await page.locator('[role=alert]').innerText()).toContain('/url deve ser um endereço https');
  expect(await page.locator('[role=alert] [lang=en]').count()).toBe(0);
  expect(await page.locator('input[name=url]').count()).toBe(1);
});

test('a key for webhooks begins with them, and sees nothing else of operations', async () => {
  const { secret } = await month.send('POST', '/v1/ops/keys', {
    ...{ name: 'erp', scopes: ['webhooks'], tenants: null },
  });
  const { page } = await newTab(month.browser);
  await page.goto(at('/'));
  await page.fill('input[name=key]', secret);
  await Promise.all([page.waitForURL(/operations\/webhooks$/), page.click('main button.primary')]);
  expect(await page.locator('.tabs a').allInnerTexts()).toEqual(['Webhooks']);
});

test.each(LOOKS)(
  'every screen is whole and without barriers: %o',
  async (look) => {
    const { page, complaints } = await newTab(month.browser, look);
    await signIn(page, month.service.url, month.service.adminKey);
    const { id } = await month.send('POST', '/v1/webhooks', { url: receiver.url });
    await month.send('POST', `/v1/webhooks/${id}/test`);
    const own = `/operations/webhooks/${id}`;
    const screens = ['/operations/webhooks', own, `${own}/delete`];
    expect(await faultsOf(page, month.service.url, screens, look)).toEqual([]);
    expect(complaints).toEqual([]);
  },
  SLOW,
);
