import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Event } from '../domain/event.ts';
import { historyOf } from '../testing/traffic.ts';
import { encodeEvent } from './record.ts';
import { readJson } from './record-decode.ts';
import { readAsWritten } from './record-pattern.ts';

const RECEIVED_AT = Date.parse('2026-11-03T13:00:00.123Z');

const full: Event = {
  id: 'wamid.2',
  type: 'message.sent',
  tenant: 'acme',
  channel: 'whatsapp',
  account: '551140000001',
  contact: '5511987654321',
  occurredAt: Date.parse('2026-11-03T13:00:00Z'),
  template: { name: 'order_update', category: 'utility', language: 'pt_BR' },
  origin: 'campaign',
  campaign: 'black-friday',
  message: 'wamid.1',
  metadata: JSON.parse('{"__proto__": 1e2, "text": "\\u0000\\n", "deep": {"of": [{}, "}}"]}}'),
};

const receipt: Event = {
  ...{ id: 'wamid.2:failed', type: 'message.failed', tenant: 'acme', channel: 'webchat', account: 'página' },
  ...{ contact: 'João 😀', occurredAt: 0, message: 'wamid.2', error: { code: '131026', title: '' } },
};

const events = fc.oneof(
  historyOf('acme').chain((history) => fc.constantFrom(...history)),
  fc.constantFrom<Event>(full, receipt, {
    ...{ id: 'v', type: 'event.voided', tenant: 'acme', channel: 'whatsapp', account: '1', contact: '2' },
    ...{ occurredAt: -1, target: 'wamid.2', reason: 'sent twice', actor: 'ana@acme' },
  }),
);

function textOf(event: Event): string {
  return encodeEvent(event, RECEIVED_AT, 'key-1', 12).value.toString();
}

function both(text: string) {
  const record = Buffer.from(text);
  return { asWritten: readAsWritten(text, record, 3, 7), json: () => readJson(text, record, 3, 7) };
}

test('what is read as it was written is what its JSON says', () => {
  fc.assert(
    fc.property(events, (event) => {
      const text = textOf(event);
      const { asWritten, json } = both(text);
      expect(asWritten).toEqual(text.replace(/"metadata".*/, '').includes('\\') ? null : json());
    }),
  );
});

test('a text that was changed somewhere is read as its JSON says, or left to whoever reads JSON', () => {
  const texts = events.map(textOf);
  const pieces = fc.constantFrom(
    '',
    '0',
    '9',
    '"',
    '\\',
    '\\n',
    '\n',
    '\u0000',
    '}',
    '},',
    'Z',
    'a',
    'é',
    '\u2028',
  );
  fc.assert(
    fc.property(texts, fc.nat(), fc.nat({ max: 3 }), pieces, (text, place, removed, piece) => {
      const at = place % text.length;
      const { asWritten, json } = both(text.slice(0, at) + piece + text.slice(at + removed));
      if (asWritten !== null) expect(asWritten).toEqual(json());
    }),
    { numRuns: 2_000 },
  );
});

test.each<[string, Partial<Event>]>([
  ['an escape', { contact: 'a "quoted" name' }],
  ['a tenant that is too long', { tenant: 'a'.repeat(65) }],
])('%s is left to whoever reads JSON', (_, changes) => {
  expect(both(textOf({ ...full, ...changes })).asWritten).toBeNull();
});

test.each(['2026-02-30T00:00:00.000Z', '2026-02-28T24:00:00.000Z', '2026-02-28T23:59:59.999Z'])(
  'the instant %s is what Date.parse makes of it',
  (instant) => {
    const text = textOf(full).replace('2026-11-03T13:00:00.000Z', instant);
    expect(both(text).asWritten?.at).toBe(Date.parse(instant));
  },
);

test.each(['2026-02-28T23:60:00.000Z', '2026-13-01T00:00:00.000Z', '0000-01-01T00:00:00.000Z'])(
  'the instant %s is refused',
  (instant) => {
    const { asWritten, json } = both(textOf(full).replace('2026-11-03T13:00:00.000Z', instant));
    expect(asWritten).toBeNull();
    expect(json).toThrow('"occurredAt" is not an instant');
  },
);
