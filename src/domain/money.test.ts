import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isCurrency, minorDigits } from './currency.ts';
import {
  formatAmount,
  formatPrice,
  multiply,
  parseAmount,
  parsePrice,
  readAmount,
  readPrice,
} from './money.ts';

test.each([
  ['0.30', 300_000n],
  ['0', 0n],
  ['-0.00', 0n],
  ['0.000001', 1n],
  ['-12.5', -12_500_000n],
  ['999999999999.999999', 999_999_999_999_999_999n],
])('%s is a price', (text, value) => {
  expect(parsePrice(text)).toEqual({ ok: true, value });
});

test.each([
  [0.3, 'in a string'],
  [null, 'in a string'],
  ['', 'plain decimal'],
  ['1e3', 'plain decimal'],
  ['0x10', 'plain decimal'],
  ['+1', 'plain decimal'],
  [' 1', 'plain decimal'],
  ['1.', 'plain decimal'],
  ['.5', 'plain decimal'],
  ['1,50', 'plain decimal'],
  ['1.5\n', 'plain decimal'],
  ['١', 'plain decimal'],
  ['NaN', 'plain decimal'],
  ['007', 'start with a zero'],
  ['0.0000001', 'at most 6 decimals'],
  ['1000000000000', 'at most 12 digits'],
])('%p is no price and the reason is said', (input, reason) => {
  expect(parsePrice(input)).toEqual({ ok: false, reason: expect.stringContaining(reason) });
});

test('an amount has no fraction of a minor unit', () => {
  expect(parseAmount('199.00', 2)).toEqual({ ok: true, value: 19_900n });
  expect(parseAmount('199.000', 2)).toEqual({ ok: true, value: 19_900n });
  expect(parseAmount('5.00', 0)).toEqual({ ok: true, value: 5n });
  expect(parseAmount('1.234', 3)).toEqual({ ok: true, value: 1_234n });
  expect(parseAmount('0.005', 2)).toEqual({ ok: false, reason: 'must have at most 2 decimals' });
  expect(parseAmount('0.5', 0)).toEqual({ ok: false, reason: 'must be whole in this currency' });
});

test.each([
  [37, '0.0345', 2, '1.28'],
  [1, '0.005', 2, '0.01'],
  [1, '0.004999', 2, '0.00'],
  [-1, '0.005', 2, '-0.01'],
  [-37, '0.0345', 2, '-1.28'],
  [3, '0.5', 0, '2'],
  [1, '0.0005', 3, '0.001'],
  [1, '0.00005', 4, '0.0001'],
  [Number.MAX_SAFE_INTEGER, '999999999999.999999', 2, '9007199254740990990992800745.26'],
])('%d x %s rounds once, half away from zero, to %d decimals: %s', (quantity, price, digits, amount) => {
  expect(formatAmount(multiply(quantity, readPrice(price), digits), digits)).toBe(amount);
});

test('prices keep their decimals and at least those of the currency', () => {
  const written = (text: string, digits: number) => formatPrice(readPrice(text), digits);
  expect(written('0.3', 2)).toBe('0.30');
  expect(written('0.034500', 2)).toBe('0.0345');
  expect(written('5.00', 0)).toBe('5');
  expect(written('0.5', 0)).toBe('0.5');
  expect(written('1', 3)).toBe('1.000');
  expect(written('-0.25', 2)).toBe('-0.25');
});

test('what we wrote reads back as it was', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), fc.nat(4), (value, digits) => {
      expect(readAmount(formatAmount(value, digits), digits)).toBe(value);
      expect(readPrice(formatPrice(value, digits))).toBe(value);
    }),
  );
});

test('what is no decimal of ours is a broken invariant', () => {
  expect(() => readAmount('0.001', 2)).toThrow('"0.001" is not a decimal of 2 places');
  expect(() => readPrice('abc')).toThrow('is not a decimal');
  expect(readAmount('0.300000', 2)).toBe(30n);
});

test('rounding is to the nearest minor unit, and symmetric', () => {
  fc.assert(
    fc.property(fc.nat(), fc.bigInt({ min: 0n, max: 10n ** 12n }), fc.nat(4), (quantity, price, digits) => {
      const rounded = multiply(quantity, price, digits);
      const unit = 10n ** BigInt(6 - digits);
      const error = 2n * (rounded * unit - BigInt(quantity) * price);
      expect(error > -unit && error <= unit).toBe(true);
      expect(multiply(-quantity, price, digits)).toBe(-rounded);
    }),
  );
});

test('currencies have the minor units of ISO 4217', () => {
  const codes = ['JPY', 'CLP', 'BRL', 'EUR', 'KWD', 'IQD', 'CLF'];
  expect(codes.map(minorDigits)).toEqual([0, 0, 2, 2, 3, 3, 4]);
  expect(isCurrency('BRX')).toBe(false);
  expect(isCurrency('brl')).toBe(false);
  expect(() => minorDigits('BRX')).toThrow('BRX');
});
