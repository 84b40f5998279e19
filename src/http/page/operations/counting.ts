/** What operations watch: how far each partition is counted, live, and what could not be. */

import { withQuery } from '../shell/ask.ts';
import { type Html, html } from '../shell/html.ts';
import { page } from '../shell/layout.ts';
import { empty } from '../shell/parts.ts';
import type { Pages } from '../shell/routes.ts';
import { may, tenantAddress, type Visitor } from '../shell/visitor.ts';
import { tenantNames } from '../usage/month.ts';

interface Projection {
  partitions: {
    partition: number;
    next: number;
    end: number;
    lag: number;
    eventsPerSecond: number | null;
    lastError: { message: string; at: string } | null;
  }[];
}

interface Unmatched {
  from: string | null;
  to: string | null;
  events: number;
  items: { tenant: string; type: string; events: number }[];
}

interface Quarantined {
  position: { partition: number; offset: number };
  reason: 'conflict' | 'unreadable';
  detail: string;
}

export function countingPages(pages: Pages): void {
  pages.get('/operations', counting);
  pages.get('/operations/lag', lag);
}

type OperationsTab = 'counting' | 'verification' | 'rebuilds' | 'connections' | 'webhooks' | 'keys';

/** The ways between the pages of operations. */
export function operationsTabs(visitor: Visitor, current: OperationsTab): Html {
  const t = visitor.texts.operations.tabs;
  const tabs: { tab: OperationsTab; address: string; shown: boolean }[] = [
    { tab: 'counting', address: '/operations', shown: may(visitor, 'ops') },
    { tab: 'verification', address: '/operations/verification', shown: may(visitor, 'ops') },
    { tab: 'rebuilds', address: '/operations/rebuilds', shown: may(visitor, 'ops') },
    {
      tab: 'connections',
      address: '/operations/connections',
      shown: may(visitor, 'billing:read') && may(visitor, 'usage:read') && visitor.key.tenants === null,
    },
    { tab: 'webhooks', address: '/operations/webhooks', shown: may(visitor, 'webhooks') },
    { tab: 'keys', address: '/operations/keys', shown: may(visitor, 'ops') },
  ];
  return html`<nav class="tabs no-print" aria-label="${t.label}"><ul>${tabs
    .filter(({ shown }) => shown)
    .map(
      ({ tab, address }) =>
        html`<li><a href="${address}"${tab === current && html` aria-current="page"`}>${t[tab]}</a></li>`,
    )}</ul></nav>`;
}

async function counting(visitor: Visitor): Promise<Html> {
  const { texts, ask } = visitor;
  const t = texts.operations;
  const [table, quarantine, unmatched, names] = await Promise.all([
    lag(visitor),
    ask.get<{ items: Quarantined[] }>('/v1/ops/quarantine'),
    ask.get<Unmatched>('/v1/ops/unmatched'),
    tenantNames(visitor),
  ]);
  return page(visitor, {
    title: t.title,
    section: 'operations',
    content: html`${operationsTabs(visitor, 'counting')}
<p class="note-box warn" data-live-lost="lag" hidden>${t.lost}</p>
<div id="lag" data-live="/operations/lag" data-every="2">${table}</div>
<section class="card flush"><header><h2>${t.quarantine}</h2></header>${quarantineTable(visitor, quarantine.items)}</section>
${unmatchedCard(visitor, unmatched, names)}`,
  });
}

/** Receipts and voids that apply to nothing, with the way to each of them. */
function unmatchedCard(
  visitor: Visitor,
  { from, to, items }: Unmatched,
  names: ReadonlyMap<string, string>,
): Html {
  const { texts, format, timeZone } = visitor;
  const t = texts.operations.unmatched;
  const name = (tenant: string) => {
    const text = names.get(tenant) ?? tenant;
    const to = withQuery(`${tenantAddress(visitor, tenant)}/events`, { state: 'unmatched' });
    return may(visitor, 'usage:read') ? html`<a href="${to}">${text}</a>` : text;
  };
  const table = html`<table class="cards"><thead><tr><th scope="col">${t.tenant}</th><th scope="col">${t.what}</th><th scope="col" class="number">${t.events}</th></tr></thead><tbody>${items.map(
    ({ tenant, type, events }) =>
      html`<tr><th scope="row">${name(tenant)}<span class="sub">${tenant}</span></th><td data-label="${t.what}">${texts.window.types[type] ?? type}</td><td class="number" data-label="${t.events}">${format.count(events)}</td></tr>`,
  )}</tbody></table>`;
  const span =
    from !== null &&
    to !== null &&
    html`<span class="small muted">${t.span(format.dateTime(from, timeZone), format.dateTime(to, timeZone))}</span>`;
  return html`<section class="card flush"><header><h2>${t.title}</h2>${span}</header>${items.length === 0 ? empty(from === null ? t.notYet : t.none, t.hint) : table}</section>`;
}

/** The part that is fetched again every two seconds. */
async function lag({ ask, texts, format, timeZone }: Visitor): Promise<Html> {
  const t = texts.operations;
  const { partitions } = await ask.get<Projection>('/v1/ops/projection');
  return html`<section class="card flush"><table class="cards"><thead><tr><th scope="col">${t.partition}</th><th scope="col" class="number">${t.next}</th><th scope="col" class="number">${t.end}</th><th scope="col" class="number">${t.lag}</th><th scope="col" class="number">${t.rate}</th><th scope="col">${t.lastError}</th></tr></thead>
<tbody>${partitions.map(
    ({ partition, next, end, lag, eventsPerSecond, lastError }) =>
      html`<tr><th scope="row" data-label="${t.partition}">${partition}</th><td class="number" data-label="${t.next}">${format.count(next)}</td><td class="number" data-label="${t.end}">${format.count(end)}</td><td class="number" data-label="${t.lag}">${lag === 0 ? format.count(0) : html`<span class="tag warn">${format.count(lag)}</span>`}</td><td class="number" data-label="${t.rate}">${eventsPerSecond === null ? t.elsewhere : format.count(Math.round(eventsPerSecond))}</td><td data-label="${t.lastError}">${lastError === null ? '–' : html`<span class="tag bad">${format.dateTime(lastError.at, timeZone)}</span> <span lang="en">${lastError.message}</span>`}</td></tr>`,
  )}</tbody></table></section>`;
}

function quarantineTable({ texts }: Visitor, items: readonly Quarantined[]): Html {
  const t = texts.operations;
  if (items.length === 0) return empty(t.noQuarantine, t.noQuarantineHint);
  return html`<table class="cards"><thead><tr><th scope="col">${t.position}</th><th scope="col">${t.reason}</th><th scope="col">${t.detail}</th></tr></thead><tbody>${items.map(
    ({ position, reason, detail }) =>
      html`<tr><th scope="row">${texts.window.log(position.partition, position.offset)}</th><td data-label="${t.reason}">${t.reasons[reason]}</td><td data-label="${t.detail}" lang="en">${detail}</td></tr>`,
  )}</tbody></table>`;
}
