import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  boundsMoved,
  calendarOf,
  createCalendar,
  isDay,
  isPeriod,
  nextPeriod,
  previousPeriod,
  timeZoneName,
  type ZoneTimeline,
} from './period.ts';

const ZONES = [
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'America/Sao_Paulo',
  'Europe/Lisbon',
  'America/St_Johns',
  'UTC',
];

function zone(name: string) {
  return createCalendar([{ from: null, zone: name }]);
}

function ms(instant: string): number {
  return Date.parse(instant);
}

describe('a period starts at midnight in the zone, to the millisecond', () => {
  test.each([
    ['Asia/Kathmandu', '2026-11', '2026-10-31T18:15:00Z', '2026-11-30T18:15:00Z'],
    ['Australia/Lord_Howe', '2026-04', '2026-03-31T13:00:00Z', '2026-04-30T13:30:00Z'],
    ['Australia/Lord_Howe', '2026-10', '2026-09-30T13:30:00Z', '2026-10-31T13:00:00Z'],
    ['Pacific/Apia', '2011-12', '2011-12-01T10:00:00Z', '2011-12-31T10:00:00Z'],
    ['Pacific/Apia', '2026-11', '2026-10-31T11:00:00Z', '2026-11-30T11:00:00Z'],
    ['America/Sao_Paulo', '2018-11', '2018-11-01T03:00:00Z', '2018-12-01T02:00:00Z'],
    ['America/Sao_Paulo', '2019-11', '2019-11-01T03:00:00Z', '2019-12-01T03:00:00Z'],
    ['Europe/Lisbon', '2026-03', '2026-03-01T00:00:00Z', '2026-03-31T23:00:00Z'],
    ['Europe/Lisbon', '2026-10', '2026-09-30T23:00:00Z', '2026-11-01T00:00:00Z'],
    ['America/St_Johns', '2009-11', '2009-11-01T02:30:00Z', '2009-12-01T03:30:00Z'],
  ])('%s %s', (name, period, start, end) => {
    const calendar = zone(name);
    expect(calendar.boundsOf(period)).toEqual({ start: ms(start), end: ms(end), timeZone: name });
    expect(calendar.periodOf(ms(start))).toBe(period);
    expect(calendar.periodOf(ms(start) - 1)).toBe(previousPeriod(period));
    expect(calendar.periodOf(ms(end) - 1)).toBe(period);
    expect(calendar.periodOf(ms(end))).toBe(nextPeriod(period));
  });
});

describe('days', () => {
  test('a day lasts 23 hours where the clock skips its midnight', () => {
    const calendar = zone('America/Sao_Paulo');
    expect(calendar.dayOf(ms('2018-11-04T02:59:59.999Z'))).toBe('2018-11-03');
    expect(calendar.dayOf(ms('2018-11-04T03:00:00.000Z'))).toBe('2018-11-04');
    expect(calendar.dayOf(ms('2018-11-05T01:59:59.999Z'))).toBe('2018-11-04');
    expect(calendar.dayOf(ms('2018-11-05T02:00:00.000Z'))).toBe('2018-11-05');
  });

  test('a day that has begun goes on when the clock falls back over midnight', () => {
    const calendar = zone('America/St_Johns');
    expect(calendar.dayOf(ms('2009-11-01T02:29:59.999Z'))).toBe('2009-10-31');
    expect(calendar.dayOf(ms('2009-11-01T02:30:00.000Z'))).toBe('2009-11-01');
    expect(calendar.dayOf(ms('2009-11-01T02:31:00.000Z'))).toBe('2009-11-01');
    expect(calendar.dayOf(ms('2009-11-02T03:29:59.999Z'))).toBe('2009-11-01');
  });

  test('a day that the zone skipped does not exist', () => {
    const calendar = zone('Pacific/Apia');
    expect(calendar.dayOf(ms('2011-12-30T09:59:59.999Z'))).toBe('2011-12-29');
    expect(calendar.dayOf(ms('2011-12-30T10:00:00.000Z'))).toBe('2011-12-31');
    expect(calendar.dayStarts('2011-12')).toHaveLength(30);
    expect(calendar.dayBounds('2011-12-30')).toBeNull();
  });

  test('years before the epoch and the first year count like any other', () => {
    const calendar = zone('America/Sao_Paulo');
    expect(calendar.dayOf(ms('1900-02-28T12:00:00Z'))).toBe('1900-02-28');
    expect(calendar.dayOf(ms('0001-01-02T00:00:00Z'))).toBe('0001-01-01');
    expect(calendar.periodOf(ms('9999-12-31T23:59:59Z'))).toBe('9999-12');
  });
});

