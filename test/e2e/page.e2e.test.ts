/** The page for people, in a real browser against a real service with a simulated month. */

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import {
  barriers,
  DESKTOP,
  faultsOf,
  LOOKS,
  type Look,
  newTab,
  overflow,
  signIn,
} from '../support/browser.ts';
import { keyboardOn } from '../support/keyboard.ts';
import type { TestProcess } from '../support/servers/process.ts';
import { call } from './api.ts';
import { type PageMonth, PERIOD, startMonth } from './page-month.ts';

/** Axe took 14 s for a page of 50 rows on a busy machine. */
const SLOW = 600_000;

let month: PageMonth;
let service: TestProcess;
let browser: Browser;
let tenant: string;
let window: string;
/** Address of every screen. */
let screens: string[];

beforeAll(async () => {
  month = await startMonth();
  ({ service, browser } = month);
  tenant = month.tenants[0] ?? '';
  [{ id: window }] = (await api(`/v1/tenants/${tenant}/windows?period=${PERIOD}`)).items;
  const { lines } = await api(`/v1/tenants/${tenant}/invoices/${PERIOD}`);
  const included = lines.find(({ code }: { code: string }) => code === 'receptive.included').id;
  screens = [
    `/?period=${PERIOD}`,
    `/tenants/${tenant}?period=${PERIOD}`,
    `/tenants/${tenant}/windows?period=${PERIOD}`,
    `/tenants/${tenant}/windows/${window}`,
    `/tenants/${tenant}/conversation?channel=whatsapp&account=1&contact=5511999990000`,
    `/invoices?period=${PERIOD}`,
    `/tenants/${tenant}/invoices`,
    `/tenants/${tenant}/invoices/${PERIOD}`,
    `/tenants/${tenant}/invoices/${PERIOD}/lines/${encodeURIComponent(included)}`,
    `/tenants/${tenant}/invoices/${PERIOD}/finalize`,
    `/invoice-runs/new?period=${PERIOD}`,
    '/invoice-runs',
    ...['/operations', '/operations/verification', '/operations/rebuilds', '/operations/keys'],
  ];
}, SLOW);

afterAll(() => month?.stop());

const api = async (path: string) => await month.api(path);
const send = async (method: string, path: string, body?: unknown) => await month.send(method, path, body);
const signedIn = async (look?: Look) => await month.signedIn(look);

test.each(LOOKS)(
  'every screen is whole and without barriers: %o',
  async (look) => {
    const { page, complaints } = await signedIn(look);
    expect(await faultsOf(page, service.url, screens, look)).toEqual([]);
    expect(complaints).toEqual([]);
  },
  SLOW,
);

test('the overview shows what the API answers', async () => {
  const { page } = await signedIn({ ...DESKTOP, locale: 'en-US' });
  await page.goto(`${service.url}/?period=${PERIOD}&sort=tenant`);
  const rows = await page
    .locator('.cards tbody tr')
    .evaluateAll((all) => all.map((row) => (row as unknown as { innerText: string }).innerText));
  const { items } = await api(`/v1/usage?period=${PERIOD}`);
  const invoices = await api(`/v1/invoices?period=${PERIOD}`);
  expect(rows).toHaveLength(items.length);
  for (const { tenant, name, receptive, active } of items) {
    const row = rows.find((text) => text.includes(tenant)) ?? '';
    const invoice = invoices.items.find((one: { tenant: string }) => one.tenant === tenant);
    expect(row).toContain(name);
    expect(row).toContain(`${receptive.windows} / ${receptive.allowance}`);
    expect(row.split(/\s+/)).toContain(String(active.windows));
    const total = new Intl.NumberFormat('en', { style: 'currency', currency: 'BRL' }).format(invoice.total);
    expect(row).toContain(total);
  }
});

