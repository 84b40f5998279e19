/**
 * Billing periods: calendar months in a tenant's time zone. Contract rule 7 and section 3, Tenants.
 *
 * A period is the half-open interval between two month starts, and a day the one between two day starts, so both are
 * what a clock on the wall shows except where it falls back over midnight: there the day that has begun goes on.
 */

/** The zone that applies from a period on; null: since ever. */
export interface ZoneEntry {
  from: string | null;
  /** IANA name. */
  zone: string;
}

/** Ascending by `from`; the first entry has `from: null`. */
export type ZoneTimeline = readonly [ZoneEntry, ...ZoneEntry[]];

export interface PeriodBounds {
  /** Instants in ms; `end` is exclusive. */
  start: number;
  end: number;
  timeZone: string;
}

/**
 * What a period loses (-1) and gains (1) where other bounds apply to it: instants in ms, `to` exclusive. Periods that
 * have nothing in common are lost and gained whole.
 */
export function boundsMoved(
  is: Pick<PeriodBounds, 'start' | 'end'>,
  other: Pick<PeriodBounds, 'start' | 'end'>,
): { from: number; to: number; sign: 1 | -1 }[] {
  const without = (a: typeof is, b: typeof is, sign: 1 | -1) =>
    [
      { from: a.start, to: Math.min(a.end, b.start), sign },
      { from: Math.max(a.start, b.end), to: a.end, sign },
    ].filter(({ from, to }) => from < to);
  return [...without(is, other, -1), ...without(other, is, 1)];
}

export interface DayStart {
  /** `2026-11-03` */
  day: string;
  start: number;
}

export interface Calendar {
  /** The period (`2026-11`) that contains an instant. */
  periodOf(at: number): string;
  boundsOf(period: string): PeriodBounds;
  /** The day (`2026-11-03`) that contains an instant; always one of the days of its period. */
  dayOf(at: number): string;
  /** The days of a period that are not empty, ascending; the first starts with the period. */
  dayStarts(period: string): readonly DayStart[];
  /** The instants (ms) that count to a day, `end` exclusive; null: none do, as where a zone skipped the day. */
  dayBounds(day: string): Pick<PeriodBounds, 'start' | 'end'> | null;
}

const PERIOD = /^(?!0000)\d{4}-(0[1-9]|1[0-2])$/;
const DAY_MS = 86_400_000;
const MEAN_MONTH_MS = (365.2425 / 12) * DAY_MS;
/** A month is some 2 KB; an import of old events over a century stays within this. */
const MONTHS_CACHED = 1_200;
const CALENDARS_CACHED = 500;

/** Months from 0001-01 to 9999-11: the end of the next one has no instant of four digits. */
export function isPeriod(text: string): boolean {
  return PERIOD.test(text) && text !== '9999-12';
}

/** A day like 2026-11-03 of a period. */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || !isPeriod(text.slice(0, 7))) return false;
  const day = Number(text.slice(8));
  return day >= 1 && day <= firstDay(monthIndex(text.slice(0, 7))).daysInMonth;
}

export function nextPeriod(period: string): string {
  return periodId(monthIndex(period) + 1);
}

/** How many months the second of two periods lies behind the first; below 0: before it. */
export function monthsBetween(first: string, second: string): number {
  const months = (id: string) => Number(id.slice(0, 4)) * 12 + Number(id.slice(5));
  return months(second) - months(first);
}

export function previousPeriod(period: string): string {
  return periodId(monthIndex(period) - 1);
}

/** Whether two IANA names, both known, mean one zone: `Asia/Calcutta` and `Asia/Kolkata` do. */
export function isSameZone(a: string, b: string): boolean {
  const [left, right] = [a, b].map((zone) =>
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(zone),
  );
  return left !== undefined && right !== undefined && left.equals(right);
}

/** The zone's name in its usual spelling; null for what is not the name of an IANA zone. */
export function timeZoneName(text: string): string | null {
  if (!/^[A-Za-z][A-Za-z0-9+_/-]{0,63}$/.test(text)) return null;
  try {
    return Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(text).timeZoneId;
  } catch {
    return null;
  }
}

const calendars = new Map<string, Calendar>();

