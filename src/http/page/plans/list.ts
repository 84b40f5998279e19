/** Plans and what each of their versions charges. */

import type { PlanVersion, Tier } from '../../../domain/plan.ts';
import { path, withQuery } from '../shell/ask.ts';
import { type Html, html } from '../shell/html.ts';
import { page } from '../shell/layout.ts';
import { empty } from '../shell/parts.ts';
import { type Asked, field, type Pages, SeeOther } from '../shell/routes.ts';
import { may, type Visitor } from '../shell/visitor.ts';

export interface Plan {
  plan: string;
  public: boolean;
  versions: PlanVersion[];
}

export function planPages(pages: Pages): void {
  pages.get('/plans', plans);
  pages.post('/plans/:plan/public', async ({ ask }, { params, form }) => {
    await ask.send('PUT', path`/v1/plans/${params.plan ?? ''}`, { public: field(form, 'public') === 'true' });
    return new SeeOther('/plans');
  });
}

/** Plans concern all tenants. */
function mayChangePlans(visitor: Visitor): boolean {
  return may(visitor, 'billing:write') && visitor.key.tenants === null;
}

async function plans(visitor: Visitor, { query }: Asked): Promise<Html> {
  const t = visitor.texts.terms;
  const { items } = await visitor.ask.get<{ items: Plan[] }>('/v1/plans', { limit: 1_000 });
  const mayChange = mayChangePlans(visitor);
  const { done, plan = '' } = query;
  const notice = done === 'saved' ? t.saved(plan) : done === 'deleted' ? t.deleted(plan) : null;
  const content = html`${notice !== null && html`<p class="note-box good" role="status">${notice}</p>`}${
    items.length === 0
      ? html`<section class="card">${empty(t.none, mayChange ? t.noneHint : null)}</section>`
      : items.map((one) => planSection(visitor, one, mayChange))
  }`;
  return page(visitor, {
    title: t.title,
    section: 'plans',
    aside: mayChange && html`<a class="button primary" href="/plans/edit">${t.newPlan}</a>`,
    content,
  });
}

function planSection(visitor: Visitor, plan: Plan, mayChange: boolean): Html {
  const t = visitor.texts.terms;
  const { plan: id } = plan;
  const newVersion = withQuery('/plans/edit', { plan: id, copy: plan.versions.at(-1)?.from });
  return html`<section class="stack" aria-label="${id}"><div class="head"><h2>${id}${plan.public && html` <span class="tag good">${t.public}</span>`}</h2>${
    mayChange &&
    html`<div class="actions"><form method="post" action="${path`/plans/${id}/public`}"><button class="quiet" name="public" value="${plan.public ? 'false' : 'true'}">${plan.public ? t.makePrivate : t.makePublic}</button></form><a class="button" href="${newVersion}" aria-label="${`${t.newVersion}: ${id}`}">${t.newVersion}</a></div>`
  }</div><div class="grid even">${plan.versions.toReversed().map((version) => versionCard(visitor, version, mayChange))}</div></section>`;
}

function versionCard(visitor: Visitor, version: PlanVersion, mayChange: boolean): Html {
  const t = visitor.texts.terms;
  const { plan, from } = version;
  const from_ = t.from(visitor.format.period(from));
  return html`<article class="card"><header><h3>${from_}</h3>${
    mayChange &&
    html`<span class="actions small"><a href="${withQuery('/plans/edit', { plan, from })}" aria-label="${`${t.edit}: ${plan}, ${from_}`}">${t.edit}</a><a href="${path`/plans/${plan}/versions/${from}/delete`}" aria-label="${`${t.delete}: ${plan}, ${from_}`}">${t.delete}</a></span>`
  }</header>${termsList(visitor, version)}</article>`;
}

/** Terms as a list of facts, whole or in part. */
export function termsList(
  { texts, format }: Visitor,
  { currency, monthlyFee, minimum, receptive, active }: Partial<PlanVersion> & { currency: string },
): Html {
  const t = texts.terms;
  const tiers = (list: readonly Tier[]) =>
    html`<dd>${list.map(({ upTo, unitPrice }) => html`<span class="tier"><strong>${format.price(unitPrice, currency)}</strong> <span class="muted">${upTo === null ? t.beyond : t.upTo(format.count(upTo))}</span></span>`)}</dd>`;
  return html`<dl class="facts">
${monthlyFee !== undefined && html`<dt>${t.fee}</dt><dd>${format.money(monthlyFee, currency)}</dd>`}
${minimum !== undefined && html`<dt>${t.minimum}</dt><dd>${format.money(minimum, currency)}</dd>`}
${
  receptive !== undefined &&
  html`<dt>${t.allowance}</dt><dd>${format.count(receptive.allowance)}</dd>
<dt>${t.limit}</dt><dd>${receptive.limit === null ? t.noLimit : format.count(receptive.limit)}</dd>
<dt>${t.overage}</dt>${tiers(receptive.overage)}`
}
${Object.entries(active ?? {}).map(([category, list]) => html`<dt>${category === 'default' ? t.activeOthers : t.activeOf(category)}</dt>${tiers(list)}`)}</dl>`;
}
