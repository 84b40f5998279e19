import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CLOUD_EVENT } from './cloud-events.ts';
import { readEvent } from './read-event.ts';

const NOW = Date.parse('2026-11-03T13:00:00Z');
const PARTIES = {
  tenant: 'acme',
  channel: 'whatsapp',
  account: '551140000001',
  contact: '5511987654321',
};
const ATTRIBUTES = {
  specversion: '1.0',
  id: 'wamid.A',
  source: '/channels/whatsapp',
  type: 'message.received',
  time: '2026-11-03T10:00:00-03:00',
};
const EVENT = {
  ...PARTIES,
  id: 'wamid.A',
  type: 'message.received',
  occurredAt: '2026-11-03T10:00:00-03:00',
  metadata: { source: '/channels/whatsapp' },
};

const read = (members: object, data: unknown = PARTIES) =>
  CLOUD_EVENT.read({ ...ATTRIBUTES, data, ...members }, NOW);

/** The places that are wrong, as `pointer: detail`. */
function faults(members: object, data: unknown = PARTIES): string[] {
  const result = read(members, data);
  return 'event' in result
    ? []
    : result.rejection.errors.map(({ pointer, detail }) => `${pointer}: ${detail}`);
}

test.each<[string, object, unknown]>([
  ['plain', {}, PARTIES],
  ['a type with the prefix', { type: 'janela.message.received' }, PARTIES],
  ['extension attributes and a subject', { traceparent: '00-1', subject: 's', sequence: 7 }, PARTIES],
  ['data that repeats the attributes', {}, { ...EVENT, type: 'janela.message.received' }],
  ['data with the instant in another offset', {}, { ...PARTIES, occurredAt: '2026-11-03T13:00:00Z' }],
  ['the instant in data alone', { time: undefined }, { ...PARTIES, occurredAt: EVENT.occurredAt }],
  ['null attributes', { time: null, datacontenttype: null }, { ...PARTIES, occurredAt: EVENT.occurredAt }],
  ['a content type', { datacontenttype: 'application/json; charset=utf-8' }, PARTIES],
  ['a content type with a suffix', { datacontenttype: 'application/vnd.acme+json' }, PARTIES],
  ['data in base64', { data_base64: Buffer.from(JSON.stringify(PARTIES)).toString('base64') }, null],
])('%s: the event that the same members make', (_, members, data) => {
  expect(read(members, data)).toEqual(readEvent(EVENT, NOW));
});

test.each<[string, object, unknown, string[]]>([
  ['no id', { id: undefined }, PARTIES, ['/id: is required']],
  [
    'an id in data alone',
    { id: undefined },
    EVENT,
    ['/data/id: contradicts the attribute id', '/id: is required'],
  ],
  ['no source', { source: undefined }, PARTIES, ['/source: is required']],
  ['an empty source', { source: '' }, PARTIES, ['/source: must be a string of at least one character']],
  ['no instant', { time: undefined }, PARTIES, ['/time: is required']],
  ['another id in data', {}, { ...PARTIES, id: 'B' }, ['/data/id: contradicts the attribute id']],
  [
    'another type in data',
    {},
    { ...PARTIES, type: 'message.sent' },
    ['/data/type: contradicts the attribute type'],
  ],
  [
    'another instant in data',
    {},
    { ...PARTIES, occurredAt: '2026-11-03T10:00:01-03:00' },
    ['/data/occurredAt: contradicts the attribute time'],
  ],
  [
    'another source in data',
    {},
    { ...PARTIES, metadata: { source: 'x' } },
    ['/data/metadata/source: contradicts the attribute source'],
  ],
  [
    'an unknown member of data',
    {},
    { ...PARTIES, colour: 1 },
    [expect.stringMatching('^/data/colour: ') as never],
  ],
  [
    'a party that is missing',
    {},
    { tenant: 'acme', channel: 'x', account: 'y' },
    ['/data/contact: is required'],
  ],
  ['no data', {}, null, ['/data: must be an object: the members of the event']],
  ['text as data', {}, 'x', ['/data: must be an object: the members of the event']],
  ['both kinds of data', { data_base64: 'e30=' }, PARTIES, ['/data_base64: must not stand beside data']],
  [
    'base64 that is no JSON',
    { data_base64: 'eA==' },
    null,
    ['/data_base64: must be an object as JSON in base64'],
  ],
  [
    'data of another type',
    { datacontenttype: 'text/xml' },
    PARTIES,
    ['/datacontenttype: must be application/json'],
  ],
  [
    'a source too long for metadata',
    { source: 'x'.repeat(5000) },
    PARTIES,
    ['/source: must have at most 4096 bytes as compact JSON'],
  ],
  ['metadata that is none', {}, { ...PARTIES, metadata: 7 }, ['/data/metadata: must be an object']],
])('%s is refused, and the place named', (_, members, data, expected) => {
  expect(faults(members, data)).toEqual(expected);
});

test('all that is wrong is told at once, and an instant that is too early is the same problem as elsewhere', () => {
  expect(faults({ source: undefined, time: 'x' }, { ...PARTIES, id: 'B', account: 7 })).toEqual([
    '/source: is required',
    '/data/id: contradicts the attribute id',
    '/data/account: must be a string',
    expect.stringMatching('^/time: must be an RFC 3339 date-time'),
  ]);
  expect(read({ time: '2026-11-03T13:06:00Z' })).toMatchObject({
    rejection: { problem: 'occurred-in-future', pointer: '/time' },
  });
});

test('a content type that is no text is none of JSON, even where it cannot be made one', () => {
  const value = { ...ATTRIBUTES, datacontenttype: { toString: null }, data: PARTIES };
  expect(CLOUD_EVENT.read(value, NOW)).toMatchObject({ rejection: { pointer: '/datacontenttype' } });
});

test('whatever JSON comes, it is an event or a rejection that names a place', () => {
  const attribute = fc.constantFrom('id', 'source', 'type', 'time', 'data', 'data_base64', 'datacontenttype');
  fc.assert(
    fc.property(fc.dictionary(attribute, fc.jsonValue()), fc.boolean(), (members, isWhole) => {
      const result = CLOUD_EVENT.read(isWhole ? { ...ATTRIBUTES, data: PARTIES, ...members } : members, NOW);
      if ('event' in result) expect(result.event.metadata?.source).toBe(members.source ?? ATTRIBUTES.source);
      else expect(result.rejection.errors.length).toBeGreaterThan(0);
    }),
  );
});