test('a month leads from its numbers to the windows behind them', async () => {
  const { page } = await signedIn();
  await page.goto(`${service.url}/tenants/${tenant}?period=${PERIOD}`);
  const { receptive } = await api(`/v1/tenants/${tenant}/usage?period=${PERIOD}`);
  const figure = page.locator('.figures dd a').first();
  expect(await figure.innerText()).toBe(new Intl.NumberFormat('pt-BR').format(receptive.windows));
  await Promise.all([page.waitForURL(/windows\?period=2026-01&kind=receptive/), figure.click()]);
  const kinds = await page.locator('tbody td:nth-child(3)').allInnerTexts();
  expect(new Set(kinds)).toEqual(new Set(['receptiva']));
  expect(kinds).toHaveLength(Math.min(50, receptive.windows));
});

test('a day of the month leads to its conversations, from the chart and from the table', async () => {
  const { page } = await signedIn();
  const { groups } = await api(`/v1/tenants/${tenant}/usage?period=${PERIOD}&groupBy=day`);
  const { day, receptive, active } = groups.find((one: { active: number }) => one.active > 0);
  await page.goto(`${service.url}/tenants/${tenant}?period=${PERIOD}`);
  const bar = page.locator(`.chart a[href$="day=${day}"]`);
  await Promise.all([page.waitForURL(/windows\?day=/), bar.click()]);
  expect(await page.locator('tbody tr').count()).toBe(Math.min(50, receptive + active));
  expect(await page.inputValue('input[name=day]')).toBe(day);
  expect(await page.locator('input[name=period]').getAttribute('value')).toBe(PERIOD);
  await page.goto(`${service.url}/tenants/${tenant}?period=${PERIOD}`);
  await page.locator('summary', { hasText: 'números' }).click();
  const number = page.locator(`table a[href$="day=${day}&kind=active"]`);
  expect(await number.innerText()).toBe(String(active));
  await Promise.all([page.waitForURL(/kind=active/), number.click()]);
  expect(await page.locator('tbody tr').count()).toBe(active);
});

test('a window is explained with every event, its role and its place in the log', async () => {
  const { page } = await signedIn();
  await page.goto(`${service.url}/tenants/${tenant}/windows/${window}`);
  const { events, contact, summary } = await api(`/v1/tenants/${tenant}/windows/${window}`);
  expect(await page.locator('h1').innerText()).toContain(contact);
  const text = await page.locator('main').innerText();
  for (const { id, position } of events)
    expect(text).toContain(`${id} · partição ${position.partition}, offset ${position.offset} do log`);
  expect(await page.locator('.picture svg > svg > g > title').count()).toBe(events.length);
  expect(summary).toBeDefined();
});

test('without JavaScript a key opens the page, and signing out closes it', async () => {
  const context = await browser.newContext({ javaScriptEnabled: false, locale: 'pt-BR' });
  const page = await context.newPage();
  await page.goto(service.url);
  expect(new URL(page.url()).pathname).toBe('/sign-in');
  await page.fill('input[name=key]', 'janela_wrong');
  await page.click('main button.primary');
  expect(await page.locator('[role=alert]').innerText()).toContain('não existe');
  await page.fill('input[name=key]', service.adminKey);
  await page.click('main button.primary');
  expect(await page.locator('h1').innerText()).toBe('Visão geral');
  const [cookie] = (await context.cookies()).filter(({ name }) => name === 'janela_session');
  expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Lax' });
  expect(cookie?.value).not.toContain(service.adminKey);
  await page.click('form[action="/sign-out"] button');
  await page.goto(service.url);
  expect(new URL(page.url()).pathname).toBe('/sign-in');
  await context.addCookies(cookie === undefined ? [] : [cookie]);
  await page.goto(service.url);
  expect(new URL(page.url()).pathname).toBe('/sign-in');
});

