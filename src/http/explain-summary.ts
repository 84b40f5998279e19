import type { StoredWindow } from '../store/read/windows.ts';
import type { EventItem } from './event-item.ts';
import { isoInstant } from './schemas.ts';

/** Tells somebody who was not there why a window exists, in sentences. */
export function summarise(
  window: StoredWindow,
  previous: StoredWindow | null,
  events: readonly (EventItem & { role: string })[],
): string {
  const opener = events.find(({ role }) => role === 'opened');
  const before =
    previous === null
      ? 'the conversation had no window before'
      : `the window before it had closed at ${isoInstant(previous.closesAt)}`;
  return [
    `${what(opener)} ${window.openedBy} opened this ${window.kind === 0 ? 'receptive' : 'active'} window at ${isoInstant(window.openedAt)}: no window was open, for ${before}.`,
    end(window),
    counts(events),
  ].join(' ');
}

function what(opener: EventItem | undefined): string {
  if (opener?.type === 'message.received') return 'The message from the contact';
  if (opener?.template === undefined) return 'The free text inside the customer service window';
  const { name, category } = opener.template;
  const campaign = opener.campaign === undefined ? '' : `, campaign ${opener.campaign}`;
  return `The template ${name} (${category}, origin ${opener.origin}${campaign}) with the id`;
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
