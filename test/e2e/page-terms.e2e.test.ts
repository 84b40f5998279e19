/** What people change on the page about plans and tenants: asked about in numbers first, and then as the API says. */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { faultsOf, LOOKS, newTab, signIn } from '../support/browser.ts';
import { keyboardOn } from '../support/keyboard.ts';
import { call } from './api.ts';
import { type PageMonth, PERIOD, PLAN, startMonth } from './page-month.ts';

const SLOW = 600_000;

let month: PageMonth;
let tenant: string;

beforeAll(async () => {
  month = await startMonth();
  tenant = month.tenants[0] ?? '';
}, SLOW);

afterAll(() => month?.stop());

const at = (path: string) => month.service.url + path;
const money = (amount: string) =>
  new Intl.NumberFormat('pt-BR', { style: 'currency', currency: 'BRL' }).format(Number(amount));
const main = async (page: Page) => await page.locator('main').innerText();
const versions = async (plan: string) => (await month.api(`/v1/plans/${plan}`)).versions;

test.each(LOOKS)(
  'every screen is whole and without barriers: %o',
  async (look) => {
    const { page, complaints } = await month.signedIn(look);
    const own = `/tenants/${tenant}`;
    const screens = [
      ...['/plans', '/plans/edit', `/plans/edit?plan=pro&from=${PERIOD}`, '/tenants/new'],
      ...[`${own}/settings`, `${own}/subscriptions/edit?from=${PERIOD}`],
      ...[`${own}/subscriptions/${PERIOD}/delete`, `${own}/rules`, `${own}/zone`],
      `${own}/thresholds`,
    ];
    expect(await faultsOf(page, month.service.url, screens, look)).toEqual([]);
    expect(complaints).toEqual([]);
  },
  SLOW,
);

test('by keyboard alone a plan is made with tiers that are added by a button, and says where a price is none', async () => {
  const { page } = await month.signedIn();
  const keys = keyboardOn(page);
  await page.goto(at('/plans/edit'));
  await keys.type('input[name=plan]', 'novo');
  await keys.type('input[name=from]', '2026-02');
  await keys.type('input[name=monthlyFee]', '1.049,90');
  await keys.type('input[name=allowance]', '100');
  await keys.press('button[name=more][value=overage]');
  await page.waitForSelector('[name="overage.upTo"] >> nth=1');
  // Whoever asked for a tier is in it, and goes back to the one before it.
  expect(await keys.focused()).toContain('overage.upTo');
  await keys.back('[name="overage.price"]');
  await page.keyboard.type('caro');
  await keys.back('[name="overage.upTo"]');
  await page.keyboard.type('200');
  await keys.to('[name="overage.price"]');
  await keys.type('[name="overage.price"]', '0,25');
  await keys.type('[name="active.0.price"]', '0,45');
  await keys.press('button[name=more][value=category]', 'Space');
  await page.waitForSelector('[name=category] >> nth=1');
  expect(await keys.focused()).toContain('category');
  await page.keyboard.type('marketing');
  await keys.type('[name="active.1.price"]', '0,60');
  await keys.press('.actions button.primary');
  const refused = await page.locator('[role=alert]').innerText();
  expect(refused).toContain('/receptive/overage/0/unitPrice deve ser um decimal simples');
  expect(await page.locator('[role=alert] [lang=en]').count()).toBe(0);
  // What is wrong is what is focused.
  expect(await keys.focused()).toContain('alert');
  expect(await page.inputValue('[name="active.1.price"]')).toBe('0,60');
  await keys.type('[name="overage.price"]', '0,30');
  // Enter reviews, and adds no tier.
  await page.keyboard.press('Enter');
  await page.waitForSelector('input[name=reviewed]', { state: 'attached' });
  expect((await call(month.service, 'GET', '/v1/plans/novo')).status).toBe(404);
  await Promise.all([page.waitForURL(/done=saved/), keys.press('main button.primary')]);
  expect(await versions('novo')).toMatchObject([
    {
      ...{ from: '2026-02', currency: 'BRL', monthlyFee: '1049.90' },
      receptive: {
        ...{ allowance: 100, limit: null },
        overage: [
          { upTo: 200, unitPrice: '0.30' },
          { upTo: null, unitPrice: '0.25' },
        ],
      },
      active: {
        default: [{ upTo: null, unitPrice: '0.45' }],
        marketing: [{ upTo: null, unitPrice: '0.60' }],
      },
    },
  ]);
});

