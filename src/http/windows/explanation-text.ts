/** Explanations of windows in sentences. */

import type { RemovedWindow } from '../../billing/adjustments/removed.ts';
import { isoInstant } from '../../domain/instant.ts';
import type { StoredWindow } from '../../projection/read/windows.ts';
import { kindOf } from '../../projection/tables/windows.ts';
import type { EventItem } from '../events/event-item.ts';

type Explained = readonly (EventItem & { role: string })[];

/** Tells somebody who was not there why a window exists, in sentences. */
export function summarise(window: StoredWindow, previous: StoredWindow | null, events: Explained): string {
  const before =
    previous === null
      ? 'the conversation had no window before'
      : `the window before it had closed at ${isoInstant(previous.closesAt)}`;
  return [
    `${what(window, events)} opened this ${kindOf(window.kind)} window at ${isoInstant(window.openedAt)}: no window was open, for ${before}.`,
    end(window),
    counts(events),
  ].join(' ');
}

/** Tells what was billed, that it is gone, and why. `around`: the window that is open at its instant now. */
export function summariseRemoved(
  { window, period, cause }: RemovedWindow,
  around: StoredWindow | null,
  events: Explained,
): string {
  const billed = `${what(window, events)} was invoiced in ${period} as the opener of a window: ${kindOf(window.kind)}, from ${isoInstant(window.openedAt)} to ${isoInstant(window.closesAt)}.`;
  const removal =
    cause === null
      ? 'No event took it away: other rules apply to the tenant than when it was invoiced.'
      : `The event ${cause.event}, at offset ${cause.position.offset} of partition ${cause.position.partition} of the log, took it away.`;
  return [billed, `That window is gone: ${whyGone(window, around, events)}.`, removal].join(' ');
}

function whyGone({ openedBy }: StoredWindow, around: StoredWindow | null, events: Explained): string {
  const role = openerIn(events, openedBy)?.role;
  if (role === 'voided') return `${openedBy} was voided, so it never happened`;
  if (role === 'failed') return `${openedBy} failed and was neither delivered nor read, so it never happened`;
  if (around !== null)
    return `${openedBy} is inside the ${kindOf(around.kind)} window that ${around.openedBy} opened at ${isoInstant(around.openedAt)}, open until ${isoInstant(around.closesAt)}, and costs nothing more`;
  return `${openedBy} opens no window now`;
}

function openerIn(events: Explained, openedBy: string) {
  return events.find(({ id }) => id === openedBy);
}

function what({ openedBy }: StoredWindow, events: Explained): string {
  const opener = openerIn(events, openedBy);
  if (opener === undefined) return `The event ${openedBy}`;
  if (opener.type === 'message.received') return `The message from the contact ${openedBy}`;
  if (opener.template === undefined) return `The free text inside the customer service window ${openedBy}`;
  const { name, category } = opener.template;
  const campaign = opener.campaign === undefined ? '' : `, campaign ${opener.campaign}`;
  return `The template ${name} (${category}, origin ${opener.origin}${campaign}) with the id ${openedBy}`;
}

function end({ rule, closesAt }: StoredWindow): string {
  const closes = isoInstant(closesAt);
  return rule === 'sliding'
    ? `Rule sliding: each message from the contact inside moved its end, at last to ${closes}.`
    : `Rule ${rule}: it ends at ${closes}, whatever happens inside.`;
}

function counts(events: readonly { role: string }[]): string {
  const of = (role: string) => events.filter((event) => event.role === role).length;
  const parts = [
    some(of('included'), ['more message inside costs nothing', 'more messages inside cost nothing']),
  ];
  if (of('failed') > 0)
    parts.push(some(of('failed'), ['failed and counts for nothing', 'failed and count for nothing']));
  if (of('voided') > 0) parts.push(some(of('voided'), ['event was voided', 'events were voided']));
  return `${parts.join('; ')}.`;
}

function some(count: number, [one, several]: [string, string]): string {
  return `${count} ${count === 1 ? one : several}`;
}
