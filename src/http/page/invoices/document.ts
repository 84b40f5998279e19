/** One invoice as a document that prints on A4, and the windows behind each of its lines. */

import type { z } from 'zod';
import type { InvoiceOut, lineSchema } from '../../finance/invoice-schemas.ts';
import type { WindowItem } from '../../windows/window-item.ts';
import { path, withQuery } from '../shell/ask.ts';
import { type Html, html, type Part } from '../shell/html.ts';
import { page } from '../shell/layout.ts';
import { empty } from '../shell/parts.ts';
import { type Asked, Download, type Pages } from '../shell/routes.ts';
import { may, tenantAddress, type Visitor } from '../shell/visitor.ts';
import { tenantIn, tenantName } from '../usage/month.ts';
import { kindTag } from '../windows/list.ts';
import { statusTag } from './list.ts';
import { manualLineForm } from './manual-lines.ts';

type Line = z.infer<typeof lineSchema>;
type LineWindow = WindowItem & {
  change?: 'added' | 'removed';
  cause?: { event: string; position: { partition: number; offset: number } } | null;
};

const AT_ONCE = 50;

export function invoicePages(pages: Pages, at: string): void {
  pages.get(`${at}/invoices/:period`, async (visitor, asked) => {
    const tenant = tenantIn(visitor, asked);
    const { period = '' } = asked.params;
    const invoice = await visitor.ask.get<InvoiceOut>(path`/v1/tenants/${tenant}/invoices/${period}`);
    return await document(visitor, asked, invoice);
  });
  pages.atOneMoment(`${at}/invoices/:period/lines/:line`, behindLine);
  pages.get(`${at}/invoices/:period/lines/:line/windows.csv`, async (visitor, asked) => {
    return new Download(await visitor.ask.csv(windowsAddress(visitor, asked), { csv: 'excel' }));
  });
}

/** An invoice that was made, voided or not, by its number. */
export function numberedInvoicePage(pages: Pages): void {
  pages.get('/invoices/:number', async (visitor, asked) => {
    const { number = '' } = asked.params;
    return await document(visitor, asked, await visitor.ask.get<InvoiceOut>(path`/v1/invoices/${number}`));
  });
}

async function document(visitor: Visitor, { query }: Asked, invoice: InvoiceOut): Promise<Html> {
  const { texts, format } = visitor;
  const { tenant, period, status, number, total, currency } = invoice;
  const t = texts.finance;
  const name = await tenantName(visitor, tenant);
  const address = `${tenantAddress(visitor, tenant)}/invoices`;
  const mayChange = visitor.portal === null && may(visitor, 'billing:write');
  const done =
    query.done === 'final' && number !== null
      ? t.finalize.done(number, format.money(total, currency))
      : query.done === 'void' && number !== null
        ? t.voiding.done(number)
        : query.done === 'line'
          ? t.manual.done
          : null;
  const content = html`${done !== null && html`<p class="note-box good no-print" role="status">${done}</p>`}
<article class="paper">${head(visitor, invoice, name)}${lines(visitor, invoice)}${foot(visitor, invoice)}</article>
${mayChange && status === 'draft' && manualLineForm(visitor, invoice)}`;
  return page(visitor, {
    title: t.title(name, format.period(period.id)),
    crumb: html`<a href="${tenantAddress(visitor, tenant)}">${name}</a> / <a href="${address}">${t.invoices}</a>`,
    section: visitor.portal === null ? 'invoices' : 'overview',
    aside: [
      statusTag(visitor, status),
      html`<button type="button" data-print>${t.print}</button>`,
      mayChange &&
        status === 'draft' &&
        html`<a class="button primary" href="${`${address}/${period.id}/finalize`}">${t.finalize.button}</a>`,
      mayChange &&
        status === 'final' &&
        number !== null &&
        html`<a class="button" href="${path`/invoices/${number}/void`}">${t.voiding.button}</a>`,
    ],
    content,
  });
}