test('a change of a plan says what it does to drafts, and is asked again where that changed meanwhile', async () => {
  const { page } = await month.signedIn();
  const review = async (fee: string) => {
    await page.goto(at(`/plans/edit?plan=pro&from=${PERIOD}`));
    await page.fill('input[name=monthlyFee]', fee);
    await page.click('.actions button.primary');
    await page.waitForSelector('input[name=reviewed]', { state: 'attached' });
  };
  await review('109,90');
  const dry = await month.send('PUT', `/v1/plans/pro/versions/${PERIOD}?dryRun=true`, {
    ...{ ...PLAN, monthlyFee: '109.90' },
  });
  const [total] = dry.affects.total;
  const said = await main(page);
  for (const amount of [total.before, total.after, total.difference]) expect(said).toContain(money(amount));
  expect(await page.locator('main tbody tr').count()).toBe(dry.affects.drafts.length);
  // Somebody else changes it before it is confirmed.
  await month.send('PUT', `/v1/plans/pro/versions/${PERIOD}`, { ...PLAN, monthlyFee: '89.90' });
  await page.click('main button.primary');
  expect(await page.locator('[role=alert]').innerText()).toContain('Nada foi gravado');
  expect((await versions('pro'))[0].monthlyFee).toBe('89.90');
  await Promise.all([page.waitForURL(/done=saved/), page.dblclick('main button.primary')]);
  expect((await versions('pro'))[0].monthlyFee).toBe('109.90');
  const { items } = await month.api('/v1/audit?limit=1000');
  const ours = items.filter(
    ({ after }: { after: { monthlyFee?: string } | null }) => after?.monthlyFee === '109.90',
  );
  expect(ours).toHaveLength(1);
});

test('by keyboard alone a subscription gets a discount and terms of its own, and what that does stands there before', async () => {
  const { page } = await month.signedIn();
  const keys = keyboardOn(page);
  await page.goto(at(`/tenants/${tenant}/subscriptions/edit?from=${PERIOD}`));
  await keys.type('input[name=discount]', '10');
  await keys.press('summary');
  await keys.type('input[name=monthlyFee]', '50,00');
  await keys.press('.actions button.primary');
  await page.waitForSelector('input[name=reviewed]', { state: 'attached' });
  const url = `/v1/tenants/${tenant}/subscriptions/${PERIOD}`;
  const body = { plan: 'pro', discount: { percent: '10' }, overrides: { monthlyFee: '50' } };
  const { affects } = await month.send('PUT', `${url}?dryRun=true`, body);
  expect(await main(page)).toContain(money(affects.total[0].difference));
  await Promise.all([page.waitForURL(/done=subscribed/), keys.press('main button.primary')]);
  expect((await month.api(`/v1/tenants/${tenant}/subscriptions`)).items).toMatchObject([
    { plan: 'pro', discount: { percent: '10' }, overrides: { monthlyFee: '50.00' } },
  ]);
  // What is final stays: the page says why, and what to do.
  await month.send('POST', `/v1/tenants/${tenant}/invoices/${PERIOD}/finalize`);
  const refused = await page.goto(at(`/tenants/${tenant}/subscriptions/${PERIOD}/delete`));
  expect(refused?.status()).toBe(409);
  expect(await page.locator('[role=alert] a').getAttribute('href')).toBe('/problems/period-final');
});

test('a subscription of long ago is asked about once more', async () => {
  const { page } = await month.signedIn();
  const keys = keyboardOn(page);
  await month.send('PUT', '/v1/plans/pro/versions/2019-01', PLAN);
  await month.send('PUT', '/v1/tenants/antigo', { name: 'Antigo' });
  await page.goto(at('/tenants/antigo/subscriptions/edit'));
  await keys.choose('select[name=plan]', 'pro');
  await keys.type('input[name=from]', '2019-01');
  await keys.type('input[name=until]', '2019-03');
  await keys.press('.actions button.primary');
  expect(await page.locator('[role=alert] a').getAttribute('href')).toBe('/problems/needs-confirmation');
  await keys.press('input[name=confirm]', 'Space');
  await keys.press('.actions button.primary');
  await page.waitForSelector('input[name=reviewed]', { state: 'attached' });
  await Promise.all([page.waitForURL(/done=subscribed/), keys.press('main button.primary')]);
  expect((await month.api('/v1/tenants/antigo/subscriptions')).items).toHaveLength(1);
});

test('by keyboard alone a tenant is registered once, and its registration is kept', async () => {
  const { page } = await month.signedIn();
  const keys = keyboardOn(page);
  const register = async (name: string) => {
    await page.goto(at('/tenants/new'));
    await keys.type('input[name=tenant]', 'padaria');
    await keys.type('input[name=name]', name);
    await Promise.all([page.waitForURL(/settings/), keys.press('main button.primary')]);
  };
  await register('Padaria');
  await register('Somebody else');
  expect(await page.inputValue('input[name=name]')).toBe('Padaria');
  await keys.type('input[name=billToName]', 'Padaria Ltda.');
  await keys.type('input[name=email]', 'not an address');
  await keys.press('main form:has(input[name=billToName]) button.primary');
  expect(await page.locator('[role=alert]').innerText()).toContain('/billTo/email');
  // What was typed is still there.
  expect(await page.inputValue('input[name=billToName]')).toBe('Padaria Ltda.');
  await keys.type('input[name=email]', 'financeiro@padaria.example');
  await keys.type('input[name=paymentDays]', '15');
  await keys.choose('select[name=credit]', 'carry');
  await Promise.all([
    page.waitForURL(/done=saved/),
    keys.press('main form:has(input[name=billToName]) button.primary'),
  ]);
  expect(await month.api('/v1/tenants/padaria')).toMatchObject({
    ...{ name: 'Padaria', paymentDays: 15, credit: 'carry' },
    billTo: { name: 'Padaria Ltda.', email: 'financeiro@padaria.example' },
  });
});

