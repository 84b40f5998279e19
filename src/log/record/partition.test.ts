import { createRequire } from 'node:module';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { murmur2, partitionOf } from './partition.ts';

const kafkajsMurmur2: (key: Buffer) => number = createRequire(import.meta.url)(
  'kafkajs/src/producer/partitioners/default/murmur2.js',
);

test('murmur2 is the one every Kafka client uses', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) => {
      const key = Buffer.from(bytes);
      expect(murmur2(key)).toBe(kafkajsMurmur2(key));
    }),
    { numRuns: 2_000 },
  );
});

test('a key goes to the partition that the Java client would choose', () => {
  // From Kafka's own UtilsTest.testMurmur2.
  expect(murmur2(Buffer.from('21'))).toBe(-973932308);
  expect(murmur2(Buffer.from('foobar'))).toBe(-790332482);
  expect(murmur2(Buffer.from('a-little-bit-long-string'))).toBe(-985981536);
  expect(partitionOf(Buffer.from('21'), 12)).toBe((-973932308 & 0x7fffffff) % 12);
});
