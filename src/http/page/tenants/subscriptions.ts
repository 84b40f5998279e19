/** Subscriptions of a tenant: which plan from when to when, with what was agreed; what each change does comes before it. */

import { nextPeriod } from '../../../domain/period.ts';
import { type Affects, affectsView, reviewed } from '../plans/affects.ts';
import { type Plan, termsList } from '../plans/list.ts';
import {
  asksForMore,
  draftIn,
  draftOf,
  enterButton,
  type TermsDraft,
  termsFields,
  termsOf,
} from '../plans/terms-form.ts';
import { path, Refused } from '../shell/ask.ts';
import { problemBox } from '../shell/failure.ts';
import { type Html, html, type Part } from '../shell/html.ts';
import { page } from '../shell/layout.ts';
import { decimalField, decimalIn } from '../shell/numbers.ts';
import { currentMonth } from '../shell/parts.ts';
import { type Asked, carriedIn, field, type Pages, SeeOther, WithStatus } from '../shell/routes.ts';
import type { Visitor } from '../shell/visitor.ts';
import { tenantName } from '../usage/month.ts';
import type { Subscription } from './settings.ts';

const AT = '/tenants/:tenant/subscriptions';

export function subscriptionPages(pages: Pages): void {
  pages.get(`${AT}/edit`, edit);
  pages.post(`${AT}/edit`, review);
  pages.post(`${AT}/save`, save);
  // Asked for again, as after a change of the language, there is nothing left to confirm.
  pages.get(
    `${AT}/save`,
    (_visitor, { params }) => new SeeOther(path`/tenants/${params.tenant ?? ''}/settings`),
  );
  pages.get(`${AT}/:from/delete`, deleteQuestion);
  pages.post(`${AT}/:from/delete`, async ({ ask }, { params }) => {
    const { tenant = '', from = '' } = params;
    await ask.send('DELETE', path`/v1/tenants/${tenant}/subscriptions/${from}`);
    return new SeeOther(`${path`/tenants/${tenant}/settings`}?done=unsubscribed`);
  });
}

/** As typed. */
interface Draft {
  plan: string;
  from: string;
  until: string;
  discount: string;
  overrides: TermsDraft;
  /** It begins long ago, and that was asked about. */
  needsConfirmation: boolean;
}

async function edit(visitor: Visitor, { params, query }: Asked): Promise<Html> {
  const tenant = params.tenant ?? '';
  const { items } = await visitor.ask.get<{ items: Subscription[] }>(
    path`/v1/tenants/${tenant}/subscriptions`,
    { limit: 1_000 },
  );
  const known = items.find(({ from }) => from === query.from);
  const draft: Draft = {
    ...{ plan: known?.plan ?? '', until: known?.until ?? '', needsConfirmation: false },
    from: known?.from ?? nextPeriod(currentMonth(visitor)),
    discount: decimalField(visitor.language, known?.discount?.percent ?? ''),
    overrides: draftOf(visitor.language, known?.overrides ?? null),
  };
  return await editor(visitor, tenant, draft, null);
}

async function editor(visitor: Visitor, tenant: string, draft: Draft, problem: Part): Promise<Html> {
  const { texts } = visitor;
  const t = texts.settings.subscription;
  const [name, { items: plans }] = await Promise.all([
    tenantName(visitor, tenant),
    visitor.ask.get<{ items: Plan[] }>('/v1/plans', { limit: 1_000 }),
  ]);
  const month = (name: 'from' | 'until', label: string, required: boolean) =>
    html`<label>${label}<input name="${name}" value="${draft[name]}" pattern="[0-9]{4}-[0-9]{2}" placeholder="2026-11"${required && html` required`}></label>`;
  const hasOverrides = Object.keys(termsOf(draft.overrides)).length > 0;
  const settings = path`/tenants/${tenant}/settings`;
  return page(visitor, {
    title: t.edit,
    crumb: html`<a href="${settings}">${name}</a>`,
    section: 'overview',
    content: html`${problem}<section class="card"><form class="form wide" method="post" action="${path`/tenants/${tenant}/subscriptions/edit`}">${enterButton()}
<div class="filters"><label>${texts.overview.columns.plan}<select name="plan" required>${plans.map(({ plan }) => html`<option${plan === draft.plan && html` selected`}>${plan}</option>`)}</select></label>${month('from', t.from, true)}${month('until', t.untilOrOpen, false)}<label>${t.discount}<input name="discount" value="${draft.discount}" inputmode="decimal"></label></div>
${draft.needsConfirmation && html`<label class="check"><input type="checkbox" name="confirm" value="yes">${t.confirmLongAgo}</label>`}
<details${(hasOverrides || draft.overrides.added !== null || draft.overrides.pools.length > 1) && html` open`}><summary>${t.ownTerms}</summary><div class="form wide"><p class="small muted">${t.ownTermsHint}</p>${termsFields(visitor, draft.overrides, 'overrides')}</div></details>
<div class="actions"><button class="primary">${texts.terms.review}</button><a class="button quiet" href="${settings}">${texts.error.back}</a></div></form></section>`,
  });
}

type Changed = Subscription & { affects: Affects };

