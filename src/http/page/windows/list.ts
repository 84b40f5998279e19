/** A tenant's conversations (windows), filtered as the API filters them. */

import type { z } from 'zod';
import type { usageSchema } from '../../usage/usage-answer.ts';
import type { WindowItem } from '../../windows/window-item.ts';
import { path, withQuery } from '../shell/ask.ts';
import { type Html, html, type Part } from '../shell/html.ts';
import { page } from '../shell/layout.ts';
import { empty, periodSwitch } from '../shell/parts.ts';
import { type Asked, Download, type Pages } from '../shell/routes.ts';
import { tenantAddress, type Visitor } from '../shell/visitor.ts';
import { tenantIn, tenantName } from '../usage/month.ts';

const FILTERS = ['kind', 'channel', 'account', 'contact', 'origin', 'campaign'] as const;
const AT_ONCE = 50;

export function windowListPages(pages: Pages, at: string): void {
  pages.atOneMoment(`${at}/windows`, windowList);
  pages.get(`${at}/windows.csv`, async (visitor, asked) => {
    const query = { ...filtersIn(asked.query), csv: 'excel' };
    return new Download(await visitor.ask.csv(path`/v1/tenants/${tenantIn(visitor, asked)}/windows`, query));
  });
}

/** Those that are filled in; a form sends the others as empty. A day says which month it is of. */
function filtersIn(query: Asked['query']): Record<string, string> {
  const names = ['period', 'day', ...FILTERS] as const;
  const filled = Object.fromEntries(names.flatMap((name) => (query[name] ? [[name, query[name]]] : [])));
  return filled.day === undefined ? filled : { ...filled, period: filled.day.slice(0, 7) };
}

async function windowList(visitor: Visitor, asked: Asked): Promise<Html> {
  const { ask, texts } = visitor;
  const tenant = tenantIn(visitor, asked);
  const filters = filtersIn(asked.query);
  const base = path`/v1/tenants/${tenant}`;
  const [name, usage, windows] = await Promise.all([
    tenantName(visitor, tenant),
    ask.get<z.infer<typeof usageSchema>>(`${base}/usage`, { period: filters.period }),
    ask.get<{ items: WindowItem[]; nextCursor: string | null }>(`${base}/windows`, {
      ...{ ...filters, cursor: asked.query.cursor, limit: AT_ONCE },
    }),
  ]);
  const t = texts.windows;
  const address = `${tenantAddress(visitor, tenant)}/windows`;
  const { timeZone, id } = usage.period;
  const shown = windows.items;
  const content = html`<section class="card"><form class="filters" action="${address}">${filterFields(visitor, filters)}
<div class="actions"><button>${texts.shell.show}</button><a class="button quiet" href="${address}">${texts.shell.clear}</a></div></form></section>
<section class="card flush" aria-label="${t.title}">${
    shown.length === 0
      ? empty(t.none, t.noneHint)
      : html`<div class="scroll" tabindex="0" role="region" aria-label="${t.title}">${windowTable(visitor, tenant, shown, timeZone)}</div>`
  }
${(windows.nextCursor !== null || asked.query.cursor !== undefined) && html`<p class="pad actions">${asked.query.cursor !== undefined && html`<a class="button" href="${withQuery(address, filters)}">${texts.shell.first}</a>`}${windows.nextCursor !== null && html`<a class="button" href="${withQuery(address, { ...filters, cursor: windows.nextCursor })}" rel="next">${texts.shell.more}</a>`}</p>`}
</section>`;
  return page(visitor, {
    title: t.title,
    crumb: html`<a href="${withQuery(tenantAddress(visitor, tenant), { period: filters.period })}">${name}</a>`,
    section: 'overview',
    aside: [
      filters.period === undefined
        ? html`<span class="muted">${t.anyPeriod}</span>`
        : periodSwitch(visitor, id, address, { ...filters, day: undefined }),
      html`<a class="button" href="${withQuery(`${address}.csv`, filters)}" download>${texts.shell.csv}</a>`,
    ],
    tabs: { tenant, current: 'windows', query: filters.period === undefined ? '' : `?period=${id}` },
    content,
  });
}

function filterFields({ texts }: Visitor, filters: Record<string, string>): Part {
  const t = texts.dimensions;
  const kinds = ['receptive', 'active'] as const;
  const choice = (value: string, name: string) =>
    html`<option value="${value}"${filters.kind === value && html` selected`}>${name}</option>`;
  const input = (name: 'channel' | 'account' | 'contact' | 'origin' | 'campaign') =>
    html`<label>${t[name]}<input name="${name}" value="${filters[name]}"></label>`;
  return html`<input type="hidden" name="period" value="${filters.period}">
<label>${t.kind}<select name="kind" data-submits>${choice('', texts.windows.all)}${kinds.map((kind) => choice(kind, texts.kindsPlural[kind]))}</select></label>
<label>${t.day}<input type="date" name="day" value="${filters.day}"></label>${input('channel')}${input('account')}${input('contact')}${input('origin')}${input('campaign')}`;
}

/** Windows in a table, each with the way to its explanation. Instants in this zone. */
export function windowTable(
  visitor: Visitor,
  tenant: string,
  windows: readonly WindowItem[],
  timeZone: string,
): Html {
  const { texts } = visitor;
  const t = texts.windows.columns;
  return html`<table class="cards sticky"><thead><tr><th scope="col">${t.opened}</th><th scope="col">${t.closes}</th><th scope="col">${t.kind}</th><th scope="col">${t.contact}</th><th scope="col">${t.where}</th><th scope="col">${t.how}</th></tr></thead>
<tbody>${windows.map((window) => windowRow(visitor, tenant, window, timeZone))}</tbody></table>`;
}

function windowRow(visitor: Visitor, tenant: string, window: WindowItem, timeZone: string): Html {
  const { texts, format } = visitor;
  const t = texts.windows;
  const opened = format.longDateTime(window.openedAt, timeZone);
  const to = `${tenantAddress(visitor, tenant)}/windows/${window.id}`;
  const how = [window.origin, window.category, window.campaign].filter((part) => part !== null).join(' · ');
  return html`<tr><th scope="row" class="nowrap"><a href="${to}" aria-label="${t.explainThis(window.contact, opened)}">${opened}</a></th>
<td class="nowrap" data-label="${t.columns.closes}">${format.longDateTime(window.closesAt, timeZone)}</td>
<td data-label="${t.columns.kind}">${kindTag(visitor, window.kind)}</td>
<td data-label="${t.columns.contact}">${window.contact}</td>
<td data-label="${t.columns.where}"><span>${window.channel}<span class="sub">${window.account}</span></span></td>
<td data-label="${t.columns.how}">${how === '' ? '–' : how}</td></tr>`;
}

export function kindTag({ texts }: Visitor, kind: WindowItem['kind']): Html {
  return html`<span class="tag ${kind === 'receptive' ? 'good' : 'warn'}">${texts.kinds[kind]}</span>`;
}