test('a session ends with its key, and shows only what the key may do', async () => {
  const { secret, id } = await send('POST', '/v1/ops/keys', {
    ...{ name: 'reader', scopes: ['usage:read'], tenants: [tenant] },
  });
  const { page } = await newTab(browser);
  await signIn(page, service.url, secret);
  expect(await page.locator('.nav a').allInnerTexts()).toEqual(['Visão geral']);
  expect(await page.locator('.cards tbody tr').count()).toBe(1);
  const refused = await page.goto(`${service.url}/tenants/somebody-else`);
  expect(refused?.status()).toBe(403);
  await call(service, 'DELETE', `/v1/ops/keys/${id}`);
  const deadline = performance.now() + 20_000;
  for (;;) {
    await page.goto(`${service.url}/`);
    if (new URL(page.url()).pathname === '/sign-in') break;
    if (performance.now() > deadline) throw new Error('the session outlives its key');
  }
  expect(await page.locator('[role=alert]').innerText()).toContain('terminou');
});

test('a session opens the pages and not the API, and no other site can act with it', async () => {
  const { page } = await signedIn();
  const cookie = (await page.context().cookies()).map(({ name, value }) => `${name}=${value}`).join('; ');
  const of = async (path: string, init: RequestInit = {}) =>
    await fetch(service.url + path, { redirect: 'manual', ...init, headers: { cookie, ...init.headers } });
  expect((await of('/v1/usage')).status).toBe(401);
  const post = (headers: Record<string, string>) => of('/sign-out', { method: 'POST', headers });
  expect((await post({ 'sec-fetch-site': 'cross-site' })).status).toBe(403);
  expect((await post({ 'sec-fetch-site': 'same-site' })).status).toBe(403);
  expect((await post({ origin: 'https://elsewhere.example' })).status).toBe(403);
  expect((await of('/')).status).toBe(200);
  expect((await post({ 'sec-fetch-site': 'same-origin' })).status).toBe(303);
  expect((await of('/')).status).toBe(303);
});

test('an address that there is none of is a page for people, and a problem for programs', async () => {
  const { page } = await newTab(browser, { ...DESKTOP, locale: 'en-US' });
  expect((await page.goto(`${service.url}/nothing/here`))?.status()).toBe(404);
  expect(await page.locator('[role=alert] a').getAttribute('href')).toBe('/problems/not-found');
  expect(await page.getAttribute('html', 'lang')).toBe('en');
  const answer = await fetch(`${service.url}/nothing/here`);
  expect([answer.status, answer.headers.get('content-type')]).toEqual([
    404,
    expect.stringContaining('application/problem+json'),
  ]);
});

test('nothing that somebody sent becomes HTML', async () => {
  const name = '<img src=x onerror=alert(1)>"\'';
  await send('PUT', '/v1/tenants/evil', { name });
  const { page } = await signedIn();
  await page.goto(`${service.url}/?q=${encodeURIComponent(name)}`);
  expect(await page.locator('tbody th a').innerText()).toBe(name);
  expect(await page.inputValue('input[name=q]')).toBe(name);
  expect(await page.locator('img').count()).toBe(0);
});

test('the whole first screen is at most 100 kB', async () => {
  const { page } = await newTab(browser);
  let bytes = 0;
  page.on('response', (response) => {
    response.body().then(
      (body) => {
        bytes += body.length;
      },
      () => undefined,
    );
  });
  await signIn(page, service.url, service.adminKey);
  await page.waitForLoadState('networkidle');
  expect(bytes).toBeGreaterThan(10_000);
  expect(bytes).toBeLessThan(100_000);
});

