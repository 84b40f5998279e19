/** Invoices of one tenant or of all, and what they come to. */

import type { InvoiceOut } from '../../finance/invoice-schemas.ts';
import { path, withQuery } from '../shell/ask.ts';
import { type Html, html } from '../shell/html.ts';
import { page } from '../shell/layout.ts';
import { currentMonth, empty, periodSwitch } from '../shell/parts.ts';
import { type Asked, Download, type Pages } from '../shell/routes.ts';
import { may, tenantAddress, type Visitor } from '../shell/visitor.ts';
import { sumText } from '../usage/money.ts';
import { tenantIn, tenantName, tenantNames } from '../usage/month.ts';

interface InvoicePage {
  items: InvoiceOut[];
  nextCursor: string | null;
}

const AT_ONCE = 100;
const STATUSES = ['draft', 'final', 'void'] as const;

/** All invoices of a month, for whoever closes it. */
export function invoiceListPages(pages: Pages): void {
  pages.get('/invoices', everybodys);
  pages.get(
    '/invoices.csv',
    async ({ ask }, { query: { period, status } }) =>
      new Download(await ask.csv('/v1/invoices', { period, status, csv: 'excel' })),
  );
}

export function tenantInvoicePages(pages: Pages, at: string): void {
  pages.get(`${at}/invoices`, tenants);
}

async function everybodys(visitor: Visitor, { query }: Asked): Promise<Html> {
  const { ask, texts } = visitor;
  const t = texts.finance;
  const period = query.period ?? currentMonth(visitor);
  const status = STATUSES.find((one) => one === query.status);
  const [found, names] = await Promise.all([
    ask.get<InvoicePage>('/v1/invoices', { period, status, cursor: query.cursor, limit: AT_ONCE }),
    tenantNames(visitor),
  ]);
  const tab = (name: string, value: string | undefined) =>
    html`<li><a href="${withQuery('/invoices', { period, status: value })}"${value === status && html` aria-current="page"`}>${name}</a></li>`;
  const content = html`<nav class="tabs no-print" aria-label="${t.columns.status}"><ul>${tab(t.all, undefined)}${STATUSES.map((one) => tab(t.statuses[one], one))}</ul></nav>
<section class="card flush" aria-label="${t.invoices}">${invoiceTable(visitor, found.items, names)}${nextPage(visitor, found, '/invoices', { period, status })}</section>`;
  const canClose = may(visitor, 'billing:write');
  return page(visitor, {
    title: t.invoices,
    section: 'invoices',
    aside: [
      periodSwitch(visitor, period, '/invoices', { status }),
      html`<a class="button" href="${withQuery('/invoices.csv', { period, status })}" download>${texts.shell.csv}</a>`,
      html`<a class="button" href="/invoice-runs">${t.run.runs}</a>`,
      canClose &&
        html`<a class="button primary" href="${withQuery('/invoice-runs/new', { period })}">${t.run.button}</a>`,
    ],
    content,
  });
}

async function tenants(visitor: Visitor, asked: Asked): Promise<Html> {
  const tenant = tenantIn(visitor, asked);
  const [name, found] = await Promise.all([
    tenantName(visitor, tenant),
    visitor.ask.get<InvoicePage>(path`/v1/tenants/${tenant}/invoices`, {
      cursor: asked.query.cursor,
      limit: AT_ONCE,
    }),
  ]);
  const t = visitor.texts.finance;
  const address = `${tenantAddress(visitor, tenant)}/invoices`;
  return page(visitor, {
    title: t.invoices,
    crumb: html`<a href="${tenantAddress(visitor, tenant)}">${name}</a>`,
    section: 'overview',
    tabs: { tenant, current: 'invoices' },
    content: html`<section class="card flush" aria-label="${t.invoices}">${invoiceTable(visitor, found.items.toReversed(), null)}${nextPage(visitor, found, address, {})}</section>`,
  });
}

function nextPage(
  { texts }: Visitor,
  { nextCursor }: InvoicePage,
  address: string,
  query: Readonly<Record<string, string | undefined>>,
): Html | null {
  if (nextCursor === null) return null;
  return html`<p class="pad"><a class="button" rel="next" href="${withQuery(address, { ...query, cursor: nextCursor })}">${texts.shell.more}</a></p>`;
}

/** Where an invoice is shown: what was made by its number, a draft by its period. */
function invoiceAddress(visitor: Visitor, { number, tenant, period, status }: InvoiceOut): string {
  if (status === 'void' && number !== null && visitor.portal === null) return path`/invoices/${number}`;
  return `${tenantAddress(visitor, tenant)}/invoices/${period.id}`;
}

export function statusTag({ texts }: Visitor, status: InvoiceOut['status']): Html {
  const tone = { draft: '', final: 'good', void: 'bad' }[status];
  return html`<span class="tag ${tone}">${texts.finance.statuses[status]}</span>`;
}

/** `names` of tenants; null: all are of one. */
function invoiceTable(
  visitor: Visitor,
  invoices: readonly InvoiceOut[],
  names: ReadonlyMap<string, string> | null,
): Html {
  const { texts, format } = visitor;
  const t = texts.finance;
  if (invoices.length === 0) return empty(t.none, t.noneHint);
  const { columns } = t;
  const counted = invoices.filter(({ status }) => status !== 'void');
  const sum = sumText(
    format,
    counted.map(({ total, currency }) => ({ amount: total, currency })),
  );
  return html`<table class="cards sticky"><thead><tr><th scope="col">${names !== null ? columns.tenant : columns.period}</th><th scope="col">${columns.number}</th><th scope="col">${columns.status}</th><th scope="col">${columns.issued}</th><th scope="col">${columns.due}</th><th scope="col" class="number">${columns.total}</th></tr></thead>
<tbody>${invoices.map(
    (invoice) =>
      html`<tr><th scope="row"><a href="${invoiceAddress(visitor, invoice)}">${names === null ? format.period(invoice.period.id) : (names.get(invoice.tenant) ?? invoice.tenant)}</a>${names !== null && html`<span class="sub">${invoice.tenant}</span>`}</th><td data-label="${columns.number}">${invoice.number ?? '–'}</td><td data-label="${columns.status}">${statusTag(visitor, invoice.status)}</td><td data-label="${columns.issued}">${invoice.issueDate === null ? '–' : format.fullDay(invoice.issueDate)}</td><td data-label="${columns.due}">${invoice.dueDate === null ? '–' : format.fullDay(invoice.dueDate)}</td><td class="number" data-label="${columns.total}">${format.money(invoice.total, invoice.currency)}</td></tr>`,
  )}</tbody>${names !== null && html`<tfoot><tr><th scope="row" colspan="5">${t.sum}</th><td class="number">${sum}</td></tr></tfoot>`}</table>`;
}
