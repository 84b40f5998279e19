import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { EARLIEST_INSTANT, LATEST_INSTANT, parseInstant } from './instant.ts';

describe('RFC 3339', () => {
  test.each([
    ['2026-11-03T10:00:00-03:00', '2026-11-03T13:00:00.000Z'],
    ['2026-11-03T10:00:00Z', '2026-11-03T10:00:00.000Z'],
    ['2026-11-03t10:00:00z', '2026-11-03T10:00:00.000Z'],
    ['2026-11-03T10:00:00.1Z', '2026-11-03T10:00:00.100Z'],
    ['2026-11-03T10:00:00.9999999999Z', '2026-11-03T10:00:00.999Z'],
    ['1969-12-31T23:59:59.9999Z', '1969-12-31T23:59:59.999Z'],
    ['2026-11-03T10:00:00-00:00', '2026-11-03T10:00:00.000Z'],
    ['2026-11-03T10:00:00+23:59', '2026-11-02T10:01:00.000Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
    ['2000-02-29T00:00:00Z', '2000-02-29T00:00:00.000Z'],
    ['0050-03-01T00:00:00Z', '0050-03-01T00:00:00.000Z'],
    ['0001-01-02T00:00:00Z', '0001-01-02T00:00:00.000Z'],
    ['9999-12-31T23:59:59.9999Z', '9999-12-31T23:59:59.999Z'],
    ['9999-12-31T23:59:59+00:01', '9999-12-31T23:58:59.000Z'],
  ])('%s is %s', (text, instant) => {
    expect(parseInstant(text)).toBe(Date.parse(instant));
  });

  test.each([
    '',
    '2026-11-03',
    '2026-11-03T10:00:00',
    '2026-11-03T10:00Z',
    '2026-11-03 10:00:00Z',
    '2026-11-03T10:00:00 Z',
    '2026-11-03T10:00:00.Z',
    '2026-11-03T10:00:00+0300',
    '2026-11-03T10:00:00+03',
    '2026-11-03T10:00:00+24:00',
    '2026-11-03T10:00:00+03:60',
    '2026-11-03T24:00:00Z',
    '2026-11-03T23:60:00Z',
    '2016-12-31T23:59:60Z',
    '2026-02-29T00:00:00Z',
    '1900-02-29T00:00:00Z',
    '2026-04-31T00:00:00Z',
    '2026-00-01T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-01-00T00:00:00Z',
    '0001-01-01T23:59:59Z',
    '0000-01-01T00:00:00Z',
    '9999-12-31T23:59:59-00:01',
    '+002026-11-03T10:00:00Z',
    '２026-11-03T10:00:00Z',
    ' 2026-11-03T10:00:00Z',
    '2026-11-03T10:00:00Z\n',
  ])('%j is refused', (text) => {
    expect(parseInstant(text)).toBeNull();
  });

  test('agrees with Temporal', () => {
    const instant = fc.integer({ min: EARLIEST_INSTANT, max: LATEST_INSTANT });
    const minutes = fc.integer({ min: -1439, max: 1439 });
    fc.assert(
      fc.property(instant, minutes, (at, offset) => {
        const sign = offset < 0 ? '-' : '+';
        const part = (value: number) => String(value).padStart(2, '0');
        const suffix = `${sign}${part(Math.floor(Math.abs(offset) / 60))}:${part(Math.abs(offset) % 60)}`;
        const local = new Date(at + offset * 60_000).toISOString().replace('Z', suffix);
        fc.pre(/^\d{4}-/.test(local));
        expect(parseInstant(local)).toBe(Temporal.Instant.from(local).epochMilliseconds);
        expect(parseInstant(local)).toBe(at);
      }),
      { numRuns: 2_000 },
    );
  });
});
