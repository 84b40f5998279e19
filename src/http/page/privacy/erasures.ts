/** What is kept about one person: taken along as a file, or erased after a question, and how far that is. */

import { path, withQuery } from '../shell/ask.ts';
import { type Html, html } from '../shell/html.ts';
import { page } from '../shell/layout.ts';
import { empty } from '../shell/parts.ts';
import { type Asked, Download, field, type Pages, SeeOther } from '../shell/routes.ts';
import type { Visitor } from '../shell/visitor.ts';
import { tenantName } from '../usage/month.ts';

interface Erasure {
  id: number;
  channel: string;
  account: string | null;
  contact: string;
  reason: string;
  state: 'running' | 'done';
  keys: number;
  requestedAt: string;
  doneAt: string | null;
}

const LIST = '/tenants/:tenant/erasures';
const ASK = '/tenants/:tenant/erase';
/** As many windows of a person as a question counts. */
const MOST = 1_000;

export function erasurePages(pages: Pages): void {
  pages.get(ASK, question);
  pages.post(ASK, erase);
  pages.get(LIST, erasures);
  pages.get(`${LIST}/:id`, erasure);
  pages.get(`${LIST}/:id/state`, async (visitor, asked) => state(visitor, await read(visitor, asked)));
  pages.get('/tenants/:tenant/personal-data', async ({ ask }, { params, query }) => {
    const { channel = '', contact = '' } = query;
    const at = path`/v1/tenants/${params.tenant ?? ''}/contacts/${channel}/${contact}/data`;
    const text = JSON.stringify(await ask.get<unknown>(at), null, 2);
    const headers = {
      'content-type': 'application/json; charset=utf-8',
      'content-disposition': 'attachment; filename="personal-data.json"',
    };
    return new Download({ text, headers });
  });
}

/** The ways to both, for the page of a contact. */
export function personCard({ texts }: Visitor, tenant: string, who: Who): Html {
  const t = texts.privacy;
  const query = { channel: who.channel, contact: who.contact };
  return html`<section class="card"><h2>${t.title}</h2><p class="small muted">${t.hint}</p><div class="actions"><a class="button" href="${withQuery(path`/tenants/${tenant}/personal-data`, query)}" download>${t.download}</a><a class="button" href="${withQuery(path`/tenants/${tenant}/erase`, query)}">${t.erase}</a><a href="${path`/tenants/${tenant}/erasures`}">${t.list}</a></div></section>`;
}

interface Who {
  channel: string;
  contact: string;
}

async function question(visitor: Visitor, { params, query }: Asked): Promise<Html> {
  const { texts, format, ask } = visitor;
  const { tenant = '' } = params;
  const { channel = '', contact = '' } = query;
  const t = texts.privacy;
  const { items, nextCursor } = await ask.get<{ items: unknown[]; nextCursor: string | null }>(
    path`/v1/tenants/${tenant}/windows`,
    { channel, contact, limit: MOST },
  );
  const count = `${format.count(items.length)}${nextCursor === null ? '' : '+'}`;
  const back = withQuery(path`/tenants/${tenant}/conversation`, { channel, contact });
  return page(visitor, {
    title: t.question(contact),
    crumb: html`<a href="${back}">${contact}</a>`,
    section: 'overview',
    content: html`<section class="card"><p class="verdict">${t.what(items.length, count)}</p><ul><li>${t.stays}</li><li>${t.irreversible}</li></ul>
<form class="form" method="post"><input type="hidden" name="channel" value="${channel}"><input type="hidden" name="contact" value="${contact}"><label>${t.reason}<input name="reason" required maxlength="1000"></label><div class="actions"><button class="danger">${t.confirm}</button><a class="button quiet" href="${back}">${texts.error.back}</a></div></form></section>`,
  });
}

