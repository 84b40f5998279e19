/** A window explained: the sentence, the picture, every event in order, and what an invoice has to do with it. */

import type { z } from 'zod';
import type { InvoiceOut } from '../../finance/invoice-schemas.ts';
import type { usageSchema } from '../../usage/usage-answer.ts';
import type { conversationSchema } from '../../windows/conversation.ts';
import type { explanationSchema } from '../../windows/explanation.ts';
import type { WindowItem } from '../../windows/window-item.ts';
import { path, withQuery } from '../shell/ask.ts';
import { type Html, html, type Part } from '../shell/html.ts';
import { page } from '../shell/layout.ts';
import type { Asked, Pages } from '../shell/routes.ts';
import { may, tenantAddress, type Visitor } from '../shell/visitor.ts';
import { tenantIn, tenantName } from '../usage/month.ts';
import { kindTag, windowTable } from './list.ts';
import { type ExplainedEvent, legend, mark, picture, roleText, whatHappened } from './picture.ts';

type Explanation = z.infer<typeof explanationSchema>;

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** What arrives later than this after it happened is told. */
const LATE_MS = 15 * MINUTE_MS;

export function explanationPages(pages: Pages, at: string): void {
  pages.atOneMoment(`${at}/windows/:id`, explanation);
}

/** What a page tells beside the explanation itself. */
interface Around {
  tenant: string;
  /** Of this contact, newest first. */
  windows: WindowItem[];
  next: WindowItem | null;
  /** The standing invoice of the window's period, and those that carry what came after it. */
  invoiced: { number: string; finalizedAt: string } | null;
  carriers: InvoiceOut[];
  /** Told of all events at once; null: of each. */
  together: string | null;
}

async function explanation(visitor: Visitor, asked: Asked): Promise<Html> {
  const tenant = tenantIn(visitor, asked);
  const { id = '' } = asked.params;
  const window = await visitor.ask.get<Explanation>(path`/v1/tenants/${tenant}/windows/${id}`, {
    cursor: asked.query.cursor,
  });
  const [name, around] = await Promise.all([
    tenantName(visitor, tenant),
    lookAround(visitor, tenant, window),
  ]);
  const t = visitor.texts.window;
  const { timeZone } = window.period;
  const others = around.windows.filter((other) => other.id !== window.id);
  const address = tenantAddress(visitor, tenant);
  const content = html`${window.removed && html`<p class="note-box warn"><strong>${t.removed}</strong>${window.removedBy !== null && html`<span>${t.removedBy(window.removedBy.event)} ${t.log(window.removedBy.position.partition, window.removedBy.position.offset)}</span>`}</p>`}
<section class="card"><p class="verdict">${verdict(visitor, window)}</p>
<figure class="picture ${window.kind === 'active' && 'active-window'}">${picture(visitor, { window, events: window.events, next: around.next, timeZone })}<figcaption>${legend(visitor)}</figcaption></figure></section>
<div class="grid explained">
<section class="card"><h2>${t.events}</h2>${around.together !== null && html`<p class="small muted">${around.together}</p>`}${timeline(visitor, window, around)}</section>
<section class="card facts-card"><h2>${t.facts}</h2>${facts(visitor, window)}</section></div>
${others.length > 0 && html`<section class="card flush"><header><h2>${t.inList}</h2></header><div class="scroll" tabindex="0" role="region" aria-label="${t.inList}">${windowTable(visitor, tenant, others, timeZone)}</div></section>`}`;
  return page(visitor, {
    title: t.title(window.contact),
    crumb: html`<a href="${withQuery(address, { period: window.period.id })}">${name}</a> / <a href="${withQuery(`${address}/windows`, { period: window.period.id })}">${visitor.texts.windows.title}</a>`,
    section: 'overview',
    aside: kindTag(visitor, window.kind),
    tabs: { tenant, current: 'windows', query: `?period=${window.period.id}` },
    content,
  });
}

