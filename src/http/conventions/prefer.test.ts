import { expect, test } from '@jest/globals';
import { preferenceIn } from './prefer.ts';

test.each([
  ['return=minimal', 'minimal'],
  ['RETURN = "Minimal"', 'minimal'],
  ['respond-async, wait=10 , return=minimal; foo="a, b"', 'minimal'],
  ['return', ''],
  ['return=""', ''],
  ['return="mini\\mal"', 'minimal'],
])('%s states it', (header, value) => {
  expect(preferenceIn(header, 'return')).toBe(value);
});

test.each([
  '',
  'respond-async',
  'foo; return=minimal',
  'foo="a, return=minimal"',
  'foo="\\", return=minimal"',
  '=minimal',
])('%s does not state it', (header) => {
  expect(preferenceIn(header, 'return')).toBeNull();
});

test('of repeated preferences the first counts', () => {
  expect(preferenceIn('return=representation, return=minimal', 'return')).toBe('representation');
  expect(preferenceIn('return=minimal, return=representation', 'return')).toBe('minimal');
});