function head({ texts, format }: Visitor, invoice: InvoiceOut, name: string): Html {
  const t = texts.finance;
  const { period, billTo } = invoice;
  const lastDay = new Date(Date.parse(period.end) - 1).toISOString();
  const row = (label: string, value: Part) =>
    value === null ? null : html`<dt>${label}</dt><dd>${value}</dd>`;
  return html`<div class="two"><div><h2>${t.document[invoice.status]}</h2><dl class="facts">
${row(t.number, invoice.number)}${row(t.span, `${format.date(period.start, period.timeZone)} – ${format.date(lastDay, period.timeZone)}`)}
${row(t.issued, invoice.issueDate && format.fullDay(invoice.issueDate))}${row(t.due, invoice.dueDate && format.fullDay(invoice.dueDate))}
${row(t.plan, invoice.plan === null ? null : `${invoice.plan.id} (${format.period(invoice.plan.from)})`)}${row(t.reference, invoice.reference)}${row(t.replaces, invoice.replaces)}</dl>
${invoice.voidedAt !== null && html`<p class="note-box bad">${t.voided(format.dateTime(invoice.voidedAt, period.timeZone), invoice.voidReason ?? '')}</p>`}</div>
<div><h2>${t.billTo}</h2>${billTo === null ? html`<p>${name}</p><p class="small muted no-print">${t.noBillTo}</p>` : html`<p><strong>${billTo.name}</strong></p>${[billTo.taxId, billTo.address, billTo.email].map((text) => text && html`<p class="muted">${text}</p>`)}`}</div></div>`;
}

function lines(visitor: Visitor, invoice: InvoiceOut): Html {
  const { texts, format } = visitor;
  const t = texts.finance.line;
  const { currency } = invoice;
  return html`<table class="cards"><thead><tr><th scope="col">${t.what}</th><th scope="col" class="number">${t.quantity}</th><th scope="col" class="number">${t.price}</th><th scope="col" class="number">${t.amount}</th></tr></thead>
<tbody>${invoice.lines.map(
    (line) =>
      html`<tr><th scope="row">${hasWindows(line) ? html`<a href="${lineAddress(visitor, invoice, line)}">${line.description}</a>` : line.description}${detail(visitor, line, currency)}</th><td class="number" data-label="${t.quantity}">${format.count(line.quantity)}</td><td class="number" data-label="${t.price}">${line.unitPrice === null ? '–' : format.price(line.unitPrice, currency)}</td><td class="number" data-label="${t.amount}">${format.money(line.amount, currency)}</td></tr>`,
  )}${invoice.moreLines > 0 && html`<tr><th scope="row" colspan="4">${t.more(format.count(invoice.moreLines))}</th></tr>`}</tbody>
<tfoot><tr class="grand"><th scope="row" colspan="3">${texts.finance.total}</th><td class="number">${format.money(invoice.total, currency)}</td></tr></tfoot></table>`;
}

/** Fees, minimum, discounts and manual lines have no windows behind them. */
function hasWindows({ code }: Line): boolean {
  return /^(adjustment\.)?(receptive|active)/.test(code);
}

function lineAddress(visitor: Visitor, { tenant, period, status }: InvoiceOut, { id }: Line): string {
  const base = tenantAddress(visitor, tenant);
  return status === 'void'
    ? `${base}/windows?period=${period.id}`
    : `${base}/invoices/${period.id}/lines/${encodeURIComponent(id)}`;
}

function detail({ texts, format }: Visitor, line: Line, currency: string): Html | null {
  const t = texts.finance;
  const sub = (text: string) => html`<span class="sub">${text}</span>`;
  const of = line.detail;
  if (of === null) return null;
  if ('tier' in of)
    return sub(
      of.upTo === null
        ? t.tierOpen(format.count(of.from))
        : t.tier(format.count(of.from), format.count(of.upTo)),
    );
  if ('computed' in of)
    return sub(
      t.difference(format.money(of.computed.amount, currency), format.money(of.invoiced.amount, currency)),
    );
  return 'reason' in of ? sub(of.reason) : null;
}