describe('money', () => {
  const money = (amount: string) =>
    new Intl.NumberFormat('pt-BR', { style: 'currency', currency: 'BRL' }).format(Number(amount));
  const invoiceOf = async (tenant: string) => await api(`/v1/tenants/${tenant}/invoices/${PERIOD}`);

  test('a manual line is put once, however often the form is sent', async () => {
    const { page } = await signedIn();
    const before = await invoiceOf(tenant);
    await page.goto(`${service.url}/tenants/${tenant}/invoices/${PERIOD}`);
    expect(await page.locator('.paper tfoot').innerText()).toContain(money(before.total));
    const keys = keyboardOn(page);
    await keys.type('input[name=description]', 'Cortesia');
    await keys.type('input[name=amount]', '-20,00');
    await keys.type('input[name=reason]', 'Chamado 4711');
    const id = await page.inputValue('input[name=id]');
    await Promise.all([page.waitForURL(/done=line/), keys.press('.form button')]);
    const again = { id, description: 'Cortesia', amount: '-20,00', reason: 'Chamado 4711' };
    await page.request.post(`${service.url}/tenants/${tenant}/invoices/${PERIOD}/manual-lines`, {
      form: again,
    });
    const after = await invoiceOf(tenant);
    expect(after.lines.filter(({ code }: { code: string }) => code === 'manual')).toHaveLength(1);
    expect(Number(after.total)).toBeCloseTo(Number(before.total) - 20, 2);
  });

  test('an invoice is made final by what was reviewed, once for two clicks, and voided with a reason', async () => {
    const { page } = await signedIn();
    const { total } = await invoiceOf(tenant);
    await page.goto(`${service.url}/tenants/${tenant}/invoices/${PERIOD}/finalize`);
    expect(await page.locator('.verdict').innerText()).toContain(money(total));
    await Promise.all([page.waitForURL(/done=final/), page.dblclick('button.primary')]);
    const final = await invoiceOf(tenant);
    expect(final).toMatchObject({ status: 'final', total });
    expect(await page.locator('[role=status]').innerText()).toContain(final.number);
    expect((await api(`/v1/invoices?period=${PERIOD}&status=final`)).items).toHaveLength(1);
    const keys = keyboardOn(page);
    await keys.press(`a[href="/invoices/${final.number}/void"]`);
    await page.waitForURL(/void$/);
    await keys.type('input[name=reason]', 'Plano errado');
    await Promise.all([page.waitForURL(/done=void/), keys.press('button.danger')]);
    expect(await page.locator('.paper').innerText()).toContain('Plano errado');
    expect((await invoiceOf(tenant)).status).toBe('draft');
  });

  test('what changed since it was reviewed is not made final, and the page says so', async () => {
    const { page } = await signedIn();
    await page.goto(`${service.url}/tenants/${tenant}/invoices/${PERIOD}/finalize`);
    const line = { period: PERIOD, description: 'x', amount: '5.00', reason: 'meanwhile' };
    await send('PUT', `/v1/tenants/${tenant}/manual-lines/meanwhile`, line);
    await page.click('button.primary');
    expect(await page.locator('[role=alert] a').getAttribute('href')).toBe('/problems/changed');
    expect((await invoiceOf(tenant)).status).toBe('draft');
  });

  test('a month is closed for everybody, and the page shows how far it is', async () => {
    const { page } = await signedIn();
    const { items } = await api(`/v1/invoices?period=${PERIOD}&status=draft`);
    await page.goto(`${service.url}/invoice-runs/new?period=${PERIOD}`);
    expect(await page.locator('.verdict').innerText()).toContain(`${items.length} `);
    await keyboardOn(page).to('button.primary');
    // Twice, as somebody does who sees nothing happen.
    await page.keyboard.press('Enter');
    await page.keyboard.press('Enter');
    await page.waitForURL(/invoice-runs\/\d+$/);
    await page.waitForSelector('[data-live-done]', { state: 'attached', timeout: 60_000 });
    expect(await page.locator('#progress tbody .tag').allInnerTexts()).toEqual(items.map(() => 'fechada'));
    expect((await api('/v1/invoice-runs')).items).toHaveLength(1);
  });
});