describe('a zone that changes', () => {
  test('the period runs from the old boundary to the new one, and its days are the new ones', () => {
    const calendar = createCalendar([
      { from: null, zone: 'Asia/Tokyo' },
      { from: '2026-11', zone: 'America/Sao_Paulo' },
    ]);
    expect(calendar.boundsOf('2026-10').timeZone).toBe('Asia/Tokyo');
    expect(calendar.boundsOf('2026-11')).toEqual({
      start: ms('2026-10-31T15:00:00Z'),
      end: ms('2026-12-01T03:00:00Z'),
      timeZone: 'America/Sao_Paulo',
    });
    expect(calendar.dayOf(ms('2026-10-31T14:59:59.999Z'))).toBe('2026-10-31');
    expect(calendar.dayOf(ms('2026-10-31T15:00:00.000Z'))).toBe('2026-11-01');
    expect(calendar.dayOf(ms('2026-11-02T02:59:59.999Z'))).toBe('2026-11-01');
    expect(calendar.dayOf(ms('2026-11-02T03:00:00.000Z'))).toBe('2026-11-02');
  });

  test('a first day that is over before the period starts is left out', () => {
    const calendar = createCalendar([
      { from: null, zone: 'Pacific/Pago_Pago' },
      { from: '2026-11', zone: 'Pacific/Kiritimati' },
    ]);
    expect(calendar.dayStarts('2026-11')[0]).toEqual({
      day: '2026-11-02',
      start: ms('2026-11-01T11:00:00Z'),
    });
  });

  test('an unknown zone is refused', () => {
    expect(() => zone('Mars/Olympus')).toThrow('time zone');
  });
});

test('a period has a year from 0001 to 9999 and a month, and ends before the year 10000', () => {
  expect(['2026-11', '0001-01', '9999-11'].every(isPeriod)).toBe(true);
  expect(
    ['2026-13', '2026-00', '26-11', '2026-1', '0000-01', '2026-11-01', ' 2026-11', '9999-12'].some(isPeriod),
  ).toBe(false);
});

test('a day is one of the calendar', () => {
  expect(['2026-11-30', '2028-02-29', '0001-01-01'].every(isDay)).toBe(true);
  expect(
    ['2026-11-31', '2026-02-29', '2026-11-00', '2026-11-1', '2026-11', '9999-12-01', '2026-11-01Z'].some(
      isDay,
    ),
  ).toBe(false);
});

test('a zone is an IANA name; offsets and other spellings of a zone are not', () => {
  expect(timeZoneName('america/sao_paulo')).toBe('America/Sao_Paulo');
  expect(timeZoneName('UTC')).toBe('UTC');
  for (const text of ['', '+03:00', '-03', 'Mars/Olympus', '2026-11-01T00:00Z', '2026-11-01[UTC]', 'BRT '])
    expect(timeZoneName(text)).toBeNull();
});

test('equal timelines share one calendar', () => {
  expect(calendarOf([{ from: null, zone: 'UTC' }])).toBe(calendarOf([{ from: null, zone: 'UTC' }]));
});

describe('laws', () => {
  const timeline = fc
    .record({ first: fc.constantFrom(...ZONES), second: fc.constantFrom(...ZONES), changes: fc.boolean() })
    .map(
      ({ first, second, changes }): ZoneTimeline =>
        changes
          ? [
              { from: null, zone: first },
              { from: '2011-12', zone: second },
            ]
          : [{ from: null, zone: first }],
    );
  const period = fc
    .record({ year: fc.integer({ min: 2005, max: 2028 }), month: fc.integer({ min: 1, max: 12 }) })
    .map(({ year, month }) => `${year}-${String(month).padStart(2, '0')}`);

  test('periods and days are contiguous and contain exactly their instants', () => {
    fc.assert(
      fc.property(timeline, period, (zones, id) => {
        const calendar = createCalendar(zones);
        const { start, end } = calendar.boundsOf(id);
        expect(calendar.boundsOf(nextPeriod(id)).start).toBe(end);
        const days = calendar.dayStarts(id);
        expect(days[0]?.start).toBe(start);
        days.forEach(({ day, start: from }, i) => {
          const to = days[i + 1]?.start ?? end;
          expect(from).toBeLessThan(to);
          expect(calendar.dayBounds(day)).toEqual({ start: from, end: to });
          for (const at of [from, Math.floor((from + to) / 2), to - 1]) {
            expect(calendar.dayOf(at)).toBe(day);
            expect(calendar.periodOf(at)).toBe(id);
          }
          expect(day.startsWith(id)).toBe(true);
        });
      }),
      { numRuns: 300 },
    );
  });

  test('day and period are those of the wall clock, except where it falls back over midnight', () => {
    const instant = fc.integer({ min: ms('2005-01-01T00:00:00Z'), max: ms('2028-01-01T00:00:00Z') });
    fc.assert(
      fc.property(
        fc.constantFrom(...ZONES),
        fc.array(instant, { minLength: 1, maxLength: 20 }),
        (name, times) => {
          const calendar = zone(name);
          for (const at of times) {
            const wall = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(name);
            const next = wall.toPlainDate().add({ days: 1 });
            const begun = next.toZonedDateTime(name).epochMilliseconds <= at;
            const day = (begun ? next : wall.toPlainDate()).toString();
            expect(calendar.dayOf(at)).toBe(day);
            expect(calendar.periodOf(at)).toBe(day.slice(0, 7));
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

test('what a period loses and gains under other bounds is what lies in the one and not in the other', () => {
  const bounds = fc.tuple(fc.nat(8), fc.nat(8)).map(([start, length]) => ({ start, end: start + length }));
  fc.assert(
    fc.property(bounds, bounds, fc.nat(20), (is, other, at) => {
      const isIn = ({ start, end }: typeof is) => (at >= start && at < end ? 1 : 0);
      const signs = boundsMoved(is, other)
        .filter(({ from, to }) => at >= from && at < to)
        .map(({ sign }) => sign);
      expect(signs).toEqual(isIn(is) === isIn(other) ? [] : [isIn(other) - isIn(is)]);
    }),
    { numRuns: 2_000 },
  );
});
