import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { StoredRecord } from '../log.ts';
import { decodeLine, encodeLine } from './format.ts';

function roundTrip(record: StoredRecord): StoredRecord {
  const line = encodeLine(record);
  expect(line.endsWith('\n')).toBe(true);
  expect(line.indexOf('\n')).toBe(line.length - 1);
  JSON.parse(line);
  return decodeLine(Buffer.from(line).subarray(0, -1));
}

test('a record of janela stands in its line as readable JSON', () => {
  const record = { offset: 7, key: Buffer.from('0a1b'), value: Buffer.from('{"v":1,"who":{"id":"é"}}') };
  expect(encodeLine(record)).toBe('{"offset":7,"key":"0a1b","value":{"v":1,"who":{"id":"é"}}}\n');
});

test.each([
  ['spaces, repeated members and odd numbers', ' {"a" : 1.0e0,"a":-0 }\t'],
  ['a line break', '{"a":\n1}'],
  ['a carriage return', '{"a":\r1}'],
  ['half a document', '{"a":'],
  ['nothing', ''],
  ['a byte order mark', '\ufeff{}'],
  ['a value that looks like a line', '{"offset":1,"key":"k","value":{},"value64":"AA=="}'],
  ['no UTF-8', Buffer.from([0xff, 0xfe, 0x00])],
  ['half a surrogate, escaped', '"\\ud800"'],
])('a poison record survives byte for byte: %s', (_, bytes) => {
  const value = Buffer.from(bytes);
  const keys = [Buffer.from('k'), Buffer.from(',"value":'), Buffer.from('"\\'), Buffer.from([0xc3]), value];
  for (const key of keys) {
    const record = { offset: 2 ** 53 - 1, key, value };
    expect(roundTrip(record)).toEqual(record);
  }
});

test('any bytes survive', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc
      .string({ unit: fc.constantFrom('"', '\\', ',', ':', '{', 'value', '\n', 'é') })
      .map((text) => Buffer.from(text)),
    fc.json().map((text) => Buffer.from(text)),
  );
  fc.assert(
    fc.property(fc.nat(), bytes, bytes, (offset, key, value) => {
      const record = { offset, key: Buffer.from(key), value: Buffer.from(value) };
      expect(roundTrip(record)).toEqual(record);
    }),
  );
});

test.each(['', '{}', '{"offset":1,"key":"k"}', '{"offset":"1","key":"k","value":1}', 'x,"value":1}'])(
  'a line that no export has is refused: %s',
  (line) => {
    expect(() => decodeLine(Buffer.from(line))).toThrow(SyntaxError);
  },
);
