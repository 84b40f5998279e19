import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { meantAmong } from './text.ts';

const KNOWN = ['id', 'type', 'tenant', 'channel', 'account', 'contact', 'occurredAt', 'metadata'];

function meant(word: string): string | undefined {
  return /did you mean (.*)\?/.exec(meantAmong(word, KNOWN))?.[1];
}

test.each([
  ['ocurredAt', 'occurredAt'],
  ['occured_at', 'occurredAt'],
  ['OccurredAt', 'occurredAt'],
  ['occurred-at', 'occurredAt'],
  ['tennant', 'tenant'],
  ['tenat', 'tenant'],
  ['acount', 'account'],
  ['chanel', 'channel'],
  ['typ', 'type'],
  ['Id', 'id'],
  ['contcat', 'contact'],
])('%s means %s', (word, name) => {
  expect(meant(word)).toBe(name);
});

test.each(['', 'x', 'timestamp', 'phone', 'to', 'from', 'contactcontact', 'a'.repeat(100_000)])(
  'nothing is near to %s',
  (word) => {
    expect(meant(word)).toBeUndefined();
    expect(meantAmong(word, KNOWN)).toBe(`; known are ${KNOWN.join(', ')}`);
  },
);

test('one slip of the pen in a word of some length is seen through', () => {
  const word = fc.constantFrom(...KNOWN.filter(({ length }) => length > 5));
  const letter = fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz');
  const slip = fc.tuple(word, fc.nat(100), letter, fc.constantFrom('drop', 'insert', 'replace', 'swap'));
  fc.assert(
    fc.property(slip, ([name, place, other, kind]) => {
      const i = place % (name.length - 1);
      const [before, here, next, after] = [name.slice(0, i), name[i], name[i + 1], name.slice(i + 2)];
      const written = {
        drop: `${before}${next}${after}`,
        insert: `${before}${here}${other}${next}${after}`,
        replace: `${before}${other}${next}${after}`,
        swap: `${before}${next}${here}${after}`,
      };
      expect(meant(written[kind as keyof typeof written])).toBe(name);
    }),
  );
});
