import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { historyOf } from '../../../test/support/traffic.ts';
import { classOf, type Event, isSent } from '../../domain/event.ts';
import { keyedHashes } from '../../sealing/hashes.ts';
import { open } from '../../sealing/sealed.ts';
import { partitionOf } from './partition.ts';
import { decodeRecord } from './record.ts';
import { sealEvent } from './seal-event.ts';
import { sealedPlace } from './sealed-record.ts';

const hashes = keyedHashes(Buffer.alloc(32, 7));
const RECEIVED_AT = Date.parse('2026-11-03T13:00:00.123Z');
const secret = Buffer.alloc(32, 9);

function sealed(event: Event) {
  const key = { conversation: hashes.conversation(event), hashes, secret, generation: 3 };
  return sealEvent(event, { receivedAt: RECEIVED_AT, keyId: 'key-1', partitions: 12 }, key, hashes);
}

const event: Event = {
  id: 'wamid "quoted" \\ back',
  type: 'message.sent',
  tenant: 'acme',
  channel: 'whatsapp',
  account: 'página 1',
  contact: '5511987654321',
  occurredAt: Date.parse('1969-12-31T23:59:59.999Z'),
  template: { name: 'order_update', category: 'utility', language: 'pt_BR' },
  origin: 'campaign',
  campaign: 'black-friday',
  message: 'wamid.1',
  metadata: JSON.parse('{"__proto__": 1, "text": "\\u0000\\n"}'),
};

test('what counts is read back as it was, and who it is about only with the key', () => {
  const { value, key, partition } = sealed(event);
  const read = decodeRecord(value, partition, 7);
  expect(key.toString()).toBe(read.conversation);
  expect(partition).toBe(partitionOf(key, 12));
  expect(read).toMatchObject({
    conversation: hashes.conversation(event),
    key: hashes.id(event.id),
    ref: hashes.id('wamid.1'),
    tenant: 'acme',
    channel: 'whatsapp',
    account: 'página 1',
    contact: '',
    id: '',
    metadata: null,
    at: event.occurredAt,
    receivedAt: RECEIVED_AT,
    keyId: 'key-1',
    partition,
    offset: 7,
  });
  expect(JSON.parse(read.detail ?? '')).toEqual({
    template: event.template,
    origin: 'campaign',
    campaign: 'black-friday',
  });
  const who = open(secret, sealedPlace(read.conversation, read.key), read.who ?? Buffer.alloc(0));
  expect(JSON.parse(who.toString())).toEqual({
    contact: event.contact,
    id: event.id,
    message: 'wamid.1',
    metadata: event.metadata,
  });
  const other = sealedPlace(read.conversation, hashes.id('another'));
  expect(() => open(secret, other, read.who ?? Buffer.alloc(0))).toThrow('does not open');
});

test('the bytes are those of docs/log-record.md', () => {
  const { value } = sealed(event);
  expect(value.subarray(0, 4)).toEqual(Buffer.from([2, 1, 1, 0]));
  expect(value.readBigInt64BE(4)).toBe(BigInt(event.occurredAt));
  expect(value.readBigInt64BE(12)).toBe(BigInt(RECEIVED_AT));
  expect(value.toString('hex', 20, 36)).toBe(hashes.conversation(event));
  expect(value.toString('hex', 36, 52)).toBe(hashes.id(event.id));
  expect(value.toString('hex', 52, 68)).toBe(hashes.id('wamid.1'));
  const lengths = [84, 86, 88, 90, 92].map((at) => value.readUInt16BE(at));
  expect(lengths.slice(0, 4)).toEqual([5, 4, 8, 9]);
  const end = 94 + lengths.reduce((sum, length) => sum + length, 0);
  expect(value.readUInt32BE(end)).toBe(3);
});

test('nothing that names a person is in clear, and the same event is never the same bytes', () => {
  fc.assert(
    fc.property(historyOf('acme'), (events) => {
      for (const each of events) {
        const { value } = sealed(each);
        const text = value.toString('latin1');
        for (const name of [each.contact, each.id, each.message, each.target, each.reason, each.actor])
          if (name !== undefined && name.length > 4) expect(text).not.toContain(name);
        expect(sealed(each).value.equals(value)).toBe(false);
        const read = decodeRecord(value);
        const eventClass = classOf(each.type, each.template !== undefined);
        const named = each.message ?? each.target;
        expect(read.class).toBe(eventClass);
        expect(read.content).toBe(decodeRecord(sealed({ ...each, metadata: { other: 1 } }).value).content);
        if (named !== undefined && !(isSent(eventClass) && named === each.id))
          expect(read.ref).toBe(hashes.id(named));
      }
    }),
  );
});

test('what is cut short or changed is told apart from a record, or can be stored', () => {
  const { value } = sealed(event);
  for (let length = 1; length < value.length; length += 3) {
    const cut = Buffer.from(value.subarray(0, length));
    try {
      expect(decodeRecord(cut).who?.length).toBeGreaterThanOrEqual(32);
    } catch (error) {
      expect(error).toBeInstanceOf(TypeError);
    }
  }
  fc.assert(
    fc.property(fc.nat(value.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const changed = Buffer.from(value);
      changed[at] = (changed[at] ?? 0) ^ change;
      try {
        const read = decodeRecord(changed);
        expect(`${read.tenant}${read.channel}${read.account}${read.keyId}${read.detail}`).not.toMatch(
          // biome-ignore lint/suspicious/noControlCharactersInRegex: the database does not keep them
          /[\u0000-\u001f]/,
        );
      } catch (error) {
        expect([TypeError, SyntaxError]).toContain((error as Error).constructor);
      }
    }),
    { numRuns: 2_000 },
  );
});
