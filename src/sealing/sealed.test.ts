import { randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createMasterKeys, MasterKeyMissing } from './master-keys.ts';
import { generationOf, open, SEALED_OVERHEAD, SealBroken, seal } from './sealed.ts';

const key = { secret: randomBytes(32), generation: 3 };
const place = randomBytes(33);

test('what was sealed opens with its key at its place', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 5_000 }), (content) => {
      const block = seal(key, place, content);
      expect(block).toHaveLength(content.length + SEALED_OVERHEAD);
      expect(generationOf(block)).toBe(3);
      expect(open(key.secret, place, block).equals(content)).toBe(true);
    }),
  );
});

test('the same content is never the same block twice', () => {
  const blocks = Array.from({ length: 2_000 }, () =>
    seal(key, place, Buffer.from('x')).toString('hex', 4, 16),
  );
  expect(new Set(blocks).size).toBe(2_000);
});

test('another key, another place, and every bit that was changed is noticed', () => {
  const block = seal(key, place, Buffer.from('5511987654321'));
  expect(() => open(randomBytes(32), place, block)).toThrow(SealBroken);
  expect(() => open(key.secret, randomBytes(33), block)).toThrow(SealBroken);
  for (let at = 4; at < block.length; at++) {
    const changed = Buffer.from(block);
    changed[at] = (changed[at] ?? 0) ^ 1;
    expect(() => open(key.secret, place, changed)).toThrow(SealBroken);
  }
  for (let length = 0; length < SEALED_OVERHEAD; length++)
    expect(() => open(key.secret, place, block.subarray(0, length))).toThrow(SealBroken);
});

test('the first master key wraps, all open, and a label is part of what is wrapped', () => {
  const [old, young] = [randomBytes(32), randomBytes(32)];
  const before = createMasterKeys([old]);
  const both = createMasterKeys([young, old]);
  const after = createMasterKeys([young]);
  const wrapped = before.seal('contact key', Buffer.from('secret'));
  expect(both.open('contact key', wrapped).toString()).toBe('secret');
  expect(() => after.open('contact key', wrapped)).toThrow(MasterKeyMissing);
  expect(() => both.open('hash secret', wrapped)).toThrow(SealBroken);
  expect(after.open('contact key', both.seal('contact key', Buffer.from('new'))).toString()).toBe('new');
  expect(both.names).toEqual([...after.names, ...before.names]);
});