async function lookAround(visitor: Visitor, tenant: string, window: Explanation): Promise<Around> {
  const { ask } = visitor;
  const { channel, account, contact, closesAt, period } = window;
  const base = path`/v1/tenants/${tenant}`;
  const at = new Date(Math.min(visitor.now, Date.parse(closesAt) + 3 * DAY_MS)).toISOString();
  const [{ windows }, usage, invoices] = await Promise.all([
    ask.get<z.infer<typeof conversationSchema>>(`${base}/conversation`, { channel, account, contact, at }),
    ask.get<z.infer<typeof usageSchema>>(`${base}/usage`, { period: period.id }),
    may(visitor, 'billing:read')
      ? ask.get<{ items: InvoiceOut[] }>(`${base}/invoices`, { limit: 100 })
      : { items: [] },
  ]);
  const later = windows.filter(({ openedAt }) => openedAt >= closesAt);
  const adjusts = ({ status, lines }: InvoiceOut) =>
    status !== 'void' &&
    lines.some((line) => line.code.startsWith('adjustment.') && line.period.id === period.id);
  return {
    ...{ tenant, windows, next: later.at(-1) ?? null, invoiced: usage.invoiced },
    carriers: invoices.items.filter(adjusts),
    together: arrivedTogether(visitor, window),
  };
}

/** The sentence for the customer. */
function verdict({ texts, format }: Visitor, window: Explanation): string {
  const t = texts.window.verdict;
  const { timeZone } = window.period;
  const at = (iso: string) => [format.weekday(iso, timeZone), format.time(iso, timeZone)] as const;
  const opener = window.events.find(({ role }) => role === 'opened');
  const [day, time] = at(window.openedAt);
  const began =
    opener?.type === 'message.received'
      ? t.contact(day, time)
      : opener?.template !== undefined
        ? t.template(day, time, opener.template.name)
        : opener?.type === 'message.sent'
          ? t.freeText(day, time, texts.kinds[window.kind])
          : t.other(day, time, texts.kinds[window.kind]);
  const count = (role: ExplainedEvent['role']) => window.events.filter((event) => event.role === role).length;
  const lost = t.lost(count('failed'), count('voided'));
  const ends =
    window.rule === 'sliding' ? t.sliding(...at(window.closesAt)) : t.until(...at(window.closesAt));
  return [
    began,
    ends,
    window.nextCursor === null ? t.free(count('included')) : '',
    lost === '' ? '' : t.lostEnd(lost),
  ]
    .filter((sentence) => sentence !== '')
    .join(' ');
}

function timeline(visitor: Visitor, window: Explanation, around: Around): Html {
  const { texts, format } = visitor;
  const t = texts.window;
  const { timeZone } = window.period;
  const { previous, events } = window;
  const address = tenantAddress(visitor, around.tenant);
  const bound = (time: string, what: Part) =>
    html`<li><time>${time}</time><span class="dot"></span><p class="bound">${what}</p></li>`;
  const before =
    previous === null ? t.before : t.beforeClosed(format.longDateTime(previous.closesAt, timeZone));
  const { next } = around;
  return html`<ol class="timeline">${bound('', before)}
${events.map((event) => entry(visitor, event, window, around))}
${window.nextCursor !== null && bound('', html`<a href="${withQuery(`${address}/windows/${window.id}`, { cursor: window.nextCursor })}">${t.moreEvents}</a>`)}
${bound(
  format.time(window.closesAt, timeZone),
  next === null
    ? t.closes
    : html`${t.closesNext} <a href="${`${address}/windows/${next.id}`}">${format.longDateTime(next.openedAt, timeZone)}</a>`,
)}</ol>`;
}

