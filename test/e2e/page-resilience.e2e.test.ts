/** Pages beside everything that goes on: a slow network, two tabs, two people, a service that dies, events that come late. */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { newTab, openBrowser, signIn } from '../support/browser.ts';
import { runJanela, startProcess, testDataDir, untilReady } from '../support/servers/process.ts';
import { call } from './api.ts';
import { type PageMonth, PERIOD, startMonth } from './page-month.ts';

const SLOW = 600_000;

let month: PageMonth;
let tenant: string;

beforeAll(async () => {
  month = await startMonth();
  tenant = month.tenants[0] ?? '';
}, SLOW);

afterAll(() => month?.stop());

const at = (path: string) => month.service.url + path;
const counted = async (event: object) => {
  const { receipt } = await month.send('POST', '/v1/events', event);
  await month.api(`/v1/tenants/${tenant}/usage?after=${encodeURIComponent(receipt)}`);
};

/** 20 KB/s, and 400 ms until anything comes. */
async function slow(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  await session.send('Network.emulateNetworkConditions', {
    ...{ offline: false, latency: 400, downloadThroughput: 20_000, uploadThroughput: 20_000 },
  });
}

test(
  'on a slow network a form that is sent twice is sent once, and says that it was sent',
  async () => {
    const { page } = await month.signedIn();
    const own = `/tenants/${month.tenants[3]}/invoices/${PERIOD}`;
    await page.goto(at(`${own}/finalize`));
    await slow(page);
    const posts: string[] = [];
    page.on('request', (request) => {
      if (request.method() === 'POST') posts.push(request.url());
    });
    const press =
      '(() => { const button = document.querySelector("button.primary"); button.click(); button.click(); return button.getAttribute("aria-disabled"); })()';
    expect(await page.evaluate<string>(press)).toBe('true');
    await page.waitForURL(/done=final/, { timeout: 120_000 });
    expect(posts).toHaveLength(1);
    expect((await month.api(`/v1${own}`)).status).toBe('final');
  },
  SLOW,
);

test(
  'on a slow network nothing on the page moves once it is there',
  async () => {
    const { page } = await month.signedIn();
    await slow(page);
    await page.addInitScript(
      'window.moved = 0; new PerformanceObserver((list) => { for (const one of list.getEntries()) if (!one.hadRecentInput) window.moved += one.value; }).observe({ type: "layout-shift", buffered: true });',
    );
    await page.goto(at(`/tenants/${tenant}?period=${PERIOD}`), { timeout: 120_000 });
    expect(await page.evaluate<number>('window.moved')).toBeLessThan(0.02);
  },
  SLOW,
);

test('two tabs: what one made final, the other one is told, and a sign-out ends both', async () => {
  const { page: one } = await month.signedIn();
  const two = await one.context().newPage();
  const own = `/tenants/${tenant}/invoices/${PERIOD}`;
  for (const page of [one, two]) await page.goto(at(`${own}/finalize`));
  await Promise.all([one.waitForURL(/done=final/), one.click('button.primary')]);
  await Promise.all([two.waitForURL(/done=final/), two.click('button.primary')]);
  const { items } = await month.api(`/v1/invoices?tenant=${tenant}&period=${PERIOD}`);
  expect(items).toHaveLength(1);
  for (const page of [one, two])
    expect(await page.locator('[role=status]').innerText()).toContain(items[0].number);
  await Promise.all([one.waitForURL(/sign-in/), one.click('form[action="/sign-out"] button')]);
  await two.goto(at(own));
  expect(new URL(two.url()).pathname).toBe('/sign-in');
});

test('two people void one invoice: it is voided once, with the reason of the first', async () => {
  const { number } = await month.api(`/v1/tenants/${tenant}/invoices/${PERIOD}`);
  const people = [await month.signedIn(), await month.signedIn()];
  for (const [i, { page }] of people.entries()) {
    await page.goto(at(`/invoices/${number}/void`));
    await page.fill('input[name=reason]', `reason ${i}`);
  }
  for (const { page } of people)
    await Promise.all([page.waitForURL(/done=void/), page.click('button.danger')]);
  const voided = await month.api(`/v1/invoices/${number}`);
  expect(voided).toMatchObject({ status: 'void', voidReason: 'reason 0' });
  for (const { page } of people) expect(await page.locator('.paper').innerText()).toContain('reason 0');
  const { items } = await month.api(`/v1/audit?subjectType=invoice&tenant=${tenant}&limit=1000`);
  expect(items.filter(({ action }: { action: string }) => action === 'void')).toHaveLength(1);
});

