import fc from 'fast-check';
import { classOf, type Event, type EventType, isSent } from '../../src/domain/event.ts';
import {
  ACTIVE_WHEN,
  HOUR_MS,
  RULE_NAMES,
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

const draft = fc.record({
  kind: fc.constantFrom(...KINDS),
  hour: fc.oneof(fc.integer({ min: 0, max: 80 }), fc.constantFrom(0, 12, 24, 25, 36, 48, 49, 72, 600)),
  jitter: fc.constantFrom(...JITTERS),
  conversation: fc.constantFrom(0, 0, 0, 0, 1, 2),
  target: fc.nat({ max: 40 }),
  named: fc.constantFrom('id', 'id', 'id', 'shared'),
  category: fc.constantFrom('marketing', 'utility'),
  origin: fc.constantFrom('campaign', 'manual', 'bot', 'api'),
  idStyle: fc.constantFrom('e', 'E', '\u{1f600}', '￿', 'a\\b'),
});
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
export const timelines: fc.Arbitrary<RuleTimeline> = fc
  .record({
    first: rule(),
    later: fc.array(
      fc.record({
        hour: fc.constantFrom(0, 24, 30, 48, 60),
        start: fc.constantFrom(...STARTS),
        rule: rule(),
      }),
      {
        maxLength: 2,
      },
    ),
  })
  .map(({ first, later }) => {
    const entries = later
      .map(({ hour, start, rule }): RuleEntry => ({ ...rule, from: Date.parse(start) + hour * HOUR_MS }))
      .sort((a, b) => (a.from ?? 0) - (b.from ?? 0))
      .filter((entry, i, all) => i === 0 || entry.from !== all[i - 1]?.from);
    return [{ ...first, from: null }, ...entries];
  });

function rule() {
  return fc.record({
    rule: fc.constantFrom(...RULE_NAMES),
    hours: fc.constantFrom(24, 24, 24, 1, 48),
    activeWhen: fc.constantFrom('sent' as const, ...ACTIVE_WHEN),
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
