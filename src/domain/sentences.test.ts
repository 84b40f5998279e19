import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { inPortuguese, say, verbatim } from './sentences.ts';
import { PORTUGUESE } from './sentences-pt.ts';

const HOLE = /\{(\w+)\}|<(\w+)>/g;
const sentences = Object.entries(PORTUGUESE);

/** Another sentence of the catalogue, for the places of sentences. */
const part = { english: 'must not start with a zero', portuguese: 'não pode começar com zero' };

test.each(sentences)('"%s" is the same in Portuguese, whatever stands in it', (english, portuguese) => {
  const holes = (text: string) => [...text.matchAll(HOLE)].map(([hole]) => hole);
  const values = (text: string) => holes(text).filter((hole) => hole.startsWith('{'));
  expect(values(portuguese).sort()).toEqual(values(english).sort());
  expect(new Set([...holes(portuguese), ...holes(english)])).toEqual(new Set(holes(english)));
  // Between two that stand side by side only a space tells where one ends: these are ids and months.
  const texts = /\} [{<]/.test(english) ? [] : ['acme: x; 1, 2 (3).', 'ação <b> "q"'];
  for (const value of ['2026-11', ...texts]) {
    const fill = (text: string, own: string) =>
      text.replaceAll(HOLE, (_, name: string | undefined) => (name === undefined ? own : value));
    expect(inPortuguese(fill(english, part.english))).toBe(fill(portuguese, part.portuguese));
  }
});

test('what is said of a place is said in Portuguese, and the words of somebody else are not', () => {
  const detail = say('must be a whole number above {below}', { below: 7 });
  expect(inPortuguese(say('{place}: <detail>', { place: '/tiers/1/upTo', detail }))).toBe(
    '/tiers/1/upTo: deve ser um número inteiro acima de 7',
  );
  expect(inPortuguese(verbatim('connect ECONNREFUSED: 127.0.0.1'))).toBeNull();
  expect(
    inPortuguese(say('{place}: <detail>', { place: '/x', detail: verbatim('Nobody knows') })),
  ).toBeNull();
});

test('what zod says of values of every kind is said in Portuguese', () => {
  const schema = z.strictObject({
    ...{ text: z.string().min(2).max(3), number: z.number().min(2).max(3), int: z.int(), flag: z.boolean() },
    ...{ list: z.array(z.string()).min(1).max(1), one: z.enum(['a', 'b']), literal: z.literal(true) },
    ...{ record: z.record(z.string().regex(/^a/), z.int()), either: z.union([z.string(), z.int()]) },
  });
  const wrong: Record<string, unknown>[] = [
    {},
    { text: 'a', number: 1, int: 1.5, flag: 'x', list: [], one: 'c', literal: false, record: { b: 1 } },
    { text: 'aaaa', number: 4, int: '1', flag: null, list: ['a', 'b'], one: 1, literal: 'x', record: [] },
    { text: {}, number: Number.NaN, int: [], list: { a: 1 }, record: { a: 'x' }, either: [] },
  ];
  const messages = wrong
    .flatMap((value) => schema.safeParse(value).error?.issues ?? [])
    .map(({ message }) => message);
  expect(messages.length).toBeGreaterThan(25);
  expect(messages.filter((message) => inPortuguese(message) === null)).toEqual([]);
});

/** What senders of events alone are told, not people on the page; and texts that are no answers. */
const ELSEWHERE =
  /^(log|cli|verify|service|health)\/|^intake\/(inbox\/|cloud-events|event-faults)|^config|^http\/events\/event-schema|^http\/page\/texts|problem-t/;

test('every sentence that says what a value must be is one of these', () => {
  const src = new URL('../', import.meta.url);
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter(
    (file) => /\.ts$/.test(file) && !/\.test\.ts$/.test(file) && !ELSEWHERE.test(file),
  );
  const loose = files.flatMap((file) =>
    [...readFileSync(new URL(file, src), 'utf8').matchAll(/(say\(\s*)?['"`]must [^'"`]*/g)].flatMap(
      ([text, said]) => (said === undefined ? [`${file}: ${text}`] : []),
    ),
  );
  expect(loose.filter((text) => !text.startsWith('domain/sentences-pt.ts'))).toEqual([]);
});
