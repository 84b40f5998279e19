import { expect, test } from '@jest/globals';
import { SAID, saidBy } from './record.ts';

const NOW = Date.parse('2026-11-03T15:00:00Z');
const PARTY = { tenant: 'acme', channel: 'whatsapp', account: '551140000001', contact: '5511987654321' };
const EVENT = { id: 'm1', type: 'message.received', occurredAt: '2026-11-03T14:00:00Z', ...PARTY };
const ATTRIBUTES = { specversion: '1.0', id: 'm1', source: '/bus', type: 'janela.message.received' };
const TIME = { time: '2026-11-03T14:00:00Z' };

type Headers = Record<string, string | Buffer | (string | Buffer)[]>;

function read(value: unknown, headers?: Headers) {
  const bytes = value === null || Buffer.isBuffer(value) ? value : Buffer.from(JSON.stringify(value));
  return SAID.read(saidBy({ value: bytes, headers }), NOW);
}

function binary(attributes: Record<string, string>): Headers {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [`ce_${name}`, Buffer.from(value)]),
  );
}

test('an event as JSON and both modes of CloudEvents say the same, the source aside', () => {
  const { metadata: none, ...plain } = (read(EVENT) as unknown as { event: Record<string, unknown> }).event;
  expect(plain).toMatchObject(PARTY);
  expect(none).toBeUndefined();
  const structured = { ...ATTRIBUTES, ...TIME, data: PARTY };
  const same = { event: { ...plain, metadata: { source: '/bus' } } };
  for (const type of ['application/cloudevents+json', 'Application/CloudEvents+JSON; charset=UTF-8'])
    expect(read(structured, { 'content-type': type })).toEqual(same);
  expect(read(PARTY, binary({ ...ATTRIBUTES, ...TIME }))).toEqual(same);
  const typed = { ...binary({ ...ATTRIBUTES, ...TIME }), 'content-type': 'application/json' };
  expect(read(PARTY, typed)).toEqual(same);
});

test('attributes are UTF-8 as it is, extensions are nobody else, and of a header sent twice the last counts', () => {
  const source = 'ação/100%25';
  const headers: Headers = {
    ...binary({ ...ATTRIBUTES, ...TIME, source, partitionkey: 'k' }),
    ce_id: ['m0', Buffer.from('m1')],
  };
  expect(read(PARTY, headers)).toMatchObject({ event: { id: 'm1', metadata: { source } } });
});

test.each([
  ['nothing', null, {}, 'not-json', '', 'The value is empty.'],
  ['no UTF-8', Buffer.from([0xc3, 0x28]), {}, 'not-json', '', 'The value is not UTF-8.'],
  ['half of an object', Buffer.from('{"id":'), {}, 'not-json', '', 'The value is not JSON: '],
  ['a list', [EVENT], {}, 'invalid-event', '', 'must be an object'],
  ['a member that no event has', { ...EVENT, kind: 'x' }, {}, 'invalid-event', '/kind', ''],
  [
    'a CloudEvent of another version',
    { ...ATTRIBUTES, ...TIME, specversion: '0.3', data: PARTY },
    { 'content-type': 'application/cloudevents+json' },
    'invalid-event',
    '/specversion',
    'must be "1.0"',
  ],
  [
    'a CloudEvent in another format',
    Buffer.from([1, 2, 3]),
    { 'content-type': 'application/cloudevents+protobuf' },
    'invalid-event',
    '/datacontenttype',
    'must be JSON, not application/cloudevents+protobuf',
  ],
  [
    'a CloudEvent about something else than JSON',
    Buffer.from('<x/>'),
    { ...binary(ATTRIBUTES), 'content-type': 'text/xml' },
    'invalid-event',
    '/datacontenttype',
    'must be JSON, not text/xml',
  ],
  [
    'a binary CloudEvent without an id',
    PARTY,
    binary({ ...TIME, specversion: '1.0' }),
    'invalid-event',
    '/source',
    '',
  ],
] as const)('%s is refused with its place', (_, value, headers, problem, pointer, detail) => {
  const result = read(value, headers as Headers);
  expect(result).toMatchObject({ rejection: { problem, pointer } });
  expect((result as { rejection: { detail: string } }).rejection.detail).toContain(detail);
});

test('a record at which the reading itself fails is refused like any other', () => {
  const failing = {
    read: () => {
      throw new TypeError('no primitive value');
    },
    place: (_value: unknown, pointer: string) => pointer,
  };
  const detail = 'could not be read: no primitive value';
  expect(SAID.read({ value: {}, form: failing }, NOW)).toMatchObject({ rejection: { detail } });
});

test('places of a CloudEvent are those of its JSON form, and of what has none the whole', () => {
  const said = saidBy({
    value: Buffer.from(JSON.stringify(PARTY)),
    headers: binary({ ...ATTRIBUTES, ...TIME }),
  });
  expect(SAID.place(said, '/tenant')).toBe('/data/tenant');
  expect(SAID.place(saidBy({ value: Buffer.from(JSON.stringify(EVENT)) }), '/tenant')).toBe('/tenant');
});
