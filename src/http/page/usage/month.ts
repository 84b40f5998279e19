/** A tenant's month: its figures, its days, and where its conversations come from. */

import type { z } from 'zod';
import type { InvoiceOut } from '../../finance/invoice-schemas.ts';
import type { TenantUsage, usageSchema } from '../../usage/usage-answer.ts';
import { path, withQuery } from '../shell/ask.ts';
import { type Html, html, type Part } from '../shell/html.ts';
import { page } from '../shell/layout.ts';
import { coverage, empty, periodSwitch } from '../shell/parts.ts';
import { type Asked, Download, type Pages } from '../shell/routes.ts';
import { may, tenantAddress, type Visitor } from '../shell/visitor.ts';
import { allowanceBar, allowanceState, periodState } from './allowance-bar.ts';
import { type DayCount, daysChart, daysLegend, daysTable, runningChart } from './charts.ts';

type Usage = z.infer<typeof usageSchema>;
type Group = Usage['groups'][number];
type Dimension = 'channel' | 'account' | 'origin' | 'category' | 'campaign';

/** Of a breakdown; what is beyond stands in the CSV. */
const MOST_ROWS = 12;

/** `at`: where the pages of one tenant are; the tenant is in the path, or the portal's. */
export function monthPages(pages: Pages, at: string): void {
  pages.atOneMoment(at, month);
  pages.get(`${at}/usage.csv`, async (visitor, asked) => {
    const answer = await visitor.ask.csv(path`/v1/tenants/${tenantIn(visitor, asked)}/usage`, {
      ...{ period: asked.query.period, groupBy: 'day,channel,account,origin,category', csv: 'excel' },
    });
    return new Download(answer);
  });
}

/** The tenant that a page is about. */
export function tenantIn({ portal }: Visitor, { params }: Asked): string {
  return portal?.tenant ?? params.tenant ?? '';
}

async function month(visitor: Visitor, asked: Asked): Promise<Html> {
  const { ask, texts } = visitor;
  const tenant = tenantIn(visitor, asked);
  const at = path`/v1/tenants/${tenant}/usage`;
  const usage = await ask.get<Usage>(at, { period: asked.query.period, groupBy: 'day,category' });
  const period = usage.period.id;
  const [name, places, sources, draft] = await Promise.all([
    tenantName(visitor, tenant),
    ask.get<Usage>(at, { period, groupBy: 'channel,account' }),
    ask.get<Usage>(at, { period, groupBy: 'origin,campaign' }),
    may(visitor, 'billing:read')
      ? ask.find<InvoiceOut>(path`/v1/tenants/${tenant}/invoices/${period}`)
      : null,
  ]);
  const address = tenantAddress(visitor, tenant);
  const isEmpty = usage.receptive.windows + usage.active.windows === 0;
  const groups: Record<Dimension, readonly Group[]> = {
    ...{ channel: places.groups, account: places.groups, category: usage.groups },
    ...{ origin: sources.groups, campaign: sources.groups },
  };
  const content = html`${figures(visitor, usage, draft)}
${isEmpty ? html`<section class="card">${empty(texts.month.empty, texts.month.emptyHint)}</section>` : charts(visitor, usage)}
${!isEmpty && html`<div class="grid">${(['channel', 'account', 'origin', 'category', 'campaign'] as const).map((dimension) => breakdown(visitor, dimension, groups[dimension], withQuery(`${address}/windows`, { period })))}${messages(visitor, usage)}</div>`}
${coverage(visitor, usage.asOf)}`;
  return page(visitor, {
    title: name,
    crumb:
      visitor.portal === null
        ? html`<a href="${withQuery('/', { period })}">${texts.shell.nav.overview}</a> / ${tenant}`
        : null,
    section: 'overview',
    aside: [
      periodState(visitor, usage.state),
      periodSwitch(visitor, period, address),
      html`<a class="button" href="${withQuery(`${address}/usage.csv`, { period })}" download>${texts.shell.csv}</a>`,
    ],
    tabs: { tenant, current: 'month', query: `?period=${period}` },
    content,
  });
}

