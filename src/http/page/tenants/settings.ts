/** What a tenant is registered with, and the ways to what it has agreed: subscriptions, rules, its zone, a portal link. */

import type { z } from 'zod';
import type { PlanTerms } from '../../../domain/plan.ts';
import type { tenantSchema } from '../../tenants/tenant-schemas.ts';
import { type Plan, termsList } from '../plans/list.ts';
import { path, Refused, withQuery } from '../shell/ask.ts';
import { problemBox } from '../shell/failure.ts';
import { type Html, html, type Part } from '../shell/html.ts';
import { page } from '../shell/layout.ts';
import { empty } from '../shell/parts.ts';
import { type Asked, field, type Pages, SeeOther, TOKEN_FIELD, WithStatus } from '../shell/routes.ts';
import { may, type Visitor } from '../shell/visitor.ts';
import { portalLinkForm } from './portal-link.ts';
import { type Thresholds, thresholdsCard } from './thresholds.ts';

export type Tenant = z.infer<typeof tenantSchema>;

export interface Subscription {
  plan: string;
  from: string;
  until: string | null;
  overrides: Partial<Omit<PlanTerms, 'currency'>> | null;
  discount: { percent: string } | null;
}

const SETTINGS = '/tenants/:tenant/settings';

export function settingsPages(pages: Pages): void {
  pages.get('/tenants/new', (visitor) => registering(visitor, null, {}));
  pages.post('/tenants/new', register);
  pages.get(SETTINGS, async (visitor, asked) => await settings(visitor, asked));
  pages.post(SETTINGS, save);
}

/** What a key that is limited to tenants may not decide without `billing:admin`. */
function mayDecide(visitor: Visitor): boolean {
  return may(visitor, 'billing:write') && (visitor.key.tenants === null || may(visitor, 'billing:admin'));
}

function registering(visitor: Visitor, problem: Part, typed: Asked['form']): Html {
  const { texts } = visitor;
  const t = texts.settings;
  return page(visitor, {
    title: t.register,
    crumb: html`<a href="/">${texts.shell.nav.overview}</a>`,
    section: 'overview',
    content: html`${problem}<section class="card"><form class="form" method="post"><label>${t.tenantId}<input name="tenant" value="${field(typed, 'tenant')}" required pattern="${TOKEN_FIELD}"></label><label>${t.name}<input name="name" value="${field(typed, 'name')}" required maxlength="256"></label><p class="small muted">${t.registerHint}</p><div class="actions"><button class="primary">${t.register}</button><a class="button quiet" href="/">${texts.error.back}</a></div></form></section>`,
  });
}

/** One that is registered already keeps its name: its settings are shown. */
async function register(visitor: Visitor, { form }: Asked): Promise<SeeOther | WithStatus> {
  const at = path`/tenants/${field(form, 'tenant')}`;
  try {
    const known = await findTenant(visitor, field(form, 'tenant'));
    if (known === null) await visitor.ask.send('PUT', `/v1${at}`, { name: field(form, 'name') });
    return new SeeOther(withQuery(`${at}/settings`, { done: known === null ? 'registered' : undefined }));
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return new WithStatus(
      registering(visitor, problemBox(error.problem, visitor.language), form),
      error.problem.status,
    );
  }
}

/** null: nobody has registered it. */
export async function findTenant({ ask }: Visitor, tenant: string): Promise<Tenant | null> {
  return await ask.find<Tenant>(path`/v1/tenants/${tenant}`);
}

/** `refused`: what was typed, and why it was not taken. */
interface RefusedForm {
  form: Asked['form'];
  problem: Html;
}

