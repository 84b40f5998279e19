import fc from 'fast-check';
import { classOf, type Event, type EventType, isSent } from '../../src/domain/event.ts';
import {
  ACTIVE_WHEN,
  HOUR_MS,
  RULE_NAMES,
  type Rule,
  type RuleEntry,
  type RuleTimeline,
} from '../../src/domain/rule.ts';

/** Where the clocks of a history start: month ends and daylight saving lie within the days that follow. */
const STARTS = [
  '2024-03-29T22:00:00Z',
  '2018-11-03T01:00:00Z',
  '2024-12-31T02:30:00Z',
  '2024-02-28T12:00:00Z',
];

/** Offsets (ms) that fall on window edges: an opener at hour h closes at h + 24, give or take a millisecond. */
const JITTERS = [0, 0, 0, 0, 1, -1, 30 * 60_000];
const KINDS = [
  'received',
  'received',
  'received',
  'template',
  'template',
  'free',
  'free',
  'delivered',
  'read',
  'failed',
  'failed',
  'void',
  'void-again',
  'activity',
] as const;
const CHANNELS = ['whatsapp', 'whatsapp', 'instagram', 'webchat'];

const fields = {
  kind: fc.constantFrom(...KINDS),
  hour: fc.oneof(fc.integer({ min: 0, max: 80 }), fc.constantFrom(0, 12, 24, 25, 36, 48, 49, 72, 600)),
  jitter: fc.constantFrom(...JITTERS),
  conversation: fc.constantFrom(0, 0, 0, 0, 1, 2),
  target: fc.nat({ max: 40 }),
  named: fc.constantFrom('id', 'id', 'id', 'shared'),
  category: fc.constantFrom('marketing', 'utility'),
  origin: fc.constantFrom('campaign', 'manual', 'bot', 'api'),
  idStyle: fc.constantFrom('e', 'E', '\u{1f600}', '￿', 'a\\b'),
};
const draft = fc.record(fields);
type Draft = typeof draft extends fc.Arbitrary<infer T> ? T : never;

/**
 * Distinct events of up to three conversations of one tenant, in no order: messages at nasty instants, receipts and
 * voids of anything (before it, of nothing, of themselves), messages that share what receipts name.
 */
export function historyOf(tenant: string, maxLength = 40): fc.Arbitrary<Event[]> {
  return fc
    .record({
      start: fc.constantFrom(...STARTS),
      drafts: fc.array(draft, { minLength: 1, maxLength, size: 'max' }),
    })
    .map(({ start, drafts }) => drafts.map((_, i) => eventOf(tenant, Date.parse(start), drafts, i)));
}

/** Messages of one conversation that have so many receipts, half of them voided, that no look-up reads them all. */
export function crowdedHistoryOf(tenant: string): fc.Arbitrary<Event[]> {
  const crowded = fc.record({
    ...fields,
    kind: fc.constantFrom(
      ...KINDS,
      'delivered',
      'read',
      'failed',
      'failed',
      'failed',
      'void',
      'void',
      'void',
    ),
    conversation: fc.constant(0),
    target: fc.oneof(fc.constant(0), fc.nat({ max: 120 })),
    named: fc.constantFrom('id', 'shared', 'shared', 'shared'),
  });
  return fc
    .record({
      start: fc.constantFrom(...STARTS),
      drafts: fc.array(crowded, { minLength: 60, maxLength: 120, size: 'max' }),
    })
    .map(({ start, drafts }) => drafts.map((_, i) => eventOf(tenant, Date.parse(start), drafts, i)));
}

/**
 * Messages of one conversation of which few are the contact's, and what comes late: where windows are short, a message of
 * the contact decides what free texts open long after the windows are those of before again.
 */