describe('a portal link', () => {
  const linkWith = async (body: object) => await send('POST', `/v1/tenants/${tenant}/portal-links`, body);

  test(
    'shows one tenant its pages in its language, and nothing else',
    async () => {
      const { url } = await linkWith({ language: 'en' });
      const { page, complaints } = await newTab(browser, { ...DESKTOP, width: 360 });
      await page.goto(url);
      const { name } = await api(`/v1/tenants/${tenant}`);
      expect(await page.locator('h1').innerText()).toBe(name);
      expect(await page.getAttribute('html', 'lang')).toBe('en');
      const tabs = page.locator('.tabs a');
      expect(await tabs.allInnerTexts()).toEqual(['Month', 'Conversations', 'Look up a contact', 'Invoices']);
      const addresses = await tabs.evaluateAll((all) => all.map((link) => link.getAttribute('href') ?? ''));
      const { pathname } = new URL(url);
      for (const address of [
        ...addresses,
        `${pathname}/windows/${window}`,
        `${pathname}/invoices/${PERIOD}`,
      ]) {
        expect(address.startsWith(pathname)).toBe(true);
        expect((await page.goto(service.url + address))?.status()).toBe(200);
        expect(await overflow(page)).toBe(0);
        expect(await barriers(page)).toEqual([]);
        const links = await page
          .locator('a')
          .evaluateAll((all) => all.map((link) => link.getAttribute('href') ?? ''));
        expect(links.filter((link) => !link.startsWith(pathname) && link !== '#content')).toEqual([]);
        expect(await page.locator('form[method=post]').count()).toBe(1);
      }
      expect(complaints).toEqual([]);
      await page.goto(`${service.url}/`);
      expect(new URL(page.url()).pathname).toBe('/sign-in');
    },
    SLOW,
  );

  test('is the same to whoever opens it before, at once or again, and stays out of caches and search engines', async () => {
    const { url } = await linkWith({});
    // Their reads wait for one another, and still each page shows a moment of its own.
    for (let round = 0; round < 10; round++) {
      const opened = [fetch(url, { method: 'HEAD' }), fetch(url), fetch(url)];
      const asked = await Promise.all(opened);
      expect(asked.map(({ status }) => status)).toEqual([200, 200, 200]);
    }
    const sent = (await fetch(url, { method: 'POST' })).status;
    expect([404, 405]).toContain(sent);
    const { page } = await newTab(browser);
    const answer = await page.goto(url);
    expect(answer?.status()).toBe(200);
    expect(answer?.headers()).toMatchObject({ 'cache-control': 'no-store', 'x-robots-tag': 'noindex' });
  });

  test('without invoices shows no amount', async () => {
    const { url } = await linkWith({ invoices: false });
    const { page } = await newTab(browser);
    await page.goto(`${url}?period=${PERIOD}`);
    expect(await page.locator('main').innerText()).not.toContain('R$');
    expect((await page.goto(`${url}/invoices`))?.status()).toBe(403);
  });

  test('ends with the key that made it, and needs the scope and the tenant', async () => {
    const made = await send('POST', '/v1/ops/keys', {
      name: 'platform',
      scopes: ['portal'],
      tenants: [tenant],
    });
    const { key, id } = { key: made.secret, id: made.id };
    const create = async (whose: string) =>
      await call(service, 'POST', `/v1/tenants/${whose}/portal-links`, { key, body: {} });
    expect((await create('somebody-else')).status).toBe(403);
    const { url } = (await create(tenant)).json;
    const { items } = await api(`/v1/audit?subjectType=portal-link&actor=${id}`);
    expect(items).toMatchObject([{ tenant, action: 'create', after: { tenant, invoices: true } }]);
    expect(JSON.stringify(items)).not.toContain(url.split('/').at(-1));
    const other = await send('POST', '/v1/ops/keys', { name: 'reader', scopes: ['usage:read'] });
    const refused = await call(service, 'POST', `/v1/tenants/${tenant}/portal-links`, {
      key: other.secret,
      body: {},
    });
    expect(refused.status).toBe(403);
    expect((await fetch(url)).status).toBe(200);
    await call(service, 'DELETE', `/v1/ops/keys/${id}`);
    expect((await fetch(url)).status).toBe(410);
    expect((await fetch(`${service.url}/portal/nothing`)).status).toBe(410);
  });

  test('is framed by nobody unless a setting says so', async () => {
    const { url } = await linkWith({});
    const policy = (await fetch(url)).headers.get('content-security-policy');
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain("default-src 'self'");
    expect(policy).not.toContain('unsafe-inline');
  });
});

