/** Making an invoice final and voiding it: first what will happen, in numbers, and after it what did. */

import type { InvoiceOut } from '../../finance/invoice-schemas.ts';
import { path, withQuery } from '../shell/ask.ts';
import { type Html, html, type Part } from '../shell/html.ts';
import { page } from '../shell/layout.ts';
import { type Asked, field, type Pages, SeeOther } from '../shell/routes.ts';
import type { Visitor } from '../shell/visitor.ts';
import { tenantName } from '../usage/month.ts';

const FINALIZE = '/tenants/:tenant/invoices/:period/finalize';
const VOID = '/invoices/:number/void';

export function invoiceChangePages(pages: Pages): void {
  pages.get(FINALIZE, finalizeQuestion);
  pages.post(FINALIZE, async ({ ask }, { params, form }) => {
    const { tenant = '', period = '' } = params;
    const at = path`/v1/tenants/${tenant}/invoices/${period}/finalize`;
    await ask.send('POST', at, { expectedTotal: field(form, 'total') });
    return new SeeOther(withQuery(path`/tenants/${tenant}/invoices/${period}`, { done: 'final' }));
  });
  pages.get(VOID, voidQuestion);
  pages.post(VOID, async ({ ask }, { params, form }) => {
    const { number = '' } = params;
    await ask.send('POST', path`/v1/invoices/${number}/void`, { reason: field(form, 'reason') });
    return new SeeOther(withQuery(path`/invoices/${number}`, { done: 'void' }));
  });
}

async function finalizeQuestion(visitor: Visitor, { params }: Asked): Promise<Html> {
  const { texts, format } = visitor;
  const { tenant = '', period = '' } = params;
  const at = path`/tenants/${tenant}/invoices/${period}`;
  const [invoice, name] = await Promise.all([
    visitor.ask.get<InvoiceOut>(`/v1${at}`),
    tenantName(visitor, tenant),
  ]);
  const t = texts.finance.finalize;
  const total = format.money(invoice.total, invoice.currency);
  const lines = invoice.lines.length + invoice.moreLines;
  return question(visitor, {
    title: t.title,
    crumb: html`<a href="${at}">${texts.finance.title(name, format.period(period))}</a>`,
    content: html`<p class="verdict">${t.question(name, format.period(period), total)}</p>
<ul><li>${t.lines(lines, format.count(lines))}</li><li>${t.after}</li><li>${t.safe}</li></ul>
<form class="actions" method="post"><input type="hidden" name="total" value="${invoice.total}"><button class="primary">${t.confirm(total)}</button><a class="button quiet" href="${at}">${texts.error.back}</a></form>`,
  });
}

async function voidQuestion(visitor: Visitor, { params }: Asked): Promise<Html> {
  const { texts, format } = visitor;
  const { number = '' } = params;
  const invoice = await visitor.ask.get<InvoiceOut>(path`/v1/invoices/${number}`);
  const name = await tenantName(visitor, invoice.tenant);
  const t = texts.finance.voiding;
  const back = path`/invoices/${number}`;
  return question(visitor, {
    title: t.title(number),
    crumb: html`<a href="${back}">${texts.finance.title(name, format.period(invoice.period.id))}</a>`,
    content: html`<p class="verdict">${t.question(format.money(invoice.total, invoice.currency))}</p>
<form class="form" method="post"><label>${t.reason}<input name="reason" required maxlength="1024"></label><div class="actions"><button class="danger">${t.confirm}</button><a class="button quiet" href="${back}">${texts.error.back}</a></div></form>`,
  });
}

/** A page that asks before something is done. */
export function question(
  visitor: Visitor,
  { title, crumb, content }: { title: string; crumb: Part; content: Part },
): Html {
  return page(visitor, {
    title,
    crumb,
    section: 'invoices',
    content: html`<section class="card">${content}</section>`,
  });
}