test('a late event says when it came, that its invoice was final, and which one carries it', async () => {
  const final = await month.send('POST', `/v1/tenants/${tenant}/invoices/${PERIOD}/finalize`);
  const contact = '5511912345678';
  await counted({
    ...{ id: 'late', type: 'message.received', tenant, channel: 'whatsapp', account: '551140000001' },
    ...{ contact, occurredAt: '2026-01-20T15:00:00-03:00' },
  });
  const [{ id }] = (await month.api(`/v1/tenants/${tenant}/windows?contact=${contact}`)).items;
  const { page } = await month.signedIn();
  await page.goto(at(`/tenants/${tenant}/windows/${id}`));
  const told = page.locator('.timeline .note-box');
  expect(await told.innerText()).toContain(final.number);
  expect(await told.innerText()).toContain('depois de acontecer');
  const carrier = await month.api(`/v1/tenants/${tenant}/invoices/2026-02`);
  expect(carrier.lines.map(({ code }: { code: string }) => code)).toContain('adjustment.receptive.overage');
  expect(await told.locator('a').getAttribute('href')).toBe(`/tenants/${tenant}/invoices/2026-02`);
  const { number } = await month.send('POST', `/v1/tenants/${tenant}/invoices/2026-02/finalize`);
  await page.reload();
  expect(await told.innerText()).toContain(number);
  // From the invoice that carries it back to the event: its line, the window behind it, the cause.
  await page.goto(at(`/tenants/${tenant}/invoices/2026-02`));
  await page
    .locator('.paper a', { hasText: /janeiro|Ajuste/i })
    .first()
    .click();
  await page.waitForURL(/lines/);
  const row = page.locator('tbody tr', { hasText: contact });
  expect(await row.innerText()).toContain('late');
});

test(
  'an open page survives the death of the service, and goes on with the same session when it is back',
  async () => {
    const settings = { PORT: '0', DATA_DIR: testDataDir() };
    const first = await startProcess(settings);
    const browser = await openBrowser();
    try {
      const { page } = await newTab(browser);
      await signIn(page, first.url, first.adminKey);
      await page.goto(`${first.url}/operations`);
      await first.kill('SIGKILL');
      await page.waitForSelector('[data-live-lost="lag"]:not([hidden])', { timeout: 60_000 });
      const again = { ...settings, PORT: new URL(first.url).port };
      const second = await untilReady(runJanela(['serve'], again), again);
      expect(second.url).toBe(first.url);
      await page.waitForSelector('[data-live-lost="lag"][hidden]', { state: 'attached', timeout: 120_000 });
      expect(await page.locator('#lag tbody tr').count()).toBe(12);
      // The session outlives the process.
      await page.goto(`${second.url}/operations/keys`);
      expect(await page.locator('h1').innerText()).toBe('Chaves');
      expect((await call(second, 'GET', '/v1/ops/projection')).status).toBe(200);
    } finally {
      await browser.close();
    }
  },
  SLOW,
);

test('a hidden tab asks for nothing, and one that is seen again goes on', async () => {
  const { page } = await month.signedIn();
  await page.clock.install();
  await page.goto(at('/operations'));
  let asked = 0;
  page.on('request', (request) => {
    if (request.url().endsWith('/operations/lag')) asked++;
  });
  const hide = async (hidden: boolean) => {
    await page.evaluate(
      `Object.defineProperty(document, 'hidden', { get: () => ${hidden}, configurable: true }); document.dispatchEvent(new Event('visibilitychange'));`,
    );
  };
  const isAsked = async () => {
    const answer = page.waitForResponse(/operations\/lag/);
    await page.clock.runFor(3_000);
    await answer;
  };
  await isAsked();
  await hide(true);
  const before = asked;
  await page.clock.runFor(600_000);
  // What it asked for would have been told by the time that another answer is there.
  await page.evaluate('fetch("/healthz").then(({ status }) => status)');
  expect(asked).toBe(before);
  await hide(false);
  await isAsked();
});
