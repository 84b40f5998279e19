import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { encodeEvent } from '../../../test/support/former-record.ts';
import { historyOf } from '../../../test/support/traffic.ts';
import type { Event } from '../../domain/event.ts';
import { FORMER_HASHES } from '../../sealing/hashes.ts';
import { decodeRecord } from './record.ts';

const RECEIVED_AT = Date.parse('2026-11-03T13:00:00.123Z');

const event: Event = {
  id: 'wamid "quoted" \\ back',
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
  metadata: JSON.parse('{"__proto__": 1, "text": "\\u0000\\n"}'),
};

function encoded(changes: Partial<Event> = {}): Buffer {
  return encodeEvent({ ...event, ...changes }, RECEIVED_AT, 'key-1', 12).value;
}

test('a record is one JSON object with everything that identifies a person under "who"', () => {
  expect(JSON.parse(encoded().toString())).toEqual({
    v: 1,
    receivedAt: '2026-11-03T13:00:00.123Z',
    key: 'key-1',
    tenant: 'acme',
    channel: 'whatsapp',
    account: '551140000001',
    conversation: FORMER_HASHES.conversation(event),
    type: 'message.sent',
    occurredAt: '2026-11-03T13:00:00.000Z',
    template: event.template,
    origin: 'campaign',
    campaign: 'black-friday',
    id: FORMER_HASHES.id(event.id),
    ref: FORMER_HASHES.id('wamid.1'),
    who: { contact: '5511987654321', id: event.id, message: 'wamid.1', metadata: event.metadata },
  });
});

test('what is read back is what was written', () => {
  fc.assert(
    fc.property(historyOf('acme'), (events) => {
      for (const each of events) {
        const { value, partition } = encodeEvent(each, RECEIVED_AT, 'key-1', 12);
        const read = decodeRecord(value, partition, 7);
        expect(read).toMatchObject({
          conversation: FORMER_HASHES.conversation(each),
          key: FORMER_HASHES.id(each.id),
          id: each.id,
          at: each.occurredAt,
          receivedAt: RECEIVED_AT,
          contact: each.contact,
          offset: 7,
        });
        const named = each.message ?? each.target;
        const own = each.type === 'message.sent' && each.message === each.id;
        expect(read.ref).toBe(named === undefined || own ? null : FORMER_HASHES.id(named));
      }
    }),
  );
});

test('the same conversation always lands in the same partition', () => {
  const { partition } = encodeEvent(event, RECEIVED_AT, 'key-1', 12);
  expect(encodeEvent({ ...event, id: 'other' }, 0, 'key-2', 12).partition).toBe(partition);
});

function changed(change: (value: Record<string, unknown>) => void): Buffer {
  const value = JSON.parse(encoded().toString());
  change(value);
  return Buffer.from(JSON.stringify(value));
}

test.each<[string, Buffer, RegExp]>([
  ['nothing', Buffer.alloc(0), /JSON/],
  ['half a record', encoded().subarray(0, 50), /JSON/],
  ['bytes that are not UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), /UTF-8/],
  ['null', Buffer.from('null'), /not a JSON object/],
  ['another format', changed((value) => Object.assign(value, { v: 2 })), /format 2/],
  ['no "who"', changed((value) => Object.assign(value, { who: null })), /"who"/],
  ['a type that is none', changed((value) => Object.assign(value, { type: 'message.lost' })), /"type"/],
  ['a number for a tenant', changed((value) => Object.assign(value, { tenant: 5 })), /"tenant"/],
  ['a NUL in the tenant', changed((value) => Object.assign(value, { tenant: 'a\0' })), /control character/],
  [
    'a tab in the account',
    changed((value) => Object.assign(value, { account: 'a\tb' })),
    /control character/,
  ],
  ['a hash that is none', changed((value) => Object.assign(value, { id: 'x' })), /"id" is not a hash/],
  [
    'a receipt for nothing',
    changed((value) => Object.assign(value, { type: 'message.read', ref: undefined })),
    /"ref"/,
  ],
  ['a template that is a string', changed((value) => Object.assign(value, { template: 'x' })), /"template"/],
  [
    'a day that does not exist',
    changed((value) => Object.assign(value, { occurredAt: '2026-13-01' })),
    /occurredAt/,
  ],
  [
    'a year before all calendars',
    changed((value) => Object.assign(value, { occurredAt: '0000-01-01T00:00:00Z' })),
    /occurredAt/,
  ],
])('a poison record is refused with a reason: %s', (_, record, reason) => {
  expect(() => decodeRecord(record)).toThrow(reason);
});
