/**
 * The picture of a window: its hours as a line with each event where it happened, the contact's above, the company's in the
 * middle, receipts and voids below. Places are percentages of the width, so it fits every screen and text keeps its size.
 */

import type { z } from 'zod';
import type { explanationSchema } from '../../windows/explanation.ts';
import type { WindowItem } from '../../windows/window-item.ts';
import { type Html, html } from '../shell/html.ts';
import type { Visitor } from '../shell/visitor.ts';

export type ExplainedEvent = z.infer<typeof explanationSchema>['events'][number];

const HEIGHT = 236;
const BAND = { top: 34, bottom: 192 };
const LANES = { contact: 66, company: 116, receipts: 166 } as const;
const HOUR_MS = 3_600_000;
/** Beyond the window, as a share of it. */
const BEFORE = 0.05;
const AFTER = 0.14;
/** Marks nearer than this, in percent, stand a little apart; on a narrow screen that is as wide as one. */
const NEAR = 4;
/** px */
const LIFT = 11;

interface Pictured {
  window: WindowItem;
  events: readonly ExplainedEvent[];
  next: WindowItem | null;
  timeZone: string;
}

export function picture(visitor: Visitor, { window, events, next, timeZone }: Pictured): Html {
  const { texts, format } = visitor;
  const t = texts.window;
  const [from, to] = [Date.parse(window.openedAt), Date.parse(window.closesAt)];
  const whole = (to - from) * (1 + BEFORE + AFTER);
  const start = from - (to - from) * BEFORE;
  const share = (at: number) => Math.round(((at - start) / whole) * 100_000) / 1_000;
  const x = (at: number) => `${share(at)}%`;
  const time = (iso: string) => format.time(iso, timeZone);
  const label = t.pictureOf(format.duration(to - from));
  return html`<svg class="chart ${window.kind === 'active' && 'active-window'}" width="100%" height="${HEIGHT}" role="img" aria-label="${label}">
<rect class="span ${window.kind}" x="${x(from)}" width="${share(to) - share(from)}%" y="${BAND.top}" height="${BAND.bottom - BAND.top}"/>
${nextSpan({ next, x, share, end: start + whole, text: t.next })}
${hourTicks({ from, to, x, time })}
${(['contact', 'company', 'receipts'] as const).map((lane) => html`<line class="stem" x1="0" x2="100%" y1="${LANES[lane]}" y2="${LANES[lane]}"/><text x="${x(from)}" dx="8" y="${LANES[lane] - 16}">${t.lanes[lane]}</text>`)}
<line class="edge" x1="${x(from)}" x2="${x(from)}" y1="${BAND.top - 8}" y2="${BAND.bottom}"/><line class="edge" x1="${x(to)}" x2="${x(to)}" y1="${BAND.top - 8}" y2="${BAND.bottom}"/>
<text class="strong roomy" x="${x(from)}" y="16">${format.longDateTime(window.openedAt, timeZone)}</text><text class="strong roomy" x="${x(to)}" y="16" text-anchor="end">${format.longDateTime(window.closesAt, timeZone)}</text>
${marks(visitor, events, { x, share, timeZone })}</svg>`;
}

interface Scale {
  x(at: number): string;
  share(at: number): number;
}

function nextSpan({
  next,
  x,
  share,
  end,
  text,
}: Scale & { next: WindowItem | null; end: number; text: string }): Html | null {
  if (next === null) return null;
  const opens = Date.parse(next.openedAt);
  if (opens >= end) return null;
  return html`<rect class="span ${next.kind}" opacity="0.55" x="${x(opens)}" width="${Math.round((100 - share(opens)) * 1_000) / 1_000}%" y="${BAND.top}" height="${BAND.bottom - BAND.top}"/><text class="roomy" x="100%" y="16" text-anchor="end">${text}</text>`;
}

/** Every fourth part of the window, and its ends. */
function hourTicks({
  from,
  to,
  x,
  time,
}: Pick<Scale, 'x'> & { from: number; to: number; time(iso: string): string }): Html[] {
  const step = Math.max(HOUR_MS, (to - from) / 4);
  const ticks: number[] = [];
  for (let at = from; at <= to; at += step) ticks.push(at);
  return ticks.map(
    (at) =>
      html`<line class="tick" x1="${x(at)}" x2="${x(at)}" y1="${BAND.top}" y2="${BAND.bottom + 6}"/><text x="${x(at)}" y="${BAND.bottom + 22}" text-anchor="middle">${time(new Date(at).toISOString())}</text>`,
  );
}

function marks(
  visitor: Visitor,
  events: readonly ExplainedEvent[],
  { x, share, timeZone }: Scale & { timeZone: string },
): Html[] {
  const lastIn = new Map<number, { place: number; lift: number }>();
  return events.map((event) => {
    const at = Date.parse(event.occurredAt);
    const lane = laneOf(event);
    const last = lastIn.get(lane);
    const place = share(at);
    const lift = last !== undefined && place - last.place < NEAR ? (last.lift + 1) % 2 : 0;
    lastIn.set(lane, { place, lift });
    const said = `${visitor.format.time(event.occurredAt, timeZone)} ${whatHappened(visitor, event)}: ${roleText(visitor, event)}`;
    return html`<svg x="${x(at)}" y="${lane + lift * LIFT}" overflow="visible"><g><title>${said}</title>${mark(event.role)}</g></svg>`;
  });
}

function laneOf({ type }: ExplainedEvent): number {
  if (type === 'message.received') return LANES.contact;
  return type === 'message.sent' ? LANES.company : LANES.receipts;
}

/** One shape per role, around the origin, so that it is known without its colour. */
export function mark(role: ExplainedEvent['role']): Html {
  const cross = html`<path class="mark-cross" d="M-5-5L5 5M-5 5L5-5"/>`;
  switch (role) {
    case 'opened':
      return html`<circle class="mark mark-opened" r="10"/><path class="mark-play" d="M-3-4.5L5 0L-3 4.5Z"/>`;
    case 'included':
      return html`<circle class="mark mark-included" r="6.5"/>`;
    case 'failed':
      return html`<rect class="mark mark-failed" x="-8" y="-8" width="16" height="16" rx="3"/>${cross}`;
    case 'voided':
      return html`<circle class="mark mark-voided" r="8"/><path class="mark-cross" d="M-6 6L6-6"/>`;
    case 'status':
      return html`<path class="mark mark-status" d="M0-7L7 0L0 7L-7 0Z"/>`;
    case 'activity':
      return html`<rect class="mark mark-activity" x="-5" y="-5" width="10" height="10"/>`;
  }
}

/** The same shapes with their meaning. */
export function legend({ texts }: Visitor): Html {
  const roles = ['opened', 'included', 'failed', 'voided', 'status', 'activity'] as const;
  return html`<ul class="legend" aria-label="${texts.window.legend}">${roles.map(
    (role) =>
      html`<li><svg viewBox="-12 -12 24 24" class="mark-sample" aria-hidden="true">${mark(role)}</svg>${texts.window.roles[role]}</li>`,
  )}</ul>`;
}

/** A void is no receipt, though it is told among them. */
export function roleText({ texts }: Visitor, { role, type }: Pick<ExplainedEvent, 'role' | 'type'>): string {
  const t = texts.window;
  return role === 'status' && type === 'event.voided' ? t.voids : t.roles[role];
}

/** What kind of event it is, in words. */
export function whatHappened(
  { texts }: Visitor,
  { type, template }: Pick<ExplainedEvent, 'type' | 'template'>,
): string {
  const { types, templateSent } = texts.window;
  return template === undefined ? (types[type] ?? type) : templateSent(template.name);
}
