import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { chainNext, chainStart, recordDigest } from './hash-chain.ts';

const bytes = fc.uint8Array({ maxLength: 40_000 }).map((array) => Buffer.from(array));

test('a digest is SHA-256 of format, key length, key, value length and value', () => {
  fc.assert(
    fc.property(bytes, bytes, (key, value) => {
      const expected = sha256(Buffer.from([1]), uint32(key.length), key, uint32(value.length), value);
      expect(recordDigest({ key, value })).toEqual(expected);
    }),
    { numRuns: 100 },
  );
});

test('moving a byte from the key to the value changes the digest', () => {
  const one = recordDigest({ key: Buffer.from('ab'), value: Buffer.from('c') });
  const other = recordDigest({ key: Buffer.from('a'), value: Buffer.from('bc') });
  expect(one.equals(other)).toBe(false);
});

test('the chain starts from format and partition and takes in head, offset, key and value', () => {
  expect(chainStart(7)).toEqual(sha256(Buffer.from([1]), uint32(7)));
  fc.assert(
    fc.property(bytes, bytes, fc.maxSafeNat(), (key, value, offset) => {
      const head = chainStart(3);
      const at = Buffer.alloc(8);
      at.writeBigUInt64BE(BigInt(offset));
      const expected = sha256(head, at, uint32(key.length), key, uint32(value.length), value);
      expect(chainNext(head, { offset, key, value })).toEqual(expected);
    }),
    { numRuns: 100 },
  );
});

function uint32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32BE(value);
  return buffer;
}

function sha256(...parts: Buffer[]): Buffer {
  return createHash('sha256').update(Buffer.concat(parts)).digest();
}
