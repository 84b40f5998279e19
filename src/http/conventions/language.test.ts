import { expect, test } from '@jest/globals';
import { acceptedLanguage } from './language.ts';

test.each([
  [undefined, null],
  ['', null],
  ['*', null],
  ['pt', 'pt-BR'],
  ['pt-PT, en;q=0.5', 'pt-BR'],
  ['en-US,en;q=0.9,pt-BR;q=0.8', 'en'],
  ['de, fr;q=0.9', null],
  ['de, en;q=0.1, pt;q=0.2', 'pt-BR'],
  ['en;q=0, pt;q=0.1', 'pt-BR'],
  ['EN-gb', 'en'],
])('who accepts %j is answered in %j', (header, language) => {
  expect(acceptedLanguage(header)).toBe(language);
});