async function review(visitor: Visitor, { params, form }: Asked): Promise<Html | WithStatus> {
  const tenant = params.tenant ?? '';
  const draft: Draft = {
    ...{ plan: field(form, 'plan'), from: field(form, 'from'), until: field(form, 'until') },
    ...{ discount: field(form, 'discount'), overrides: draftIn(form), needsConfirmation: false },
  };
  if (asksForMore(form)) return await editor(visitor, tenant, draft, null);
  const overrides = termsOf(draft.overrides);
  const body = {
    plan: draft.plan,
    until: draft.until || null,
    discount: draft.discount === '' ? null : { percent: decimalIn(draft.discount) },
    overrides: Object.keys(overrides).length === 0 ? null : overrides,
    ...(field(form, 'confirm') === 'yes' ? { confirm: true } : {}),
  };
  try {
    const changed = await dryRun(visitor, { tenant, from: draft.from }, body);
    return await question(visitor, tenant, { changed, body, note: null });
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const needsConfirmation = error.problem.type === '/problems/needs-confirmation';
    const shown = await editor(
      visitor,
      tenant,
      { ...draft, needsConfirmation },
      problemBox(error.problem, visitor.language),
    );
    return new WithStatus(shown, error.problem.status);
  }
}

interface Named {
  tenant: string;
  from: string;
}

function addressOf({ tenant, from }: Named): string {
  return path`/v1/tenants/${tenant}/subscriptions/${from}`;
}

async function dryRun({ ask }: Visitor, named: Named, body: object): Promise<Changed> {
  return await ask.send<Changed>('PUT', `${addressOf(named)}?dryRun=true`, body);
}

async function question(
  visitor: Visitor,
  tenant: string,
  { changed, body, note }: { changed: Changed; body: object; note: Part },
): Promise<Html> {
  const { texts, format } = visitor;
  const t = texts.settings.subscription;
  const { plan, from, until, discount, overrides, affects } = changed;
  const [name, known] = await Promise.all([
    tenantName(visitor, tenant),
    visitor.ask.get<Plan>(path`/v1/plans/${plan}`),
  ]);
  const currency = known.versions[0]?.currency ?? '';
  return page(visitor, {
    title: t.question(name, plan, format.period(from)),
    crumb: html`<a href="${path`/tenants/${tenant}/settings`}">${name}</a>`,
    section: 'overview',
    content: html`${note}<section class="card"><dl class="facts"><dt>${texts.overview.columns.plan}</dt><dd>${plan}</dd><dt>${t.from}</dt><dd>${format.period(from)}</dd><dt>${t.until}</dt><dd>${until === null ? t.open : format.period(until)}</dd>${discount !== null && html`<dt>${t.discount}</dt><dd>${format.rate(discount.percent)}</dd>`}</dl>${overrides !== null && html`<h2>${t.ownTerms}</h2>${termsList(visitor, { ...overrides, currency })}`}</section>
<section class="card"><h2>${texts.terms.affects.title}</h2>${await affectsView(visitor, affects)}
<form class="actions" method="post" action="${path`/tenants/${tenant}/subscriptions/save`}"><input type="hidden" name="from" value="${from}"><input type="hidden" name="terms" value="${JSON.stringify(body)}"><input type="hidden" name="reviewed" value="${reviewed(affects)}"><button class="primary">${texts.terms.confirm}</button><a class="button quiet" href="${path`/tenants/${tenant}/settings`}">${texts.error.back}</a></form></section>`,
  });
}

/** What would happen is looked at once more: where others changed it since it was reviewed, it is asked again. */
async function save(visitor: Visitor, { params, form }: Asked): Promise<Html | SeeOther> {
  const tenant = params.tenant ?? '';
  const named = { tenant, from: field(form, 'from') };
  const body = carriedIn(form, 'terms');
  const changed = await dryRun(visitor, named, body);
  // After a second click there is nothing left to change.
  if (changed.affects.changed > 0 && reviewed(changed.affects) !== field(form, 'reviewed')) {
    const note = html`<p class="note-box warn" role="alert">${visitor.texts.terms.changedMeanwhile}</p>`;
    return await question(visitor, tenant, { changed, body, note });
  }
  await visitor.ask.send<Changed>('PUT', addressOf(named), body);
  return new SeeOther(`${path`/tenants/${tenant}/settings`}?done=subscribed`);
}

async function deleteQuestion(visitor: Visitor, { params }: Asked): Promise<Html> {
  const { texts, format } = visitor;
  const { tenant = '', from = '' } = params;
  const t = texts.settings.subscription;
  const { affects } = await visitor.ask.send<{ affects: Affects }>(
    'DELETE',
    `${addressOf({ tenant, from })}?dryRun=true`,
  );
  const settings = path`/tenants/${tenant}/settings`;
  const name = await tenantName(visitor, tenant);
  return page(visitor, {
    title: t.deleteQuestion(name, format.period(from)),
    crumb: html`<a href="${settings}">${name}</a>`,
    section: 'overview',
    content: html`<section class="card"><h2>${texts.terms.affects.title}</h2>${await affectsView(visitor, affects)}<form class="actions" method="post"><button class="danger">${texts.terms.delete}</button><a class="button quiet" href="${settings}">${texts.error.back}</a></form></section>`,
  });
}
