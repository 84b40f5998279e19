/** Plans and what each of their versions charges. */

import type { PlanVersion, Tier } from '../../../domain/plan.ts';
import { type Html, html } from '../shell/html.ts';
import { page } from '../shell/layout.ts';
import { empty } from '../shell/parts.ts';
import type { Pages } from '../shell/routes.ts';
import type { Visitor } from '../shell/visitor.ts';

interface Plan {
  plan: string;
  public: boolean;
  versions: PlanVersion[];
}

export function planPages(pages: Pages): void {
  pages.get('/plans', plans);
}

async function plans(visitor: Visitor): Promise<Html> {
  const t = visitor.texts.operations.plans;
  const { items } = await visitor.ask.get<{ items: Plan[] }>('/v1/plans', { limit: 1_000 });
  const content =
    items.length === 0
      ? html`<section class="card">${empty(t.none, t.noneHint)}</section>`
      : items.map(
          (plan) =>
            html`<section class="stack"><h2>${plan.plan}${plan.public && html` <span class="tag good">${t.public}</span>`}</h2><div class="grid even">${plan.versions.toReversed().map((version) => versionCard(visitor, version))}</div></section>`,
        );
  return page(visitor, { title: t.title, section: 'plans', content });
}

function versionCard({ texts, format }: Visitor, version: PlanVersion): Html {
  const t = texts.operations.plans;
  const { currency, receptive, active } = version;
  const tiers = (list: readonly Tier[]) =>
    html`<dd>${list.map(({ upTo, unitPrice }) => html`<span class="sub"><strong>${format.price(unitPrice, currency)}</strong> ${upTo === null ? t.beyond : t.upTo(format.count(upTo))}</span>`)}</dd>`;
  return html`<article class="card"><h3>${t.from(format.period(version.from))}</h3><dl class="facts">
<dt>${t.fee}</dt><dd>${format.money(version.monthlyFee, currency)}</dd>
<dt>${t.minimum}</dt><dd>${format.money(version.minimum, currency)}</dd>
<dt>${t.allowance}</dt><dd>${format.count(receptive.allowance)}</dd>
<dt>${t.limit}</dt><dd>${receptive.limit === null ? t.noLimit : format.count(receptive.limit)}</dd>
<dt>${t.overage}</dt>${tiers(receptive.overage)}
${Object.entries(active).map(([category, list]) => html`<dt>${t.activeOf(category === 'default' ? t.default : category)}</dt>${tiers(list)}`)}</dl></article>`;
}
