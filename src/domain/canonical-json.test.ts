import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { canonicalJson } from './canonical-json.ts';

test('RFC 8785, 3.2.2: literals, numbers and strings', () => {
  const input = String.raw`{
    "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
    "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
    "literals": [null, true, false]
  }`;
  expect(canonicalJson(JSON.parse(input))).toBe(
    String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
  );
});

test('RFC 8785, 3.2.3: members are in the order of UTF-16 code units', () => {
  const names = ['€', '\r', '\ufb33', '1', '😀', '\u0080', 'ö'];
  const value = Object.fromEntries(names.map((name) => [name, 0]));
  const sorted = ['\r', '1', '\u0080', 'ö', '€', '😀', '\ufb33'];
  expect(canonicalJson(value)).toBe(`{${sorted.map((name) => `${JSON.stringify(name)}:0`).join(',')}}`);
});

test.each([
  [-0, '0'],
  [1e21, '1e+21'],
  [1e20, '100000000000000000000'],
  [5e-324, '5e-324'],
  ['\u2028\u007f/\b', '"\u2028\u007f/\\b"'],
  [[], '[]'],
  [{}, '{}'],
  [{ b: [{ d: 1, c: null }], a: '' }, '{"a":"","b":[{"c":null,"d":1}]}'],
])('%p is written as ECMAScript does', (value, text) => {
  expect(canonicalJson(value)).toBe(text);
});

test.each([
  [undefined],
  [{ a: undefined }],
  [[undefined]],
  [new Array(1)],
  [Number.NaN],
  [Number.POSITIVE_INFINITY],
  [1n],
  ['\ud800'],
  [{ '\udc00': 1 }],
  [new Date(0)],
  [new Map()],
  [() => 1],
])('%p is not JSON', (value) => {
  expect(() => canonicalJson(value)).toThrow(TypeError);
});

test('the text says the same as the value, whatever the order of its members', () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
      const text = canonicalJson(value);
      expect(canonicalJson(JSON.parse(text))).toBe(text);
      expect(canonicalJson(reversed(value))).toBe(text);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, member]) => [name, reversed(member)]),
  );
}