export function tailedHistoryOf(tenant: string): fc.Arbitrary<{ early: Event[]; late: Event[] }> {
  const own = { ...fields, conversation: fc.constant(0), named: fc.constant('id' as const) };
  const hour = fc.integer({ min: 0, max: 40 });
  const early = fc.record({ ...own, hour, kind: fc.constantFrom('free', 'free', 'template', 'received') });
  const late = fc.record({ ...own, hour, kind: fc.constantFrom('received', 'received', 'void', 'failed') });
  return fc
    .record({
      start: fc.constantFrom(...STARTS),
      early: fc.array(early, { minLength: 8, maxLength: 24, size: 'max' }),
      late: fc.array(late, { minLength: 1, maxLength: 4 }),
    })
    .map(({ start, early, late }) => {
      const drafts = [...early, ...late];
      const events = drafts.map((_, i) => eventOf(tenant, Date.parse(start), drafts, i));
      return { early: events.slice(0, early.length), late: events.slice(early.length) };
    });
}

/**
 * Messages of one conversation, so many that no portion holds them all, close together and in chains of windows; and
 * what comes late: messages in between, receipts and voids.
 */
export function longHistoryOf(tenant: string): fc.Arbitrary<{ early: Event[]; late: Event[] }> {
  const steps = fc.constantFrom(1, 60_000, HOUR_MS, 5 * HOUR_MS, 23 * HOUR_MS, 24 * HOUR_MS, 100 * HOUR_MS);
  const message = fc.record({
    step: fc.oneof(fc.constant(20 * 60_000), steps),
    kind: fc.constantFrom('received', 'template', 'free', 'free'),
  });
  const touch = fc.record({
    target: fc.nat({ max: 900 }),
    kind: fc.constantFrom('received', 'template', 'free', 'failed', 'failed', 'delivered', 'void', 'void'),
    shift: fc.integer({ min: -30 * HOUR_MS, max: 30 * HOUR_MS }),
  });
  return fc
    .record({
      messages: fc.array(message, { minLength: 700, maxLength: 900, size: 'max' }),
      touches: fc.array(touch, { minLength: 5, maxLength: 40, size: 'max' }),
    })
    .map(({ messages, touches }) => longHistory(tenant, messages, touches));
}

function longHistory(
  tenant: string,
  messages: readonly { step: number; kind: string }[],
  touches: readonly { target: number; kind: string; shift: number }[],
): { early: Event[]; late: Event[] } {
  let at = Date.parse('2024-03-01T12:00:00Z');
  const make = (id: string, kind: string, occurredAt: number, target: string): Event => {
    const event: Event = {
      ...{ id, type: 'message.received', tenant, channel: 'whatsapp', account: '551140000001' },
      ...{ contact: '5511987650000', occurredAt },
    };
    if (kind === 'void')
      return { ...event, type: 'event.voided', target, reason: 'sent by mistake', actor: 'ops' };
    if (kind === 'failed' || kind === 'delivered')
      return { ...event, type: `message.${kind}`, message: target };
    if (kind === 'received') return event;
    const sent: Event = { ...event, type: 'message.sent', origin: 'api', message: id };
    return kind === 'template' ? { ...sent, template: { name: 'sale', category: 'marketing' } } : sent;
  };
  const early = messages.map(({ step, kind }, i) => {
    at += step;
    return make(`m${i}`, kind, at, '');
  });
  const late = touches.map(({ target, kind, shift }, i) => {
    const about = early[target % early.length] as Event;
    return make(`late${i}`, kind, about.occurredAt + shift, about.id);
  });
  return { early, late };
}

function eventOf(tenant: string, start: number, drafts: readonly Draft[], index: number): Event {
  const drawn = drafts[index] as Draft;
  const conversation = drafts[ownTarget(drawn, drafts, index)]?.conversation ?? drawn.conversation;
  const event: Event = {
    id: idOf(drafts, index),
    type: typeOf(drawn),
    tenant,
    channel: CHANNELS[conversation] ?? 'whatsapp',
    account: '551140000001',
    contact: `551198765000${conversation}`,
    occurredAt: start + drawn.hour * HOUR_MS + drawn.jitter,
  };
  const target = idOf(drafts, ownTarget(drawn, drafts, index));
  switch (drawn.kind) {
    case 'template':
      event.template = { name: 'order_update', category: drawn.category };
      break;
    case 'delivered':
    case 'read':
    case 'failed':
      event.message = drawn.named === 'id' ? target : drawn.named;
      if (drawn.kind === 'failed') event.error = { code: '131026' };
      break;
    case 'void':
    case 'void-again':
      Object.assign(event, { target, reason: 'sent by mistake', actor: 'ops' });
  }
  if (isSent(classOf(event.type, event.template !== undefined))) {
    event.origin = drawn.origin;
    event.message = drawn.named === 'id' ? event.id : drawn.named;
    if (drawn.origin === 'campaign') event.campaign = 'black-friday';
  }
  return event;
}

