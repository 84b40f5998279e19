import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeReceipt, encodeReceipt } from './receipt.ts';

const PARTITIONS = 200;
const position = fc.record({
  partition: fc.nat(PARTITIONS - 1),
  offset: fc.nat(Number.MAX_SAFE_INTEGER - 1),
});

test('a receipt names the highest next offset of each partition', () => {
  expect(
    decodeReceipt(
      encodeReceipt([
        { partition: 3, offset: 128 },
        { partition: 3, offset: 7 },
        { partition: 0, offset: 0 },
      ]),
      4,
    ),
  ).toEqual(
    new Map([
      [0, 1],
      [3, 129],
    ]),
  );
});

test('any positions survive the way there and back', () => {
  fc.assert(
    fc.property(fc.array(position), (positions) => {
      const nexts = new Map<number, number>();
      for (const { partition, offset } of positions)
        nexts.set(partition, Math.max(offset + 1, nexts.get(partition) ?? 0));
      expect(decodeReceipt(encodeReceipt(positions), PARTITIONS)).toEqual(nexts);
    }),
  );
});

test('a receipt with one from before covers both, whatever the order', () => {
  fc.assert(
    fc.property(fc.array(position), fc.array(position), (before, after) => {
      const earlier = decodeReceipt(encodeReceipt(before), PARTITIONS) ?? new Map();
      expect(encodeReceipt(after, earlier)).toBe(encodeReceipt([...after, ...before]));
    }),
  );
});

test('what is not a receipt is recognised', () => {
  for (const token of ['', 'garbage', 'AQMBAAAAAA', '!!', 'a'.repeat(1000)])
    expect(decodeReceipt(token, 12)).toBeNull();
  const token = encodeReceipt([{ partition: 11, offset: 5 }]);
  expect(decodeReceipt(token, 11)).toBeNull();
  expect(decodeReceipt(`${token}=`, 12)).toBeNull();
  fc.assert(
    fc.property(fc.nat(token.length - 1), fc.constantFrom(...'ABCxyz09-_'), (at, letter) => {
      const other = token.slice(0, at) + letter + token.slice(at + 1);
      expect(decodeReceipt(other, 12) === null).toBe(other !== token);
    }),
  );
});
