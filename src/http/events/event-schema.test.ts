import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readEvent } from '../../intake/read-event.ts';
import { eventSchema } from './event-schema.ts';

const NOW = Date.parse('2026-11-03T13:00:00Z');

const text = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom('m1', 'wamid.X', 'acme', 'utility', '5511987654321', 'order update'),
  },
  fc.constantFrom(
    '',
    'a'.repeat(257),
    'a'.repeat(1025),
    '😀'.repeat(256),
    'a\nb',
    '\ud800',
    'a b',
    '\0',
    'é',
  ),
);
const odd = fc.constantFrom<unknown>(null, 1, 1.5, true, [], {}, '', { a: 1 });
const instant = fc.constantFrom(
  '2026-11-03T10:00:00-03:00',
  '2026-11-03T13:00:00.1234Z',
  '2026-11-03T10:00:00',
  '2026-02-30T10:00:00Z',
);
const base = {
  id: fc.constantFrom('m1', 'm2', 'a'.repeat(256)),
  tenant: fc.constant('acme'),
  channel: fc.constantFrom('webchat', 'whatsapp', 'WhatsApp'),
  account: fc.constant('551140000001'),
  contact: fc.constant('5511987654321'),
  occurredAt: fc.constant('2026-11-03T10:00:00-03:00'),
};
const metadata = fc.dictionary(fc.string(), fc.jsonValue());

function eventOf(types: string[], required: object, optional: object) {
  const fields = { type: fc.constantFrom(...types), ...base, ...required };
  return fc.record<Record<string, unknown>>(
    { ...fields, metadata, ...optional },
    { requiredKeys: Object.keys(fields) },
  );
}

const wellFormed = fc.oneof(
  eventOf(['message.received', 'activity.close', 'activity.x-1'], {}, {}),
  eventOf(
    ['message.sent'],
    {},
    {
      template: fc.record({ name: text, category: fc.constantFrom('utility', 'MARKETING'), language: text }),
      origin: fc.constantFrom('api', 'bot', 'Campaign'),
      campaign: fc.constant('c1'),
      message: fc.constantFrom('m1', 'm9'),
    },
  ),
  eventOf(
    ['message.delivered', 'message.read', 'message.failed'],
    { message: fc.constantFrom('m1', 'm9') },
    {
      error: fc.record({ code: fc.oneof(text, fc.integer()), title: text }, { requiredKeys: ['code'] }),
    },
  ),
  eventOf(['event.voided'], { target: text, reason: text, actor: text }, {}),
);

const nested = fc.record(
  { name: text, category: odd, code: odd, title: odd, more: text },
  { requiredKeys: [] },
);
const fault = fc.oneof(
  fc.tuple(
    fc.constantFrom('id', 'tenant', 'channel', 'account', 'contact', 'message', 'target', 'reason'),
    text,
  ),
  fc.tuple(fc.constantFrom('template', 'error'), nested),
  fc.tuple(
    fc.constantFrom('occurredAt', 'type'),
    fc.oneof(instant, odd, fc.constantFrom('message.sent', 'activity.')),
  ),
  fc.tuple(fc.constantFrom('origin', 'campaign', 'metadata', 'extra', 'constructor'), fc.oneof(odd, text)),
);

/** An event as it should be, with no fault or one or two. */
const candidate = fc
  .tuple(wellFormed, fc.array(fault, { maxLength: 2 }))
  .map(([event, faults]) => ({ ...event, ...Object.fromEntries(faults) }) as Record<string, unknown>);

/** Accounts and contacts that are blank once reduced are rejected by the reader alone. */
function isReducible({ account, contact }: Record<string, unknown>): boolean {
  return [account, contact].every((value) => typeof value !== 'string' || /[^\s]/.test(value));
}

test('what the API description allows is what is accepted', () => {
  const seen = { accepted: 0, rejected: 0 };
  fc.assert(
    fc.property(candidate, (raw) => {
      fc.pre(isReducible(raw));
      const accepted = 'event' in readEvent(raw, NOW);
      expect(eventSchema.safeParse(raw).success).toBe(accepted);
      seen[accepted ? 'accepted' : 'rejected']++;
    }),
    { numRuns: 5_000 },
  );
  expect(Math.min(seen.accepted, seen.rejected)).toBeGreaterThan(200);
});
