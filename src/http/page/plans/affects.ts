/** What a change of terms does to open drafts, in numbers, before it is confirmed. */

import type { z } from 'zod';
import type { affectsSchema } from '../../finance/affects.ts';
import { type Html, html } from '../shell/html.ts';
import { tenantAddress, type Visitor } from '../shell/visitor.ts';
import { tenantNames } from '../usage/month.ts';

export type Affects = z.infer<typeof affectsSchema>;

export async function affectsView(visitor: Visitor, affects: Affects): Promise<Html> {
  const { texts, format } = visitor;
  const t = texts.terms.affects;
  if (affects.changed === 0) return html`<p>${t.nothing}</p>`;
  const names = await tenantNames(visitor);
  const amount = (value: string | null, currency: string) =>
    value === null ? '–' : format.money(value, currency);
  const unlisted = affects.changed - affects.drafts.length;
  return html`<p>${t.changed(affects.changed)}</p>
<ul>${affects.total.map(({ currency, before, after, difference }) => html`<li><strong>${t.total(format.money(before, currency), format.money(after, currency), format.money(difference, currency))}</strong></li>`)}</ul>
<table class="cards"><thead><tr><th scope="col">${texts.finance.columns.tenant}</th><th scope="col">${texts.finance.columns.period}</th><th scope="col" class="number">${t.before}</th><th scope="col" class="number">${t.after}</th><th scope="col" class="number">${t.difference}</th></tr></thead><tbody>${affects.drafts.map(
    ({ tenant, period, currency, before, after, difference }) =>
      html`<tr><th scope="row"><a href="${`${tenantAddress(visitor, tenant)}/invoices/${period.id}`}">${names.get(tenant) ?? tenant}</a><span class="sub">${tenant}</span></th><td data-label="${texts.finance.columns.period}">${format.period(period.id)}</td><td class="number" data-label="${t.before}">${amount(before, currency)}</td><td class="number" data-label="${t.after}">${amount(after, currency)}</td><td class="number" data-label="${t.difference}">${format.money(difference, currency)}</td></tr>`,
  )}</tbody></table>
${unlisted > 0 && html`<p class="small muted">${t.more(format.count(unlisted))}</p>`}${!affects.complete && html`<p class="note-box warn">${t.incomplete}</p>`}`;
}

/** What was reviewed, to be compared with what would happen when it is confirmed. */
export function reviewed({ changed, total }: Affects): string {
  return JSON.stringify({ changed, total });
}
