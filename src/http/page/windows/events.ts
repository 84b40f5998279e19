/** What a tenant sent and what became of it: counted, failed, voided, in conflict, or naming nothing. */

import type { z } from 'zod';
import type { listedEvent } from '../../events/event-list.ts';
import { EVENT_STATES } from '../../events/event-search.ts';
import type { usageSchema } from '../../usage/usage-answer.ts';
import { path, withQuery } from '../shell/ask.ts';
import { type Html, html } from '../shell/html.ts';
import { page } from '../shell/layout.ts';
import { empty } from '../shell/parts.ts';
import { type Asked, Download, type Pages } from '../shell/routes.ts';
import { tenantAddress, type Visitor } from '../shell/visitor.ts';
import { tenantName } from '../usage/month.ts';
import { whatHappened } from './picture.ts';

type Listed = z.infer<typeof listedEvent>;

const AT = '/tenants/:tenant/events';
const FILTERS = ['state', 'channel', 'account', 'contact', 'id'] as const;
const AT_ONCE = 50;

export function eventPages(pages: Pages): void {
  pages.get(AT, events);
  pages.get('/tenants/:tenant/events.csv', async ({ ask }, { params, query }) => {
    const filters = { ...filtersIn(query), csv: 'excel' };
    return new Download(await ask.csv(path`/v1/tenants/${params.tenant ?? ''}/events`, filters));
  });
}

/** Those that are filled in; a form sends the others as empty. */
function filtersIn(query: Asked['query']): Record<string, string> {
  return Object.fromEntries(FILTERS.flatMap((name) => (query[name] ? [[name, query[name]]] : [])));
}

async function events(visitor: Visitor, { params, query }: Asked): Promise<Html> {
  const { ask, texts } = visitor;
  const tenant = params.tenant ?? '';
  const filters = filtersIn(query);
  const [name, usage, found] = await Promise.all([
    tenantName(visitor, tenant),
    ask.get<z.infer<typeof usageSchema>>(path`/v1/tenants/${tenant}/usage`),
    ask.get<{ items: Listed[]; nextCursor: string | null }>(path`/v1/tenants/${tenant}/events`, {
      ...{ ...filters, cursor: query.cursor, limit: AT_ONCE },
    }),
  ]);
  const t = texts.events;
  const address = path`/tenants/${tenant}/events`;
  const next =
    found.nextCursor !== null &&
    html`<p class="pad"><a class="button" rel="next" href="${withQuery(address, { ...filters, cursor: found.nextCursor })}">${texts.shell.more}</a></p>`;
  const content = html`<section class="card"><p class="muted">${t.intro}</p><form class="filters" action="${address}">${fields(visitor, filters)}
<div class="actions"><button>${texts.shell.show}</button><a class="button quiet" href="${address}">${texts.shell.clear}</a></div></form></section>
<section class="card flush" aria-label="${t.title}">${
    found.items.length === 0
      ? empty(t.none, found.nextCursor === null ? t.noneHint : t.goOn)
      : html`<div class="scroll" tabindex="0" role="region" aria-label="${t.title}">${table(visitor, tenant, found.items, usage.period.timeZone)}</div>`
  }${next}</section>`;
  return page(visitor, {
    title: t.title,
    crumb: html`<a href="${tenantAddress(visitor, tenant)}">${name}</a>`,
    section: 'overview',
    aside: html`<a class="button" href="${withQuery(`${address}.csv`, filters)}" download>${texts.shell.csv}</a>`,
    tabs: { tenant, current: 'events' },
    content,
  });
}

function fields({ texts }: Visitor, filters: Record<string, string>): Html {
  const t = texts.events;
  const input = (name: 'channel' | 'account' | 'contact', label: string) =>
    html`<label>${label}<input name="${name}" value="${filters[name]}"></label>`;
  return html`<label>${t.state}<select name="state" data-submits><option value="">${texts.windows.all}</option>${EVENT_STATES.map((state) => html`<option value="${state}"${filters.state === state && html` selected`}>${t.states[state]}</option>`)}</select></label>
${input('channel', texts.dimensions.channel)}${input('account', texts.dimensions.account)}${input('contact', texts.dimensions.contact)}<label>${t.id}<input name="id" value="${filters.id}"></label>`;
}

const TONES = {
  effective: 'good',
  failed: 'bad',
  voided: 'bad',
  conflict: 'warn',
  unmatched: 'warn',
} as const;

/** Instants in this zone. */
function table(visitor: Visitor, tenant: string, items: readonly Listed[], timeZone: string): Html {
  const { texts, format } = visitor;
  const t = texts.events;
  const lookUp = ({ channel, account, contact }: Listed) =>
    withQuery(path`/tenants/${tenant}/conversation`, { channel, account, contact });
  const names = ({ type, target, message, id }: Listed) =>
    target ?? (type.startsWith('message.') && message !== id ? message : undefined);
  return html`<table class="cards sticky"><thead><tr><th scope="col">${t.happened}</th><th scope="col">${t.what}</th><th scope="col">${t.state}</th><th scope="col">${texts.dimensions.contact}</th><th scope="col">${t.id}</th></tr></thead>
<tbody>${items.map((event) => {
    const named = names(event);
    return html`<tr><th scope="row" class="nowrap">${format.longDateTime(event.occurredAt, timeZone)}<span class="sub">${t.arrived(format.dateTime(event.receivedAt, timeZone))}</span></th>
<td data-label="${t.what}"><span>${whatHappened(visitor, event)}${named !== undefined && html`<span class="sub">${texts.window.about(named)}</span>`}${event.error !== undefined && html`<span class="sub">${event.error.code} ${event.error.title}</span>`}${event.reason !== undefined && html`<span class="sub">${texts.window.reason(event.reason)}</span>`}</span></td>
<td data-label="${t.state}"><span><span class="tag ${TONES[event.state]}">${t.states[event.state]}</span><span class="sub">${t.means[event.state]}</span></span></td>
<td data-label="${texts.dimensions.contact}"><span><a href="${lookUp(event)}">${event.contact}</a><span class="sub">${event.channel} ${event.account}</span></span></td>
<td data-label="${t.id}"><span><code>${event.id}</code><span class="sub">${texts.window.log(event.position.partition, event.position.offset)}</span></span></td></tr>`;
  })}</tbody></table>`;
}
