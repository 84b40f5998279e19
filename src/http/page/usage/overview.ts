/** All tenants of the key in a period: sorted, searched, summed up. */

import type { z } from 'zod';
import type { InvoiceOut } from '../../finance/invoice-schemas.ts';
import type { TenantUsage, usagePageSchema } from '../../usage/usage-answer.ts';
import { withQuery } from '../shell/ask.ts';
import { type Html, html } from '../shell/html.ts';
import { firstAddress, page } from '../shell/layout.ts';
import { coverage, currentMonth, empty, periodSwitch } from '../shell/parts.ts';
import { type Asked, Download, type Pages, SeeOther } from '../shell/routes.ts';
import { may, tenantAddress, type Visitor } from '../shell/visitor.ts';
import { allowanceBar, allowanceState, periodState } from './allowance-bar.ts';
import { type Money, sizeOf, sumText } from './money.ts';

type UsagePage = z.infer<typeof usagePageSchema>;

/** Tenants of one page; the API reads no more at once. */
const AT_ONCE = 1_000;

export function overviewPages(pages: Pages): void {
  pages.atOneMoment('/', overview);
  pages.get(
    '/usage.csv',
    async ({ ask }, { query: { period } }) =>
      new Download(await ask.csv('/v1/usage', { period, csv: 'excel' })),
  );
}

interface Row {
  usage: TenantUsage;
  total: Money | null;
  expected: Money | null;
}

const SORTS = {
  tenant: ({ usage }: Row) => usage.name.toLowerCase(),
  plan: ({ usage }: Row) => usage.plan ?? '',
  receptive: ({ usage }: Row) => usage.receptive.windows,
  limit: ({ usage }: Row) => usage.receptive.limit ?? -1,
  active: ({ usage }: Row) => usage.active.windows,
  total: ({ total }: Row) => (total === null ? Number.NEGATIVE_INFINITY : sizeOf(total)),
  expected: ({ expected }: Row) => (expected === null ? Number.NEGATIVE_INFINITY : sizeOf(expected)),
  state: ({ usage }: Row) => usage.state,
} as const;
type Column = keyof typeof SORTS;

interface Sort {
  column: Column;
  descending: boolean;
}

async function overview(visitor: Visitor, { query }: Asked): Promise<Html | SeeOther> {
  const first = firstAddress(visitor);
  if (first !== '/') return new SeeOther(first);
  const { ask, texts, format } = visitor;
  const usage = await ask.get<UsagePage>('/v1/usage', {
    ...{ period: query.period, cursor: query.cursor, limit: AT_ONCE },
  });
  const period = query.period ?? usage.items[0]?.period.id ?? currentMonth(visitor);
  const invoices = may(visitor, 'billing:read') ? await invoicesOf(visitor, period) : null;
  const rows = usage.items.map((one) => rowOf(one, invoices?.get(one.tenant) ?? null));
  const sort = sortOf(query);
  const found = sorted(searched(rows, query.q), sort);
  const t = texts.overview;
  const next = usage.nextCursor;
  const content = html`${figures(visitor, rows)}
<section class="card flush" aria-label="${t.count(found.length, format.count(found.length))}">
<div class="pad">${searchForm(visitor, query, period)}</div>
${found.length === 0 ? (query.q ? empty(t.notFound(query.q), null) : empty(t.none, t.noneHint)) : table(visitor, found, { sort, query, period, money: invoices !== null })}
${next !== null && html`<p class="pad"><a class="button" href="${withQuery('/', { ...query, period, cursor: next })}">${t.more}</a></p>`}
</section>
${invoices !== null && rows.some(({ expected }) => expected !== null) && html`<p class="small muted">${t.expectedHow}</p>`}
${coverage(visitor, usage.asOf)}`;
  return page(visitor, {
    title: t.title,
    section: 'overview',
    aside: [
      periodSwitch(visitor, period, '/', { q: query.q, sort: query.sort }),
      html`<a class="button" href="${withQuery('/usage.csv', { period })}" download>${texts.shell.csv}</a>`,
      may(visitor, 'billing:write') &&
        html`<a class="button" href="/tenants/new">${texts.settings.register}</a>`,
    ],
    content,
  });
}