/** Receipts and voids aim at some event of the history, and so live in its conversation. */
function ownTarget(drawn: Draft, drafts: readonly Draft[], index: number): number {
  const aims = ['delivered', 'read', 'failed', 'void', 'void-again'].includes(drawn.kind);
  return aims ? drawn.target % (drafts.length + 1) : index;
}

function idOf(drafts: readonly Draft[], index: number): string {
  return `${drafts[index]?.idStyle ?? 'nothing'}${index}`;
}

function typeOf({ kind }: Draft): EventType {
  switch (kind) {
    case 'template':
    case 'free':
      return 'message.sent';
    case 'received':
    case 'delivered':
    case 'read':
    case 'failed':
      return `message.${kind}`;
    case 'void':
    case 'void-again':
      return 'event.voided';
    case 'activity':
      return 'activity.close';
  }
}

/** Rules over time, with changes at instants that fall among the events. */
export const timelines = timelinesOf(
  fc.record({
    rule: fc.constantFrom(...RULE_NAMES),
    hours: fc.constantFrom(24, 24, 24, 1, 48),
    activeWhen: fc.constantFrom('sent' as const, ...ACTIVE_WHEN),
  }),
);

/** The same with windows so short that the tail of a contact's message lasts longer. */
export const tailedTimelines = timelinesOf(
  fc.record({
    rule: fc.constantFrom('fixed-tail' as const, 'fixed-tail' as const, 'sliding' as const),
    hours: fc.constantFrom(1, 2, 5),
    activeWhen: fc.constantFrom('sent' as const, ...ACTIVE_WHEN),
  }),
);

function timelinesOf(rule: fc.Arbitrary<Rule>): fc.Arbitrary<RuleTimeline> {
  const hour = fc.constantFrom(0, 24, 30, 48, 60);
  const entry = fc.record({ hour, start: fc.constantFrom(...STARTS), rule });
  return fc.record({ first: rule, later: fc.array(entry, { maxLength: 2 }) }).map(({ first, later }) => {
    const entries = later
      .map(({ hour, start, rule }): RuleEntry => ({ ...rule, from: Date.parse(start) + hour * HOUR_MS }))
      .sort((a, b) => (a.from ?? 0) - (b.from ?? 0))
      .filter((entry, i, all) => i === 0 || entry.from !== all[i - 1]?.from);
    return [{ ...first, from: null }, ...entries];
  });
}

/** The same events in another order, some of them more than once. */
export function arrivalsOf<T>(events: readonly T[]): fc.Arbitrary<T[]> {
  const repeats =
    events.length === 0 ? fc.constant([]) : fc.array(fc.constantFrom(...events), { maxLength: 10 });
  return repeats.chain((again) =>
    fc.shuffledSubarray([...events, ...again], { minLength: events.length + again.length }),
  );
}

/** Seed of this run's generated cases; set FC_SEED to run the same ones again. Shown in the names of the laws. */
export const SEED = Number(process.env.FC_SEED ?? Date.now() % 2 ** 31);

/** What `npm run torture` sets, and CI does not. */
export const TORTURE = {
  minutes: Number(process.env.TORTURE_MINUTES ?? 1),
  /** A case to be run, in place of one made from the seed. */
  caseFile: process.env.TORTURE_CASE ?? null,
  /** Where is written what was run, and what failed. */
  ranFile: process.env.TORTURE_RAN ?? null,
  /** A folder with two small disks, `postgres` and `kafka`. */
  disks: process.env.TORTURE_DISKS ?? null,
};