describe('operations', () => {
  test('a key that the page made is shown once, works, and is revoked after a question', async () => {
    const { page } = await signedIn();
    await page.goto(`${service.url}/operations/keys`);
    const keys = keyboardOn(page);
    await keys.type('input[name=name]', 'from the page');
    await keys.press('input[value="usage:read"]', 'Space');
    await keys.type('input[name=tenants]', 'not a tenant');
    await keys.press('main button.primary');
    expect(await page.locator('[role=alert]').innerText()).toContain('/tenants/0');
    expect(await keys.focused()).toContain('alert');
    expect(await page.isChecked('input[value="usage:read"]')).toBe(true);
    await keys.type('input[name=tenants]', tenant);
    await keys.press('main button.primary');
    const secret = await page.locator('[role=status] code').innerText();
    expect((await call(service, 'GET', `/v1/tenants/${tenant}/usage`, { key: secret })).status).toBe(200);
    await page.goto(`${service.url}/operations/keys`);
    expect(await page.content()).not.toContain(secret);
    const fromPage = async () =>
      (await api('/v1/ops/keys')).items.find(({ name }: { name: string }) => name === 'from the page');
    await keys.press(`a[href="/operations/keys/${(await fromPage()).id}/revoke"]`);
    await page.waitForURL(/revoke$/);
    await Promise.all([page.waitForURL(/operations\/keys$/), keys.press('button.danger')]);
    const made = await fromPage();
    expect(made).toMatchObject({ scopes: ['usage:read'], tenants: [tenant], revokedAt: expect.any(String) });
  });

  test(
    'a what-if is begun by a form, watched, and answers in windows and money',
    async () => {
      const { page } = await signedIn();
      await page.goto(`${service.url}/operations/rebuilds`);
      const keys = keyboardOn(page);
      await keys.type('input[name=hours]', '12');
      await keys.press('main .filters button');
      await page.waitForURL(/rebuilds\/\d+$/);
      // What is focused stays so, whatever comes in around it.
      await keys.to('a[href$="/discard"]');
      await page.waitForSelector('[data-live-done]', { state: 'attached', timeout: 120_000 });
      expect(await keys.focused()).toContain('/discard');
      const [rebuild] = (await api('/v1/ops/rebuilds')).items;
      const { receptive } = rebuild.usage.totals;
      const row = await page.locator('tr', { hasText: 'Receptivas' }).innerText();
      const number = (count: number) => new Intl.NumberFormat('pt-BR').format(count);
      expect(row.split(/\s+/)).toEqual(['Receptivas', number(receptive.live), number(receptive.rebuilt)]);
      expect(receptive.rebuilt).toBeGreaterThan(receptive.live);
      await page.keyboard.press('Enter');
      await page.waitForURL(/discard$/);
      await Promise.all([page.waitForURL(/rebuilds\/\d+$/), keys.press('button.danger')]);
      expect((await api(`/v1/ops/rebuilds/${rebuild.id}`)).state).toBe('discarded');
    },
    SLOW,
  );

  test(
    'by keyboard alone a rebuild is begun, promoted after a question, and rolled back',
    async () => {
      const { page } = await signedIn();
      const keys = keyboardOn(page);
      await page.goto(`${service.url}/operations/rebuilds`);
      await keys.press('main form:not(.filters) button.primary');
      await page.waitForURL(/rebuilds\/\d+$/);
      const { pathname } = new URL(page.url());
      const answer = async (action: string, kind: string) => {
        await page.waitForSelector(`a[href$="/${action}"]`, { timeout: 120_000 });
        await keys.press(`a[href$="/${action}"]`);
        await page.waitForURL(new RegExp(`/${action}$`));
        await Promise.all([page.waitForURL(/rebuilds\/\d+$/), keys.press(kind)]);
        await page.waitForSelector('[data-live-done]', { state: 'attached', timeout: 120_000 });
        return (await api(pathname.replace('/operations', '/v1/ops'))).state;
      };
      expect(await answer('promote', 'main button.primary')).toBe('promoted');
      expect(await answer('rollback', 'main button.danger')).toBe('rolled-back');
    },
    SLOW,
  );

  test(
    'a verification is asked for, watched, and says that everything holds together',
    async () => {
      const { page } = await signedIn();
      await page.goto(`${service.url}/operations/verification`);
      await Promise.all([page.waitForEvent('load'), keyboardOn(page).press('main button.primary')]);
      await page.waitForSelector('[data-live-done]', { state: 'attached', timeout: 120_000 });
      expect(await page.locator('#verification .tag').allInnerTexts()).toEqual([
        'tudo confere',
        'tudo confere',
      ]);
      const { items } = await api('/v1/ops/verification');
      expect(items.map(({ state }: { state: string }) => state)).toEqual(['holds', 'holds']);
    },
    SLOW,
  );

  test('an open page goes on by itself when the service is gone and back', async () => {
    const { page } = await signedIn();
    await page.goto(`${service.url}/operations`);
    await page.route('**/operations/lag', (route) => route.abort());
    await page.waitForSelector('[data-live-lost="lag"]:not([hidden])', { timeout: 30_000 });
    await page.unroute('**/operations/lag');
    await page.waitForSelector('[data-live-lost="lag"][hidden]', { state: 'attached', timeout: 60_000 });
    const [first] = await page.locator('#lag tbody tr').allInnerTexts();
    const { partitions } = await api('/v1/ops/projection');
    expect(first).toContain(new Intl.NumberFormat('pt-BR').format(partitions[0].next));
  });
});