/** Drafts and standing invoices of the period, by tenant. */
async function invoicesOf({ ask }: Visitor, period: string): Promise<Map<string, InvoiceOut>> {
  const found = new Map<string, InvoiceOut>();
  let cursor: string | undefined;
  do {
    const answer = await ask.get<{ items: InvoiceOut[]; nextCursor: string | null }>('/v1/invoices', {
      ...{ period, cursor, limit: AT_ONCE },
    });
    for (const invoice of answer.items) if (invoice.status !== 'void') found.set(invoice.tenant, invoice);
    cursor = answer.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return found;
}

function rowOf(usage: TenantUsage, invoice: InvoiceOut | null): Row {
  if (invoice === null) return { usage, total: null, expected: null };
  const { currency, total, expected } = invoice;
  return {
    usage,
    total: { amount: total, currency },
    expected: expected === null ? null : { amount: expected.total, currency },
  };
}

function sortOf({ sort }: Asked['query']): Sort {
  const name = sort?.replace(/^-/, '');
  const column = (Object.keys(SORTS) as Column[]).find((one) => one === name);
  return column === undefined
    ? { column: 'receptive', descending: true }
    : { column, descending: sort?.startsWith('-') === true };
}

function sorted(rows: readonly Row[], { column, descending }: Sort): Row[] {
  const key = SORTS[column];
  const ascending = rows.toSorted((a, b) => {
    const [x, y] = [key(a), key(b)];
    if (typeof x === 'string' && typeof y === 'string') return x.localeCompare(y);
    return Number(x) - Number(y);
  });
  return descending ? ascending.toReversed() : ascending;
}

function searched(rows: readonly Row[], text: string | undefined): readonly Row[] {
  const plain = (value: string) => value.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase();
  const wanted = plain(text ?? '');
  return wanted === ''
    ? rows
    : rows.filter(({ usage }) => plain(`${usage.name} ${usage.tenant}`).includes(wanted));
}

function figures({ texts, format }: Visitor, rows: readonly Row[]): Html {
  const t = texts.overview.figures;
  const sum = (of: (usage: TenantUsage) => number) =>
    format.count(rows.reduce((all, { usage }) => all + of(usage), 0));
  const totals = rows.flatMap(({ total }) => total ?? []);
  const figure = (name: string, value: string) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`;
  return html`<dl class="figures">
${figure(t.tenants, format.count(rows.length))}
${figure(
  t.receptive,
  sum(({ receptive }) => receptive.windows),
)}
${figure(
  t.active,
  sum(({ active }) => active.windows),
)}
${figure(
  t.over,
  sum(({ receptive }) => ((receptive.overage ?? 0) > 0 ? 1 : 0)),
)}
${totals.length > 0 && figure(t.total, sumText(format, totals))}
</dl>`;
}

function searchForm({ texts }: Visitor, { q = '', sort }: Asked['query'], period: string): Html {
  const t = texts.overview;
  return html`<form class="actions" action="/" role="search">
<input type="hidden" name="period" value="${period}">${sort && html`<input type="hidden" name="sort" value="${sort}">`}
<input type="search" name="q" value="${q}" aria-label="${t.search}" placeholder="${t.search}: ${t.searchHint}" size="28">
<button>${texts.shell.show}</button>${q && html`<a class="button quiet" href="${withQuery('/', { period, sort })}">${texts.shell.clear}</a>`}</form>`;
}

interface TableOptions {
  sort: Sort;
  query: Asked['query'];
  period: string;
  /** Whether the key may see amounts. */
  money: boolean;
}

function table(visitor: Visitor, rows: readonly Row[], options: TableOptions): Html {
  const { texts, format } = visitor;
  const t = texts.overview.columns;
  const columns = (Object.keys(SORTS) as Column[]).filter(
    (column) => options.money || (column !== 'total' && column !== 'expected'),
  );
  const sum = (of: (usage: TenantUsage) => number) =>
    format.count(rows.reduce((all, { usage }) => all + of(usage), 0));
  const totals = rows.flatMap(({ total }) => total ?? []);
  const expected = rows.flatMap((row) => row.expected ?? []);
  return html`<table class="cards sticky"><thead><tr>${columns.map((column) => heading(t[column], column, options))}</tr></thead>
<tbody>${rows.map((row) => tableRow(visitor, row, options))}</tbody>
<tfoot><tr><th scope="row" colspan="2">${texts.overview.sum}</th>
<td data-label="${t.receptive}">${sum(({ receptive }) => receptive.windows)}</td><td></td>
<td class="number" data-label="${t.active}">${sum(({ active }) => active.windows)}</td>
${options.money && html`<td class="number" data-label="${t.total}">${sumText(format, totals)}</td><td class="number" data-label="${t.expected}">${sumText(format, expected)}</td>`}<td></td></tr></tfoot></table>`;
}

function heading(text: string, column: Column, { sort, query, period }: TableOptions): Html {
  const isCurrent = sort.column === column;
  const numeric = ['limit', 'active', 'total', 'expected'].includes(column);
  const descendsNext = isCurrent ? !sort.descending : column !== 'tenant' && column !== 'plan';
  const to = withQuery('/', { ...query, period, sort: `${descendsNext ? '-' : ''}${column}` });
  return html`<th scope="col"${numeric && html` class="number"`}${
    isCurrent && html` aria-sort="${sort.descending ? 'descending' : 'ascending'}"`
  }><a href="${to}">${text}</a></th>`;
}

function tableRow(visitor: Visitor, { usage, total, expected }: Row, { period, money }: TableOptions): Html {
  const { texts, format } = visitor;
  const t = texts.overview;
  const { receptive, active } = usage;
  const address = withQuery(tenantAddress(visitor, usage.tenant), { period });
  const amount = (value: Money | null) => (value === null ? '–' : format.money(value.amount, value.currency));
  return html`<tr><th scope="row"><a href="${address}">${usage.name}</a><span class="sub">${usage.tenant}${usage.test && html` <span class="tag">${t.test}</span>`}${!usage.registered && html` <span class="tag">${t.unregistered}</span>`}</span></th>
<td data-label="${t.columns.plan}">${usage.plan ?? '–'}</td>
<td data-label="${t.columns.receptive}"><div class="bar"><span><strong>${format.count(receptive.windows)}</strong>${receptive.allowance !== null && ` / ${format.count(receptive.allowance)}`}</span>${allowanceBar(receptive)}<span>${allowanceState(visitor, receptive)}</span></div></td>
<td class="number" data-label="${t.columns.limit}">${receptive.limit === null ? '–' : format.count(receptive.limit)}</td>
<td class="number" data-label="${t.columns.active}">${format.count(active.windows)}</td>
${money && html`<td class="number" data-label="${t.columns.total}">${amount(total)}</td><td class="number" data-label="${t.columns.expected}">${amount(expected)}</td>`}
<td data-label="${t.columns.state}"><span>${periodState(visitor, usage.state)}${usage.invoiced !== null && html`<span class="sub">${usage.invoiced.number}</span>`}</span></td></tr>`;
}