/** What somebody called the tenant; its id where nobody did, or the key may not know. */
export async function tenantName(visitor: Visitor, tenant: string): Promise<string> {
  if (visitor.portal !== null) {
    const { items } = await visitor.ask.get<{ items: TenantUsage[] }>('/v1/usage', { limit: 1 });
    return items[0]?.name || tenant;
  }
  if (!may(visitor, 'billing:read')) return tenant;
  const found = await visitor.ask.find<{ name: string }>(path`/v1/tenants/${tenant}`);
  return found?.name ?? tenant;
}

/** As many names as are looked up for a list; beyond them it shows ids. */
const MOST_NAMES = 1_000;

/** What tenants are called, by their ids; of a key that may not know, nobody. */
export async function tenantNames(visitor: Visitor): Promise<ReadonlyMap<string, string>> {
  if (!may(visitor, 'billing:read')) return new Map();
  const { items } = await visitor.ask.get<{ items: { tenant: string; name: string }[] }>('/v1/tenants', {
    limit: MOST_NAMES,
  });
  return new Map(items.map(({ tenant, name }) => [tenant, name]));
}

function figures(visitor: Visitor, usage: Usage, invoice: InvoiceOut | null): Html {
  const { texts, format } = visitor;
  const t = texts.month;
  const { receptive, active, invoiced, tenant, period } = usage;
  const { allowance, remaining, overage, limit } = receptive;
  const address = `${tenantAddress(visitor, tenant)}/windows`;
  const windows = (kind: 'receptive' | 'active', count: number) =>
    html`<a class="plain" href="${withQuery(address, { period: period.id, kind })}">${format.count(count)}</a>`;
  const counted = (count: number | null, without: string) => (count === null ? without : format.count(count));
  return html`<dl class="figures">
${figure(t.figures.receptive, windows('receptive', receptive.windows), html`${allowanceBar(receptive)}${allowanceState(visitor, receptive)}`)}
${figure(t.figures.allowance, counted(allowance, '–'), usage.plan ?? t.none)}
${remaining !== null && figure(t.figures.remaining, format.count(remaining), null)}
${overage !== null && figure(t.figures.overage, format.count(overage), null)}
${allowance !== null && figure(t.figures.limit, counted(limit, t.noLimit), null)}
${figure(t.figures.active, windows('active', active.windows), null)}
${invoice !== null && moneyFigures(visitor, usage, invoice)}
${invoiced !== null && figure(t.invoiced, invoiced.number, t.invoicedAs(format.count(invoiced.receptive), format.count(invoiced.active)))}
</dl>`;
}

function moneyFigures(visitor: Visitor, usage: Usage, invoice: InvoiceOut): Html {
  const { texts, format } = visitor;
  const t = texts.month;
  const { total, currency, expected } = invoice;
  const to = `${tenantAddress(visitor, usage.tenant)}/invoices/${usage.period.id}`;
  return html`${figure(t.figures.total, html`<a class="plain" href="${to}">${format.money(total, currency)}</a>`, null)}
${expected !== null && figure(t.figures.expected, format.money(expected.total, currency), t.expectedCount(format.count(expected.receptive), format.count(expected.active)))}`;
}

function figure(name: string, value: Part, note: Part): Html {
  return html`<div><dt>${name}</dt><dd>${value}</dd>${note && html`<dd class="note">${note}</dd>`}</div>`;
}

function charts(visitor: Visitor, usage: Usage): Html {
  const { texts, format } = visitor;
  const t = texts.month;
  const days = daysOf(usage, visitor.now);
  const name = format.period(usage.period.id);
  const windows = `${tenantAddress(visitor, usage.tenant)}/windows`;
  return html`<div class="grid even">
<section class="card"><header><h2>${t.days}</h2>${daysLegend(visitor)}</header>
${daysChart(visitor, days, { label: t.chart(name), windows })}<p class="small muted">${t.daysHint}</p>${daysTable(visitor, days, windows)}</section>
<section class="card"><header><h2>${t.running}</h2></header>
${runningChart(visitor, days, usage.receptive, t.runningChart(name))}<p class="small muted">${t.runningHint}</p></section></div>`;
}

