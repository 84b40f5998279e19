/** Small histories of a few contacts: everything that events do to each other, close together. */

import type { Event } from '../../src/domain/event.ts';
import { HOUR_MS, type RuleTimeline } from '../../src/domain/rule.ts';
import { between, chance, pick, type Random } from '../../src/simulation/random.ts';

const TENANT = 'acme';
const START = Date.parse('2026-11-29T20:00:00Z');

const RULES: readonly [RuleTimeline, ...RuleTimeline[]] = [
  [{ from: null, rule: 'fixed', hours: 24, activeWhen: 'sent' }],
  [{ from: null, rule: 'sliding', hours: 24, activeWhen: 'sent' }],
  [{ from: null, rule: 'fixed-tail', hours: 24, activeWhen: 'sent' }],
  [{ from: null, rule: 'fixed', hours: 24, activeWhen: 'delivered' }],
  [
    { from: null, rule: 'fixed', hours: 24, activeWhen: 'sent' },
    { from: START + 30 * HOUR_MS, rule: 'sliding', hours: 12, activeWhen: 'delivered' },
  ],
];

export function someRules(random: Random): RuleTimeline {
  return pick(random, RULES);
}

/** Events in the order in which they are posted; some are there twice, and some ids with two contents. */
export function someEvents(random: Random): Event[] {
  const count = between(random, 3, 14);
  const contacts = between(random, 1, 3);
  const events: Event[] = [];
  for (let i = 0; i < count; i++) {
    const [before] = events;
    if (before !== undefined && chance(random, 0.15)) {
      const event = pick(random, [before, ...events]);
      events.push(chance(random, 0.2) ? { ...event, occurredAt: event.occurredAt + 1 } : event);
    } else
      events.push(someEvent(random, events, { id: `e${i}`, contact: `${between(random, 1, contacts)}` }));
  }
  return events;
}

function someEvent(
  random: Random,
  before: readonly Event[],
  { id, contact }: Pick<Event, 'id' | 'contact'>,
): Event {
  const base = {
    ...{ id, contact, tenant: TENANT, channel: 'whatsapp', account: '551140000001' },
    // Few instants, so that some are shared and the rules' bounds are met.
    occurredAt: START + between(random, 0, 12) * 6 * HOUR_MS,
  };
  const named = pick(random, [
    'e0',
    ...before.filter((event) => event.contact === contact).map((event) => event.id),
  ]);
  switch (between(random, 0, 9)) {
    case 0:
    case 1:
    case 2:
      return { ...base, type: 'message.received' };
    case 3:
    case 4:
      return { ...base, type: 'message.sent', message: id, template: { name: 't', category: 'marketing' } };
    case 5:
      return { ...base, type: 'message.sent', message: id };
    case 6:
      return { ...base, type: 'message.failed', message: named };
    case 7:
      return { ...base, type: 'message.delivered', message: named };
    case 8:
      return { ...base, type: 'event.voided', target: named };
    default:
      return { ...base, type: 'activity.transfer' };
  }
}
