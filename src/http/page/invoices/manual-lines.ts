/** Credits and charges that people put on a draft. The form names its line, so sending it twice makes one. */

import { randomUUID } from 'node:crypto';
import type { InvoiceOut } from '../../finance/invoice-schemas.ts';
import { path, withQuery } from '../shell/ask.ts';
import { type Html, html } from '../shell/html.ts';
import { field, type Pages, SeeOther } from '../shell/routes.ts';
import type { Visitor } from '../shell/visitor.ts';

export function manualLinePages(pages: Pages): void {
  pages.post('/tenants/:tenant/invoices/:period/manual-lines', async ({ ask }, { params, form }) => {
    const { tenant = '', period = '' } = params;
    await ask.send('PUT', path`/v1/tenants/${tenant}/manual-lines/${field(form, 'id')}`, {
      ...{ period, description: field(form, 'description'), reason: field(form, 'reason') },
      amount: field(form, 'amount').replace(',', '.'),
    });
    return new SeeOther(withQuery(path`/tenants/${tenant}/invoices/${period}`, { done: 'line' }));
  });
  pages.post('/tenants/:tenant/invoices/:period/manual-lines/:id/remove', async ({ ask }, { params }) => {
    const { tenant = '', period = '', id = '' } = params;
    await ask.send('DELETE', path`/v1/tenants/${tenant}/manual-lines/${id}`);
    return new SeeOther(path`/tenants/${tenant}/invoices/${period}`);
  });
}

export function manualLineForm({ texts }: Visitor, { tenant, period, lines }: InvoiceOut): Html {
  const t = texts.finance.manual;
  const address = path`/tenants/${tenant}/invoices/${period.id}/manual-lines`;
  const own = lines.filter(({ code }) => code === 'manual');
  return html`<section class="card no-print"><h2>${t.title}</h2><p class="muted small">${t.hint}</p>
${own.map(({ id, description }) => html`<form class="actions" method="post" action="${`${address}/${encodeURIComponent(id.replace('manual:', ''))}/remove`}"><span>${description}</span><button class="quiet">${t.remove}</button></form>`)}
<form class="form" method="post" action="${address}"><input type="hidden" name="id" value="${randomUUID()}">
<label>${t.description}<input name="description" required maxlength="256"></label>
<label>${t.amount}<input name="amount" required inputmode="decimal" pattern="-?[0-9]+([.,][0-9]+)?"></label>
<label>${t.reason}<input name="reason" required maxlength="1024"></label>
<div><button>${t.button}</button></div></form></section>`;
}
