import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { normaliseParty } from './conversation.ts';

test.each([
  '5511987654321',
  '551187654321',
  '+55 11 98765-4321',
  '+55 (11) 8765.4321',
  'whatsapp:+5511987654321',
  'WhatsApp: +5511987654321',
  '5511987654321@c.us',
  '551187654321@s.whatsapp.net',
  '005511987654321',
  '+00 55 11 98765-4321',
  '\u202a+55 11 98765-4321\u202c',
  '\ufeff+55\u00a011\u00a098765\u20114321',
  '\u2066+55\u200b\u200911\u300098765\u22124321\u2069',
  '+55 11 98765\u20154321\u2028',
])('%j is one person on whatsapp', (spelling) => {
  expect(normaliseParty('whatsapp', spelling)).toBe('5511987654321');
});

test.each([
  ['a Mexican mobile', '+52 1 55 1234 5678', '525512345678'],
  ['a Mexican mobile as it is dialled now', '525512345678', '525512345678'],
  ['an Argentine mobile', '+54 9 11 1234-5678', '541112345678'],
  ['an Argentine mobile without its 9', '541112345678', '541112345678'],
  ['a Brazilian landline', '551140000001', '551140000001'],
  ['a number of another country that looks Brazilian but for its length', '55118765432', '55118765432'],
  ['a user id', ' BR.1349\u200b0000001 ', 'BR.13490000001'],
  ['a linked id', '123456@lid', '123456@lid'],
  ['a group', '120363-1500000@g.us', '120363-1500000@g.us'],
  ['a user id behind a prefix', 'whatsapp:BR.1', 'BR.1'],
  ['a number of Arabic digits, which no provider sends', '\u0665\u0665', '\u0665\u0665'],
])('%s on whatsapp', (_, spelling, form) => {
  expect(normaliseParty('whatsapp', spelling)).toBe(form);
});

test.each([
  ['whatsapp', ['', ' ', '+', '00', '0000', '\u200b', 'whatsapp:', 'whatsapp: @c.us', '\u2014', '( )']],
  ['webchat', ['', ' ', '\u200b', '\u00a0\u200d\u3000']],
])('of some things nothing is left on %s', (channel, spellings) => {
  expect(spellings.map((spelling) => normaliseParty(channel, spelling))).toEqual(spellings.map(() => ''));
});

test('elsewhere a value is cleaned of what nobody sees, and nothing else', () => {
  const spellings = ['ana-maria 1', '\u200eana\u2013maria\u00a01', ' ana\u2212maria\u20031\u200f '];
  expect(spellings.map((spelling) => normaliseParty('webchat', spelling))).toEqual(
    Array(3).fill('ana-maria 1'),
  );
  for (const kept of ['+55 11 98765-4321', 'whatsapp:+5511987654321', '0055', 'Ana', '5521@c.us'])
    expect(normaliseParty('instagram', kept)).toBe(kept);
});

const pieces = fc.constantFrom(
  ...[
    'whatsapp:',
    'WHATSAPP:',
    '@c.us',
    '@s.whatsapp.net',
    '@lid',
    '00',
    '0',
    '55',
    '52',
    '54',
    '521',
    '549',
  ],
  ...['11', '9', '1', '87654321', '1234567890', '+', '-', '(', ')', '.', ' ', 'BR.', 'a', '\u202a', '\u200b'],
  ...['\u00a0', '\u2028', '\u2011', '\u2212', '\ud83d\ude00', '\u{e0001}'],
);
const spelling = fc.oneof(
  fc.array(pieces, { maxLength: 8 }).map((parts) => parts.join('')),
  fc.string({ unit: 'binary', maxLength: 20 }),
);
const channel = fc.constantFrom('whatsapp', 'webchat', '');

describe('laws', () => {
  test('what comes out goes in again unchanged', () => {
    fc.assert(
      fc.property(channel, spelling, (where, value) => {
        const once = normaliseParty(where, value);
        expect(normaliseParty(where, once)).toBe(once);
      }),
      { numRuns: 5_000 },
    );
  });

  test('what nobody sees makes nobody else', () => {
    const invisible = fc.constantFrom('\u200b', '\u202a', '\u2069', '\ufeff', '\u00ad', '\u{e0001}');
    fc.assert(
      fc.property(channel, fc.array(fc.tuple(pieces, invisible), { maxLength: 8 }), (where, parts) => {
        const bare = parts.map(([piece]) => piece).join('');
        const dressed = parts.map(([piece, character]) => character + piece).join('');
        expect(normaliseParty(where, dressed)).toBe(normaliseParty(where, bare));
      }),
      { numRuns: 5_000 },
    );
  });

  test('a telephone number is its digits, however it is written', () => {
    const digits = fc.stringMatching(/^[1-9]\d{6,14}$/);
    const between = fc.array(fc.constantFrom('', '', ' ', '-', '.', '\u2011', '\u00a0', '(', ')'), {
      minLength: 16,
      maxLength: 16,
    });
    const before = fc.constantFrom('', '+', '00', 'whatsapp:', 'whatsapp:+');
    const after = fc.constantFrom('', '@c.us', '@s.whatsapp.net', ' ');
    fc.assert(
      fc.property(digits, between, before, after, (number, marks, prefix, suffix) => {
        const written = [...number].map((digit, i) => digit + (marks[i] ?? '')).join('');
        expect(normaliseParty('whatsapp', prefix + written + suffix)).toBe(
          normaliseParty('whatsapp', number),
        );
      }),
    );
  });
});