function entry(visitor: Visitor, event: ExplainedEvent, window: Explanation, around: Around): Html {
  const { texts, format } = visitor;
  const t = texts.window;
  const { timeZone } = window.period;
  const named =
    event.target ??
    (event.type.startsWith('message.') && event.message !== event.id ? event.message : undefined);
  return html`<li><time datetime="${event.occurredAt}">${format.time(event.occurredAt, timeZone)}</time><svg class="dot ${window.kind === 'active' && 'active-window'}" viewBox="-14 -14 28 28" aria-hidden="true">${mark(event.role)}</svg>
<div class="what"><span><strong>${whatHappened(visitor, event)}</strong>${event.template !== undefined && html` <span class="muted">(${event.template.category})</span>`}</span>
<span>${roleText(visitor, event)}</span>
${event.error !== undefined && html`<span class="small">${event.error.code}${event.error.title !== undefined && html` ${event.error.title}`}</span>`}
${event.reason !== undefined && html`<span class="small">${t.reason(event.reason)}${event.actor !== undefined && html`, ${t.by(event.actor)}`}</span>`}
<span class="small muted">${named !== undefined && html`${t.about(named)} · `}<code>${event.id}</code> · ${t.log(event.position.partition, event.position.offset)}</span>
${event.because.length > 0 && html`<div class="because">${event.because.map((cause) => html`<span>${t.because}: ${whatHappened(visitor, cause)}, ${format.dateTime(cause.occurredAt, timeZone)}${cause.error !== undefined && html` (${cause.error.code}${cause.error.title !== undefined && html` ${cause.error.title}`})`}${cause.reason !== undefined && html`, ${t.reason(cause.reason)}`}${cause.actor !== undefined && html`, ${t.by(cause.actor)}`}</span>`)}</div>`}
${lateness(visitor, event, timeZone, around)}</div></li>`;
}

/** Where everything inside came late and together, as an import brings it, that is told once. */
function arrivedTogether(
  { format, texts }: Visitor,
  { events, period, closesAt }: Explanation,
): string | null {
  const arrivals = events.map(({ receivedAt }) => receivedAt).sort();
  const [first, last] = [arrivals[0], arrivals.at(-1)];
  if (first === undefined || last === undefined || first < closesAt) return null;
  return Date.parse(last) - Date.parse(first) > LATE_MS
    ? null
    : texts.window.imported(format.dateTime(first, period.timeZone));
}

/** When a late event arrived, and which invoice tells the difference. */
function lateness(
  visitor: Visitor,
  { occurredAt, receivedAt }: ExplainedEvent,
  timeZone: string,
  { tenant, invoiced, carriers, together }: Around,
): Html | null {
  const { texts, format } = visitor;
  const t = texts.window;
  const late = Date.parse(receivedAt) - Date.parse(occurredAt);
  if (late < LATE_MS) return null;
  const arrived = t.arrived(format.dateTime(receivedAt, timeZone), format.duration(late));
  if (invoiced === null || receivedAt <= invoiced.finalizedAt)
    return together !== null ? null : html`<span class="small muted">${arrived}</span>`;
  const address = tenantAddress(visitor, tenant);
  const carried = carriers.map(
    ({ period, number }, i) =>
      html`${i > 0 && ', '}<a href="${`${address}/invoices/${period.id}`}">${format.period(period.id)}${number !== null && ` (${number})`}</a>`,
  );
  return html`<div class="note-box warn small"><span>${arrived} ${t.afterInvoice(invoiced.number)}</span><span>${carried.length > 0 ? html`${t.carriedBy} ${carried}.` : t.notCarried}</span></div>`;
}

function facts({ texts, format }: Visitor, window: Explanation): Html {
  const t = texts.window.fact;
  const row = (name: string, value: Part) =>
    value === null || value === '' ? null : html`<dt>${name}</dt><dd>${value}</dd>`;
  return html`<dl class="facts">
${row(t.period, format.period(window.period.id))}
${row(t.account, `${window.channel} ${window.account}`)}
${row(t.contact, window.contact)}
${row(t.origin, window.origin)}${row(t.category, window.category)}${row(t.campaign, window.campaign)}
${row(t.rule, texts.settings.rules.names[window.rule])}
${row(t.position, html`<code>${window.openedBy}</code><span class="sub">${texts.window.log(window.position.partition, window.position.offset)}</span>`)}
${row(t.id, html`<code>${window.id}</code>`)}
${row(t.sentence, window.summary)}</dl>`;
}
