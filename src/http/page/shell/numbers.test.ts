import { expect, test } from '@jest/globals';
import { countIn, decimalField, decimalIn } from './numbers.ts';

test('a decimal may be typed as either language writes it', () => {
  const typed = {
    '0,30': '0.30',
    '0.30': '0.30',
    '1.234,56': '1234.56',
    '1,234.56': '1234.56',
    '-20': '-20',
  };
  for (const [text, amount] of Object.entries(typed)) expect(decimalIn(text)).toBe(amount);
  expect(decimalIn('free')).toBe('free');
  expect(['pt-BR', 'en'].map((language) => decimalField(language as 'en', '0.30'))).toEqual(['0,30', '0.30']);
});

test('what is no whole number is left for the API to refuse', () => {
  expect([countIn('1000'), countIn('1.5'), countIn('')]).toEqual([1000, '1.5', '']);
});
