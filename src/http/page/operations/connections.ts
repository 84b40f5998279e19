/** Connections of elsewhere, and what could not be mapped: looked at, and tried again once the mapping is mended. */

import { path, withQuery } from '../shell/ask.ts';
import { sentence } from '../shell/failure.ts';
import { type Html, html } from '../shell/html.ts';
import { page } from '../shell/layout.ts';
import { empty } from '../shell/parts.ts';
import { type Asked, type Pages, SeeOther } from '../shell/routes.ts';
import { may, tenantAddress, type Visitor } from '../shell/visitor.ts';
import { operationsTabs } from './counting.ts';

interface Connection {
  name: string;
  kind: string;
  sends: 'posted' | 'from-status';
  tenants: Readonly<Record<string, string>>;
  tenant: string | null;
  updatedAt: string;
}

interface UnmappedPart {
  id: number;
  receivedAt: string;
  reason: 'no-tenant' | 'unknown-form' | 'rejected';
  detail: string;
  payload: unknown;
}

const ONE = '/operations/connections/:connection';
const AT_ONCE = 50;

export function connectionPages(pages: Pages): void {
  pages.get('/operations/connections', connections);
  pages.get(ONE, unmapped);
  pages.post(`${ONE}/retry`, async ({ ask }, { params }) => {
    const { connection = '' } = params;
    const at = path`/v1/connections/${connection}/unmapped/retry`;
    const { retried, taken } = await ask.send<{ retried: number; taken: number }>('POST', at);
    return new SeeOther(withQuery(path`/operations/connections/${connection}`, { retried, taken }));
  });
}

async function connections(visitor: Visitor): Promise<Html> {
  const { texts, ask, format, timeZone } = visitor;
  const t = texts.operations.connections;
  const { items } = await ask.get<{ items: Connection[] }>('/v1/connections', { limit: 1_000 });
  const whose = ({ tenants, tenant }: Connection) =>
    html`${Object.entries(tenants)
      .slice(0, 10)
      .map(
        ([id, one]) =>
          html`<span class="tier"><code>${id}</code> → <a href="${tenantAddress(visitor, one)}">${one}</a></span>`,
      )}<span class="sub">${t.allElse(tenant ?? t.nobody)}</span>`;
  const table = html`<table class="cards"><thead><tr><th scope="col">${t.name}</th><th scope="col">${t.sends}</th><th scope="col">${t.whose}</th><th scope="col">${t.updated}</th></tr></thead><tbody>${items.map(
    (one) =>
      html`<tr><th scope="row"><a href="${path`/operations/connections/${one.name}`}">${one.name}</a><span class="sub">${one.kind}</span></th><td data-label="${t.sends}">${t.sendsOf[one.sends]}</td><td data-label="${t.whose}"><span>${whose(one)}</span></td><td data-label="${t.updated}">${format.dateTime(one.updatedAt, timeZone)}</td></tr>`,
  )}</tbody></table>`;
  return page(visitor, {
    title: texts.operations.tabs.connections,
    section: 'operations',
    content: html`${operationsTabs(visitor, 'connections')}<section class="card flush">${items.length === 0 ? empty(t.none, t.noneHint) : table}</section>`,
  });
}

async function unmapped(visitor: Visitor, { params, query }: Asked): Promise<Html> {
  const { texts, ask, format } = visitor;
  const { connection = '' } = params;
  const t = texts.operations.connections;
  const address = path`/operations/connections/${connection}`;
  const { items, nextCursor } = await ask.get<{ items: UnmappedPart[]; nextCursor: string | null }>(
    path`/v1/connections/${connection}/unmapped`,
    { limit: AT_ONCE, cursor: query.cursor },
  );
  const { retried, taken } = query;
  const done =
    retried !== undefined &&
    taken !== undefined &&
    html`<p class="note-box good" role="status">${t.retried(Number(retried), format.count(Number(retried)), format.count(Number(taken)))}</p>`;
  const next =
    nextCursor !== null &&
    html`<p class="pad"><a class="button" rel="next" href="${withQuery(address, { cursor: nextCursor })}">${texts.shell.more}</a></p>`;
  return page(visitor, {
    title: t.unmappedOf(connection),
    crumb: html`<a href="/operations/connections">${texts.operations.tabs.connections}</a>`,
    section: 'operations',
    aside:
      items.length > 0 &&
      may(visitor, 'billing:write') &&
      html`<form method="post" action="${`${address}/retry`}"><button class="primary">${t.retry}</button></form>`,
    content: html`${done}<p class="muted">${t.unmappedHint}</p><section class="card flush">${items.length === 0 ? empty(t.allMapped, null) : partsTable(visitor, items)}${next}</section>`,
  });
}

function partsTable({ texts, format, timeZone, language }: Visitor, items: readonly UnmappedPart[]): Html {
  const t = texts.operations.connections;
  return html`<table class="cards"><thead><tr><th scope="col">${t.received}</th><th scope="col">${texts.operations.reason}</th><th scope="col">${t.payload}</th></tr></thead><tbody>${items.map(
    ({ id, receivedAt, reason, detail, payload }) =>
      html`<tr><th scope="row" class="nowrap">${format.dateTime(receivedAt, timeZone)}<span class="sub">${id}</span></th><td data-label="${texts.operations.reason}"><span><span class="tag warn">${t.reasons[reason]}</span><span class="sub">${sentence(detail, language)}</span></span></td><td data-label="${t.payload}"><details><summary>${t.show}</summary><pre tabindex="0">${JSON.stringify(payload, null, 2)}</pre></details></td></tr>`,
  )}</tbody></table>`;
}
