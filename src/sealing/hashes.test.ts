import { createHmac, hash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { FORMER_HASHES, keyedHashes } from './hashes.ts';

const SECRET = Buffer.from('00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff', 'hex');
const conversation = {
  tenant: 'acme',
  channel: 'whatsapp',
  account: '551140000001',
  contact: '5511987654321',
};

function hmac(kind: number, text: string): string {
  return createHmac('sha256', SECRET).update(Buffer.of(kind)).update(text).digest('hex').slice(0, 32);
}

test('a keyed hash is HMAC-SHA-256 of the byte of its kind and the text, whatever the text', () => {
  const hashes = keyedHashes(SECRET);
  const text = fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ minLength: 1_300, maxLength: 5_000 }));
  fc.assert(
    fc.property(text, (id) => {
      expect(hashes.id(id)).toBe(hmac(2, id));
      expect(hashes.content(id)).toBe(hmac(3, id));
    }),
  );
});

test('a conversation is hashed with its account, a contact without', () => {
  const hashes = keyedHashes(SECRET);
  expect(hashes.conversation(conversation)).toBe(
    hmac(1, '["acme","whatsapp","551140000001","5511987654321"]'),
  );
  expect(hashes.contact(conversation)).toBe(hmac(4, '["acme","whatsapp","5511987654321"]'));
});

test('another secret gives other hashes', () => {
  const others = keyedHashes(Buffer.alloc(32, 7));
  expect(others.id('m1')).not.toBe(keyedHashes(SECRET).id('m1'));
});

test('the hashes of format 1 need no secret', () => {
  expect(FORMER_HASHES.conversation(conversation)).toBe(
    hash('sha256', '["acme","whatsapp","551140000001","5511987654321"]', 'hex').slice(0, 32),
  );
  expect(FORMER_HASHES.id('m1')).toBe(hash('sha256', 'm1', 'hex').slice(0, 32));
});