async function settings(
  visitor: Visitor,
  { params, query }: Asked,
  refused: RefusedForm | null = null,
): Promise<Html> {
  const { texts, ask } = visitor;
  const id = params.tenant ?? '';
  const t = texts.settings;
  const [tenant, { items: subscriptions }, { items: plans }, thresholds] = await Promise.all([
    findTenant(visitor, id),
    ask.get<{ items: Subscription[] }>(path`/v1/tenants/${id}/subscriptions`, { limit: 1_000 }),
    ask.get<{ items: Plan[] }>('/v1/plans', { limit: 1_000 }),
    ask.get<Thresholds>(path`/v1/tenants/${id}/thresholds`),
  ]);
  const currencies = new Map(plans.map(({ plan, versions }) => [plan, versions[0]?.currency]));
  const done = Object.entries(t.done).find(([name]) => name === query.done)?.[1] ?? null;
  const content = html`${refused?.problem}${done !== null && html`<p class="note-box good" role="status">${done}</p>`}
${tenant === null && html`<p class="note-box warn">${t.unregistered}</p>`}
${subscriptionsCard(visitor, id, subscriptions, currencies)}
<div class="grid even">${registration(visitor, tenant ?? { name: id }, refused?.form ?? null)}<div class="stack">${rulesCard(visitor, id, tenant)}${thresholdsCard(visitor, id, thresholds)}${may(visitor, 'portal') && portalLinkForm(visitor, id)}</div></div>`;
  return page(visitor, {
    title: tenant?.name ?? id,
    crumb: html`<a href="/">${texts.shell.nav.overview}</a> / ${id}`,
    section: 'overview',
    tabs: { tenant: id, current: 'settings' },
    content,
  });
}

function subscriptionsCard(
  visitor: Visitor,
  tenant: string,
  list: readonly Subscription[],
  currencies: ReadonlyMap<string, string | undefined>,
): Html {
  const { texts, format } = visitor;
  const t = texts.settings.subscription;
  const mayChange = mayDecide(visitor);
  const at = path`/tenants/${tenant}/subscriptions`;
  const until = (period: string | null) => (period === null ? t.open : format.period(period));
  const agreed = ({ plan, overrides, discount }: Subscription) => {
    const currency = currencies.get(plan);
    return html`${discount !== null && html`<span class="tag good">${t.off(format.rate(discount.percent))}</span>`}${overrides !== null && currency !== undefined && html`<details><summary>${t.ownTerms}</summary>${termsList(visitor, { ...overrides, currency })}</details>`}${overrides === null && discount === null && '–'}`;
  };
  const row = (one: Subscription) =>
    html`<tr><th scope="row">${one.plan}</th><td data-label="${t.from}">${format.period(one.from)}</td><td data-label="${t.until}">${until(one.until)}</td><td data-label="${t.agreed}"><div>${agreed(one)}</div></td>${mayChange && html`<td><span class="actions"><a href="${withQuery(`${at}/edit`, { from: one.from })}" aria-label="${`${texts.terms.edit}: ${one.plan}, ${format.period(one.from)}`}">${texts.terms.edit}</a><a href="${`${at}/${one.from}/delete`}" aria-label="${`${texts.terms.delete}: ${one.plan}, ${format.period(one.from)}`}">${texts.terms.delete}</a></span></td>`}</tr>`;
  return html`<section class="card flush"><header><h2>${t.title}</h2>${mayChange && html`<a class="button" href="${`${at}/edit`}">${t.add}</a>`}</header>${
    list.length === 0
      ? empty(t.none, t.noneHint)
      : html`<table class="cards"><thead><tr><th scope="col">${texts.overview.columns.plan}</th><th scope="col">${t.from}</th><th scope="col">${t.until}</th><th scope="col">${t.agreed}</th>${mayChange && html`<th scope="col"><span class="visually-hidden">${texts.terms.edit}</span></th>`}</tr></thead><tbody>${list.toReversed().map(row)}</tbody></table>`
  }</section>`;
}