/** Every day of the period, those without conversations too. */
function daysOf({ period, groups }: Usage, now: number): DayCount[] {
  const byDay = Map.groupBy(groups, ({ day = '' }) => day);
  const first = Temporal.PlainDate.from(`${period.id}-01`);
  const today = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(period.timeZone).toPlainDate();
  return Array.from({ length: first.daysInMonth }, (_, i) => {
    const date = first.add({ days: i });
    const found = byDay.get(date.toString()) ?? [];
    return {
      day: date.toString(),
      receptive: found.reduce((all, { receptive }) => all + receptive, 0),
      active: found.reduce((all, { active }) => all + active, 0),
      isFuture: Temporal.PlainDate.compare(date, today) > 0,
    };
  });
}

interface Share {
  value: string;
  receptive: number;
  active: number;
}

/** Sums by one dimension, largest first. Receptive windows have no origin, category or campaign. */
function sharesBy(dimension: Dimension, groups: readonly Group[]): Share[] {
  const byValue = Map.groupBy(groups, (group) => group[dimension] ?? '');
  const ofActive = dimension === 'origin' || dimension === 'category' || dimension === 'campaign';
  return [...byValue]
    .map(([value, found]) => ({
      value,
      receptive: ofActive ? 0 : found.reduce((all, group) => all + group.receptive, 0),
      active: found.reduce((all, group) => all + group.active, 0),
    }))
    .filter(({ receptive, active }) => receptive + active > 0)
    .sort((a, b) => b.receptive + b.active - a.receptive - a.active);
}

function breakdown(
  visitor: Visitor,
  dimension: Dimension,
  groups: readonly Group[],
  address: string,
): Html | null {
  const { texts, format } = visitor;
  const t = texts.month;
  const shares = sharesBy(dimension, groups);
  if (shares.length === 0) return null;
  const ofBoth = dimension === 'channel' || dimension === 'account';
  const most = Math.max(...shares.map(({ receptive, active }) => receptive + active));
  const link = (share: Share, kind: 'receptive' | 'active') => {
    const count = format.count(share[kind]);
    if (share[kind] === 0 || share.value === '') return count;
    const to = `${address}&${new URLSearchParams({ kind, [dimension]: share.value }).toString()}`;
    return html`<a class="plain" href="${to}">${count}</a>`;
  };
  return html`<section class="card flush"><header><h2>${t.by[dimension]}</h2></header>
<table><thead><tr><th scope="col">${texts.dimensions[dimension]}</th>${ofBoth && html`<th scope="col" class="number">${t.receptive}</th>`}<th scope="col" class="number">${t.active}</th></tr></thead>
<tbody>${shares
    .slice(0, MOST_ROWS)
    .map(
      (share) =>
        html`<tr><th scope="row">${share.value === '' ? html`<span class="muted">${t.without}</span>` : share.value}${shareBar(share, most)}</th>${ofBoth && html`<td class="number">${link(share, 'receptive')}</td>`}<td class="number">${link(share, 'active')}</td></tr>`,
    )}</tbody></table></section>`;
}

function shareBar({ receptive, active }: Share, most: number): Html {
  const x = (count: number) => Math.round((count / most) * 2_000) / 10;
  return html`<svg class="share thin" viewBox="0 0 200 6" preserveAspectRatio="none" aria-hidden="true"><rect class="fill-receptive" width="${x(receptive)}" height="6"/><rect class="fill-active" x="${x(receptive)}" width="${x(active)}" height="6"/></svg>`;
}

function messages({ texts, format }: Visitor, { messages: counts }: Usage): Html {
  const t = texts.month;
  return html`<section class="card"><h2>${t.messages}</h2><dl class="facts">${(
    ['received', 'templates', 'freeForm'] as const
  ).map(
    (kind) => html`<dt>${t.messageKinds[kind]}</dt><dd class="number">${format.count(counts[kind])}</dd>`,
  )}</dl></section>`;
}