async function erase({ ask }: Visitor, { params, form }: Asked): Promise<SeeOther> {
  const { tenant = '' } = params;
  const { id } = await ask.send<Erasure>('POST', path`/v1/tenants/${tenant}/erasures`, {
    ...{ channel: field(form, 'channel'), account: null },
    ...{ contact: field(form, 'contact'), reason: field(form, 'reason') },
  });
  return new SeeOther(path`/tenants/${tenant}/erasures/${String(id)}`);
}

async function read({ ask }: Visitor, { params }: Asked): Promise<Erasure> {
  return await ask.get<Erasure>(path`/v1/tenants/${params.tenant ?? ''}/erasures/${params.id ?? ''}`);
}

async function erasures(visitor: Visitor, { params, query }: Asked): Promise<Html> {
  const { texts, format, timeZone, ask } = visitor;
  const { tenant = '' } = params;
  const t = texts.privacy;
  const address = path`/tenants/${tenant}/erasures`;
  const { items, nextCursor } = await ask.get<{ items: Erasure[]; nextCursor: string | null }>(
    path`/v1/tenants/${tenant}/erasures`,
    { limit: 100, cursor: query.cursor },
  );
  const table = html`<table class="cards"><thead><tr><th scope="col">${t.asked}</th><th scope="col">${texts.finance.columns.status}</th><th scope="col">${texts.dimensions.contact}</th><th scope="col">${t.reason}</th></tr></thead><tbody>${items.map(
    (one) =>
      html`<tr><th scope="row"><a href="${`${address}/${one.id}`}">${format.dateTime(one.requestedAt, timeZone)}</a></th><td data-label="${texts.finance.columns.status}">${tag(visitor, one)}</td><td data-label="${texts.dimensions.contact}"><span>${one.channel}<span class="sub"><code>${one.contact}</code></span></span></td><td data-label="${t.reason}">${one.reason}</td></tr>`,
  )}</tbody></table>`;
  return page(visitor, {
    title: t.list,
    crumb: html`<a href="${path`/tenants/${tenant}`}">${await tenantName(visitor, tenant)}</a>`,
    section: 'overview',
    content: html`<section class="card flush">${items.length === 0 ? empty(t.none, t.noneHint) : table}${nextCursor !== null && html`<p class="pad"><a class="button" rel="next" href="${withQuery(address, { cursor: nextCursor })}">${texts.shell.more}</a></p>`}</section>`,
  });
}

function tag({ texts }: Visitor, { state }: Erasure): Html {
  return html`<span class="tag ${state === 'done' ? 'good' : 'warn'}">${texts.privacy.states[state]}</span>`;
}

async function erasure(visitor: Visitor, asked: Asked): Promise<Html> {
  const found = await read(visitor, asked);
  const { texts } = visitor;
  const address = path`/tenants/${asked.params.tenant ?? ''}/erasures`;
  return page(visitor, {
    title: texts.privacy.of(String(found.id)),
    crumb: html`<a href="${address}">${texts.privacy.list}</a>`,
    section: 'overview',
    content: html`<p class="note-box warn" data-live-lost="erasure" hidden>${texts.operations.lost}</p><div id="erasure" data-live="${`${address}/${found.id}/state`}" data-every="2">${state(visitor, found)}</div>`,
  });
}

/** The part that is fetched again while it runs. */
function state(visitor: Visitor, found: Erasure): Html {
  const { texts, format, timeZone } = visitor;
  const t = texts.privacy;
  return html`<section class="card" role="status">${found.state === 'done' && html`<span data-live-done hidden></span>`}<p>${tag(visitor, found)} ${found.state === 'done' ? t.done : t.running}</p><dl class="facts"><dt>${t.asked}</dt><dd>${format.dateTime(found.requestedAt, timeZone)}</dd>${found.doneAt !== null && html`<dt>${t.doneAt}</dt><dd>${format.dateTime(found.doneAt, timeZone)}</dd>`}<dt>${t.keys}</dt><dd>${format.count(found.keys)}</dd><dt>${texts.dimensions.contact}</dt><dd><code>${found.contact}</code></dd><dt>${t.reason}</dt><dd>${found.reason}</dd></dl></section>`;
}