test('the keyboard alone signs in, skips to the content and opens a window', async () => {
  const { page } = await newTab(browser);
  const focused = async () =>
    await page.evaluate<string>(
      'document.activeElement?.getAttribute("href") ?? document.activeElement?.getAttribute("name") ?? ""',
    );
  const tabTo = async (matches: (name: string) => boolean) => {
    for (let presses = 0; presses < 60; presses++) {
      await page.keyboard.press('Tab');
      if (matches(await focused())) return;
    }
    throw new Error('the keyboard does not get there');
  };
  await page.goto(
    `${service.url}/sign-in?next=${encodeURIComponent(`/tenants/${tenant}/windows?period=${PERIOD}`)}`,
  );
  expect(await focused()).toBe('key');
  await page.keyboard.type(service.adminKey);
  await Promise.all([page.waitForURL(/windows\?period/), page.keyboard.press('Enter')]);
  await page.keyboard.press('Tab');
  expect(await focused()).toBe('#content');
  await page.keyboard.press('Enter');
  await tabTo((name) => name.includes(`/windows/${window}`));
  const outline = await page.evaluate<string>('getComputedStyle(document.activeElement).outlineStyle');
  expect(outline).toBe('solid');
  await Promise.all([page.waitForURL(new RegExp(`/windows/${window}$`)), page.keyboard.press('Enter')]);
});

test('an invoice prints on A4 as a document, without what is only for the screen', async () => {
  const { page } = await signedIn({ ...DESKTOP, colorScheme: 'dark', width: 672 });
  await page.goto(`${service.url}/tenants/${tenant}/invoices/${PERIOD}`);
  await page.emulateMedia({ media: 'print' });
  expect(await page.locator('.top').isVisible()).toBe(false);
  expect(await page.locator('[data-print]').isVisible()).toBe(false);
  const display = await page.evaluate<string>(
    'getComputedStyle(document.querySelector(".paper tbody tr")).display',
  );
  expect(display).toBe('table-row');
  expect(await overflow(page)).toBe(0);
});