/** The calendar of a zone timeline. Tenants with equal timelines share one, and what it has worked out. */
export function calendarOf(zones: ZoneTimeline): Calendar {
  const key = zones.length === 1 ? zones[0].zone : JSON.stringify(zones);
  const known = calendars.get(key);
  if (known !== undefined) return known;
  if (calendars.size >= CALENDARS_CACHED) calendars.clear();
  const calendar = createCalendar(zones);
  calendars.set(key, calendar);
  return calendar;
}

interface Month {
  id: string;
  start: number;
  end: number;
  zone: string;
  /** Starts of the non-empty days, ascending, and their names. */
  starts: number[];
  days: string[];
}

/** Throws a `RangeError` for a zone that does not exist. */
export function createCalendar(zones: ZoneTimeline): Calendar {
  const timeline = zones.map(({ from, zone }) => ({
    from: from === null ? Number.NEGATIVE_INFINITY : monthIndex(from),
    zone: Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(zone).timeZoneId,
  }));
  const months = new Map<number, Month>();

  function zoneOf(index: number): string {
    return timeline.findLast(({ from }) => from <= index)?.zone ?? zones[0].zone;
  }

  function month(index: number): Month {
    const known = months.get(index);
    if (known !== undefined) return known;
    if (months.size >= MONTHS_CACHED) months.clear();
    const zone = zoneOf(index);
    const built = buildMonth(index, monthStart(index, zoneOf(index - 1)), monthStart(index + 1, zone), zone);
    months.set(index, built);
    return built;
  }

  let last: Month | null = null;

  function monthAt(at: number): Month {
    if (last !== null && at >= last.start && at < last.end) return last;
    let index = guessMonth(at);
    let found = month(index);
    while (at < found.start) found = month(--index);
    while (at >= found.end) found = month(++index);
    last = found;
    return found;
  }

  return {
    periodOf: (at) => monthAt(at).id,
    boundsOf(period) {
      const { start, end, zone } = month(monthIndex(period));
      return { start, end, timeZone: zone };
    },
    dayOf(at) {
      const { start, starts, days } = monthAt(at);
      let i = Math.min(Math.floor((at - start) / DAY_MS), starts.length - 1);
      while (i > 0 && at < (starts[i] ?? 0)) i--;
      while (i + 1 < starts.length && at >= (starts[i + 1] ?? 0)) i++;
      return days[i] ?? '';
    },
    dayStarts(period) {
      const { starts, days } = month(monthIndex(period));
      return days.map((day, i) => ({ day, start: starts[i] ?? 0 }));
    },
    dayBounds(day) {
      const { starts, days, end } = month(monthIndex(day.slice(0, 7)));
      const i = days.indexOf(day);
      const start = starts[i];
      return start === undefined ? null : { start, end: starts[i + 1] ?? end };
    },
  };
}

function buildMonth(index: number, start: number, end: number, zone: string): Month {
  const first = firstDay(index);
  const starts: number[] = [];
  const days: string[] = [];
  for (let i = 0; i < first.daysInMonth; i++) {
    const date = first.add({ days: i });
    const from = i === 0 ? start : Math.max(start, dayStart(date, zone));
    const to = i + 1 === first.daysInMonth ? end : Math.max(start, dayStart(date.add({ days: 1 }), zone));
    if (from >= to) continue;
    starts.push(from);
    days.push(date.toString());
  }
  return { id: periodId(index), start, end, zone, starts, days };
}

function monthStart(index: number, zone: string): number {
  return dayStart(firstDay(index), zone);
}

/** First instant of a local day; of a day that a zone skipped, the instant at which it was skipped. */
function dayStart(date: Temporal.PlainDate, zone: string): number {
  return date.toZonedDateTime(zone).epochMilliseconds;
}

function firstDay(index: number): Temporal.PlainDate {
  return new Temporal.PlainDate(Math.floor(index / 12), (index % 12) + 1, 1);
}

/** Months since January of year 0. */
function monthIndex(period: string): number {
  if (!PERIOD.test(period)) throw new RangeError(`not a period: ${period}`);
  return Number(period.slice(0, 4)) * 12 + Number(period.slice(5)) - 1;
}

function periodId(index: number): string {
  return `${String(Math.floor(index / 12)).padStart(4, '0')}-${String((index % 12) + 1).padStart(2, '0')}`;
}

/** Right or one off: the caller walks to the month that contains the instant. Cheaper than a Date. */
function guessMonth(at: number): number {
  return 1970 * 12 + Math.floor(at / MEAN_MONTH_MS);
}
