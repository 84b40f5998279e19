/** What may be sent to a contact now, what a template would cost, and the conversations with it so far. */

import type { z } from 'zod';
import type { InvoiceOut } from '../../finance/invoice-schemas.ts';
import type { usageSchema } from '../../usage/usage-answer.ts';
import type { conversationSchema } from '../../windows/conversation.ts';
import { personCard } from '../privacy/erasures.ts';
import { path } from '../shell/ask.ts';
import { type Html, html } from '../shell/html.ts';
import { instantIn } from '../shell/instants.ts';
import { page } from '../shell/layout.ts';
import { coverage, empty } from '../shell/parts.ts';
import type { Asked, Pages } from '../shell/routes.ts';
import { may, tenantAddress, type Visitor } from '../shell/visitor.ts';
import { tenantIn, tenantName } from '../usage/month.ts';
import { windowTable } from './list.ts';

type Conversation = z.infer<typeof conversationSchema>;
type Usage = z.infer<typeof usageSchema>;

export function conversationPages(pages: Pages, at: string): void {
  pages.atOneMoment(`${at}/conversation`, lookUp);
}

async function lookUp(visitor: Visitor, asked: Asked): Promise<Html> {
  const { ask, texts } = visitor;
  const tenant = tenantIn(visitor, asked);
  const base = path`/v1/tenants/${tenant}`;
  const [name, usage] = await Promise.all([
    tenantName(visitor, tenant),
    ask.get<Usage>(`${base}/usage`, { groupBy: 'channel,account,category' }),
  ]);
  const { channel, account, contact, at } = asked.query;
  const { timeZone } = usage.period;
  const isAsked = Boolean(channel && account && contact);
  const found = isAsked
    ? await ask.get<Conversation>(`${base}/conversation`, {
        ...{ channel, account, contact, at: instantIn(at ?? '', timeZone) ?? undefined },
      })
    : null;
  const t = texts.conversation;
  const content = html`<section class="card"><p class="muted">${t.intro}</p>${form(visitor, asked, usage)}</section>
${found !== null && (await answer(visitor, tenant, found, usage))}
${channel && contact && visitor.portal === null && may(visitor, 'privacy') && personCard(visitor, tenant, { channel, contact })}`;
  return page(visitor, {
    title: t.title,
    crumb: html`<a href="${tenantAddress(visitor, tenant)}">${name}</a>`,
    section: 'overview',
    tabs: { tenant, current: 'conversation' },
    content,
  });
}

function form({ texts, portal }: Visitor, { query }: Asked, usage: Usage): Html {
  const t = texts.dimensions;
  const [first] = usage.groups;
  const address = portal === null ? path`/tenants/${usage.tenant}` : path`/portal/${portal.token}`;
  const values = (dimension: 'channel' | 'account') => [
    ...new Set(usage.groups.map((group) => group[dimension] ?? '')),
  ];
  const field = (name: 'channel' | 'account', fallback: string | undefined) =>
    html`<label>${t[name]}<input name="${name}" value="${query[name] ?? fallback}" list="${name}s" required></label><datalist id="${name}s">${values(name).map((value) => html`<option value="${value}"></option>`)}</datalist>`;
  return html`<form class="filters" action="${`${address}/conversation`}">
${field('channel', first?.channel ?? 'whatsapp')}${field('account', first?.account)}
<label>${t.contact}<input name="contact" value="${query.contact}" required></label>
<label>${texts.conversation.at}<input type="datetime-local" name="at" value="${query.at}" step="1"></label>
<div class="actions"><button class="primary">${texts.conversation.button}</button></div></form>`;
}

async function answer(visitor: Visitor, tenant: string, found: Conversation, usage: Usage): Promise<Html> {
  const { texts, format } = visitor;
  const t = texts.conversation;
  const { timeZone } = usage.period;
  const { customerService, freeTextAllowed, templateWouldOpen, window, windows, orphans } = found;
  const prices = templateWouldOpen === null ? [] : await nextPrices(visitor, tenant, usage);
  const closes = customerService.closesAt;
  const address = tenantAddress(visitor, tenant);
  const opened = window === null ? null : `${address}/windows/${window.id}`;
  return html`<div class="grid">
<section class="card"><p class="answer">${freeTextAllowed ? html`<span class="tag good">${t.allowed}</span>` : html`<span class="yellow">${t.ended}</span>`}</p>
<p>${freeTextAllowed ? (closes === null ? t.allowedAlways : t.allowedUntil(format.longDateTime(closes, timeZone))) : t.endedHint}</p></section>
<section class="card"><h2>${t.template}</h2><p>${templateWouldOpen === 'active' ? t.templateOpens : window === null ? t.templateNone : t.templateFree}.</p>
${prices.map(({ category, price }) => html`<p><strong>${t.price(price, category)}</strong></p>`)}</section>
<section class="card"><h2>${window === null ? t.noOpen : t.open}</h2>${window !== null && opened !== null && html`<p><a href="${opened}">${format.longDateTime(window.openedAt, timeZone)} – ${format.longDateTime(window.closesAt, timeZone)}</a></p>`}</section></div>
<section class="card flush"><header><h2>${t.last}</h2></header>${windows.length === 0 ? empty(t.none, null) : html`<div class="scroll" tabindex="0" role="region" aria-label="${t.last}">${windowTable(visitor, tenant, windows, timeZone)}</div>`}</section>
${orphans.length > 0 && html`<section class="card"><h2>${t.orphans}</h2><p class="muted small">${t.orphansHint}</p><ul>${orphans.map(({ id, occurredAt, position }) => html`<li>${format.longDateTime(occurredAt, timeZone)} <span class="small muted"><code>${id}</code> · ${texts.window.log(position.partition, position.offset)}</span></li>`)}</ul></section>`}
${coverage(visitor, found.asOf)}`;
}

interface Price {
  category: string;
  price: string;
}

/** What the next active conversation of each category costs in the running period, as far as the key may know. */
async function nextPrices(visitor: Visitor, tenant: string, usage: Usage): Promise<Price[]> {
  const { ask, format, texts } = visitor;
  if (!may(visitor, 'billing:read')) return [];
  const draft = await ask.find<InvoiceOut>(path`/v1/tenants/${tenant}/invoices/${usage.period.id}`);
  if (draft === null || draft.terms === null) return [];
  const { active } = draft.terms;
  const own = Object.keys(active).filter((category) => category !== 'default');
  const counted = (belongs: (category: string) => boolean) =>
    usage.groups.reduce((all, group) => all + (belongs(group.category ?? '') ? group.active : 0), 0);
  return Object.entries(active).map(([category, tiers]) => {
    const isDefault = category === 'default';
    const units = counted((one) => (isDefault ? !own.includes(one) : one === category));
    const tier = tiers.find(({ upTo }) => upTo === null || units < upTo);
    return {
      category: isDefault && own.length > 0 ? texts.conversation.otherCategories : category,
      price: format.price(tier?.unitPrice ?? '0', draft.currency),
    };
  });
}