function registration(visitor: Visitor, tenant: Partial<Tenant>, typed: Asked['form'] | null): Html {
  const { texts } = visitor;
  const t = texts.settings;
  const decides = mayDecide(visitor);
  const value = (name: string, stored: string | null | undefined) =>
    typed === null ? stored : field(typed, name);
  const text = (name: string, label: string, stored: string | null | undefined, required = false) =>
    html`<label>${label}<input name="${name}" value="${value(name, stored)}" maxlength="1024"${required && html` required`}></label>`;
  const choice = <Value extends string>(
    name: string,
    labels: Readonly<Record<Value, string>>,
    stored: Value | undefined,
  ) =>
    html`<select name="${name}">${(Object.keys(labels) as Value[]).map((one) => html`<option value="${one}"${one === value(name, stored) && html` selected`}>${labels[one]}</option>`)}</select>`;
  const isTest = typed === null ? tenant.test === true : field(typed, 'test') === 'yes';
  const fields = html`${text('name', t.name, tenant.name, true)}${text('reference', t.reference, tenant.reference)}
<label>${t.language}${choice('language', t.languages, tenant.language)}</label>
${
  decides &&
  html`<input type="hidden" name="decides" value="yes"><fieldset><legend>${t.billTo}</legend>${text('billToName', t.billToName, tenant.billTo?.name)}${text('taxId', t.taxId, tenant.billTo?.taxId)}${text('address', t.address, tenant.billTo?.address)}${text('email', t.email, tenant.billTo?.email)}
<label>${t.paymentDays}<input name="paymentDays" type="number" min="0" max="3650" value="${value('paymentDays', tenant.paymentDays?.toString())}"></label>
<label>${t.credit}${choice('credit', t.credits, tenant.credit)}</label>
<label class="check"><input type="checkbox" name="test" value="yes"${isTest && html` checked`}>${t.test}</label></fieldset>`
}`;
  return html`<section class="card"><h2>${t.title}</h2>${
    may(visitor, 'billing:write')
      ? html`<form class="form" method="post">${fields}<div><button class="primary">${texts.terms.confirm}</button></div></form>`
      : html`<fieldset class="form plain" disabled>${fields}</fieldset>`
  }</section>`;
}

async function save(visitor: Visitor, asked: Asked): Promise<SeeOther | WithStatus> {
  const { form, params } = asked;
  const orNull = (name: string) => field(form, name) || null;
  const billToName = orNull('billToName');
  const body = {
    ...{ name: field(form, 'name'), reference: orNull('reference'), language: field(form, 'language') },
    ...(field(form, 'decides') === ''
      ? {}
      : {
          test: field(form, 'test') === 'yes',
          credit: field(form, 'credit'),
          paymentDays: orNull('paymentDays') === null ? null : Number(field(form, 'paymentDays')),
          billTo:
            billToName === null
              ? null
              : {
                  ...{ name: billToName, taxId: orNull('taxId') },
                  ...{ address: orNull('address'), email: orNull('email') },
                },
        }),
  };
  const at = path`/tenants/${params.tenant ?? ''}`;
  try {
    await visitor.ask.send('PUT', `/v1${at}`, body);
    return new SeeOther(`${at}/settings?done=saved`);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const problem = problemBox(error.problem, visitor.language);
    return new WithStatus(await settings(visitor, asked, { form, problem }), error.problem.status);
  }
}

/** Rules and zone: by what windows are opened, and to which month they belong. */
function rulesCard(visitor: Visitor, id: string, tenant: Tenant | null): Html {
  const { texts, format } = visitor;
  const t = texts.settings.rules;
  const at = path`/tenants/${id}`;
  const zones = zonesOf(tenant, visitor.timeZone);
  const zone = zones.at(-1)?.zone ?? visitor.timeZone;
  const rules = tenant?.rules ?? [];
  const since = (from: string | null) => (from === null ? t.ever : format.dateTime(from, zone));
  return html`<section class="card"><header><h2>${t.title}</h2>${may(visitor, 'billing:write') && html`<a href="${`${at}/rules`}">${t.change}</a>`}</header><dl class="facts">${rules.length === 0 && html`<dt>${t.ever}</dt><dd>${t.names.fixed}</dd>`}${rules.map((rule) => html`<dt>${since(rule.from)}</dt><dd>${t.names[rule.rule]}<span class="sub">${t.hours(rule.hours)}, ${t.activeWhen[rule.activeWhen]}</span></dd>`)}</dl>
<header><h2>${t.zone}</h2>${may(visitor, 'billing:write') && html`<a href="${`${at}/zone`}">${t.change}</a>`}</header><dl class="facts">${zones.map(({ from, zone: name }) => html`<dt>${from === null ? t.ever : format.period(from)}</dt><dd>${name}</dd>`)}</dl></section>`;
}

/** As a timeline, also where one zone holds since ever. */
export function zonesOf(tenant: Tenant | null, fallback: string): { from: string | null; zone: string }[] {
  const zone = tenant?.timeZone ?? fallback;
  return typeof zone === 'string' ? [{ from: null, zone }] : zone;
}