test('a rule and a zone are changed after a question, and a rule for the past is refused', async () => {
  const { page } = await month.signedIn();
  const keys = keyboardOn(page);
  const own = `/tenants/${month.tenants[1]}`;
  const propose = async (from: string) => {
    await page.goto(at(`${own}/rules`));
    // Which number of a date is typed first is the browser's affair.
    await page.fill('input[name=from]', from);
    await keys.choose('select[name=rule]', 'sliding');
    await keys.press('main button.primary');
  };
  await propose('2026-01-10T00:00');
  expect(await page.locator('[role=alert] a').getAttribute('href')).toBe('/problems/rule-in-the-past');
  expect(await page.inputValue('input[name=from]')).toBe('2026-01-10T00:00');
  await propose('2100-01-01T00:00');
  await page.waitForSelector('input[name=reviewed]', { state: 'attached' });
  await Promise.all([page.waitForURL(/done=saved/), keys.press('main button.primary')]);
  const rules = await month.api(`/v1${own}`);
  expect(rules.rules).toMatchObject([
    { from: null, rule: 'fixed' },
    { from: '2100-01-01T03:00:00.000Z', rule: 'sliding' },
  ]);
  await page.goto(at(`${own}/zone`));
  await keys.type('input[name=zone]', 'America/Manaus');
  await keys.press('main button.primary');
  await page.waitForSelector('input[name=reviewed]', { state: 'attached' });
  const timeZone = 'America/Manaus';
  const dry = await month.send('PUT', `/v1${own}?dryRun=true`, { timeZone });
  expect(await page.locator('main tbody tr').count()).toBe(dry.affects.drafts.length);
  await Promise.all([page.waitForURL(/done=saved/), page.click('main button.primary')]);
  expect((await month.api(`/v1${own}`)).timeZone).toBe('America/Manaus');
});

test('by keyboard alone notices of usage are set for one tenant, refused where one stands twice, and left to the plan again', async () => {
  const { page } = await month.signedIn();
  const keys = keyboardOn(page);
  const url = `/v1/tenants/${tenant}/thresholds`;
  const set = async (rows: [string, string][]) => {
    await page.goto(at(`/tenants/${tenant}/thresholds`));
    await keys.to('input[name=whose]');
    await page.keyboard.press('ArrowDown');
    for (const [of, size] of rows) {
      await keys.choose('select[name=of]', of);
      await keys.type('input[name=size]', size);
    }
    await keys.press('main button.primary');
  };
  await set([
    ['allowance', '80'],
    ['allowance', '80'],
  ]);
  expect(await page.locator('[role=alert]').innerText()).toContain('/thresholds');
  expect((await month.api(url)).own).toBeNull();
  await set([
    ['allowance', '80'],
    ['active', '500'],
  ]);
  await page.waitForURL(/done=saved/);
  const own = [
    { of: 'allowance', percent: 80 },
    { of: 'active', count: 500 },
  ];
  expect((await month.api(url)).own).toEqual(own);
  expect(await main(page)).toContain('em 80% da franquia');
  await page.goto(at(`/tenants/${tenant}/thresholds`));
  await keys.to('input[name=whose]');
  await page.keyboard.press('ArrowUp');
  await Promise.all([page.waitForURL(/done=saved/), keys.press('main button.primary')]);
  expect((await month.api(url)).own).toBeNull();
});

test('a portal link made on the page opens the pages of that tenant', async () => {
  const { page } = await month.signedIn();
  await page.goto(at(`/tenants/${tenant}/settings`));
  const keys = keyboardOn(page);
  await keys.press('input[name=invoices]', 'Space');
  await keys.press('form[action$="/portal-link"] button');
  const url = await page.locator('[role=status] code').innerText();
  expect(url.startsWith(`${month.service.url}/portal/`)).toBe(true);
  const { page: other } = await newTab(month.browser);
  await other.goto(url);
  const { name } = await month.api(`/v1/tenants/${tenant}`);
  expect(await other.locator('h1').innerText()).toBe(name);
});

test('a key of a customer sees its registration and decides nothing about it', async () => {
  const { secret } = await month.send('POST', '/v1/ops/keys', {
    ...{ name: 'customer', scopes: ['usage:read', 'billing:read'], tenants: [tenant] },
  });
  const { page } = await newTab(month.browser);
  await signIn(page, month.service.url, secret);
  await page.goto(at(`/tenants/${tenant}/settings`));
  expect(await page.locator('main form').count()).toBe(0);
  expect(await page.locator('main a', { hasText: /Editar|Apagar|Mudar|Nova/ }).count()).toBe(0);
  await page.goto(at('/plans'));
  expect(await page.locator('main form, main .button').count()).toBe(0);
});