function foot({ texts }: Visitor, { status, digest }: InvoiceOut): Html {
  const t = texts.finance;
  return html`<div class="small muted">${status === 'draft' && html`<p>${t.draftNote}</p>`}${digest !== null && html`<p>${t.digest}: <code>${digest}</code></p>`}</div>`;
}

function windowsAddress(visitor: Visitor, asked: Asked): string {
  const { period = '', line = '' } = asked.params;
  return path`/v1/tenants/${tenantIn(visitor, asked)}/invoices/${period}/lines/${line}/windows`;
}

async function behindLine(visitor: Visitor, asked: Asked): Promise<Html> {
  const { ask, texts, format } = visitor;
  const tenant = tenantIn(visitor, asked);
  const { period = '', line: id = '' } = asked.params;
  const [name, invoice, windows] = await Promise.all([
    tenantName(visitor, tenant),
    ask.get<InvoiceOut>(path`/v1/tenants/${tenant}/invoices/${period}`),
    ask.get<{ items: LineWindow[]; nextCursor: string | null }>(windowsAddress(visitor, asked), {
      ...{ limit: AT_ONCE, cursor: asked.query.cursor },
    }),
  ]);
  const line = invoice.lines.find((one) => one.id === id);
  const t = texts.finance;
  const address = `${tenantAddress(visitor, tenant)}/invoices/${period}`;
  const here = `${address}/lines/${encodeURIComponent(id)}`;
  const table =
    windows.items.length === 0
      ? empty(texts.windows.none, null)
      : html`<div class="scroll" tabindex="0" role="region" aria-label="${texts.windows.title}">${lineWindows(visitor, tenant, windows.items, invoice.period.timeZone)}</div>`;
  return page(visitor, {
    title: t.behind(line?.description ?? id),
    crumb: html`<a href="${address}">${t.title(name, format.period(period))}</a>`,
    section: 'invoices',
    aside: html`<a class="button" href="${`${here}/windows.csv`}" download>${texts.shell.csv}</a>`,
    content: html`${line !== undefined && html`<p><strong>${format.count(line.quantity)}</strong> · ${format.money(line.amount, invoice.currency)}</p>`}<section class="card flush">${table}${windows.nextCursor !== null && html`<p class="pad"><a class="button" rel="next" href="${withQuery(here, { cursor: windows.nextCursor })}">${texts.shell.more}</a></p>`}</section>`,
  });
}

function lineWindows(
  visitor: Visitor,
  tenant: string,
  windows: readonly LineWindow[],
  timeZone: string,
): Html {
  const { texts, format } = visitor;
  const t = texts.windows.columns;
  const finance = texts.finance;
  const isAdjustment = windows.some(({ change }) => change !== undefined);
  const address = tenantAddress(visitor, tenant);
  const cause = ({ cause }: LineWindow) =>
    cause
      ? html`<code>${cause.event}</code><span class="sub">${texts.window.log(cause.position.partition, cause.position.offset)}</span>`
      : finance.otherRules;
  return html`<table class="cards"><thead><tr><th scope="col">${t.opened}</th><th scope="col">${t.kind}</th><th scope="col">${t.contact}</th>${isAdjustment && html`<th scope="col">${finance.changeColumn}</th><th scope="col">${finance.cause}</th>`}<th scope="col">${texts.window.fact.position}</th></tr></thead>
<tbody>${windows.map(
    (window) =>
      html`<tr><th scope="row"><a href="${`${address}/windows/${window.id}`}">${format.longDateTime(window.openedAt, timeZone)}</a></th><td data-label="${t.kind}">${kindTag(visitor, window.kind)}</td><td data-label="${t.contact}">${window.contact}</td>${isAdjustment && html`<td data-label="${finance.changeColumn}">${window.change && finance.change[window.change]}</td><td data-label="${finance.cause}"><span>${cause(window)}</span></td>`}<td data-label="${texts.window.fact.position}"><span><code>${window.openedBy}</code><span class="sub">${texts.window.log(window.position.partition, window.position.offset)}</span></span></td></tr>`,
  )}</tbody></table>`;
}
