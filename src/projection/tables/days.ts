import type { ClientBase } from 'pg';
import { type Calendar, nextPeriod } from '../../domain/period.ts';
import { plainArray } from './sql.ts';

/** Local days of a calendar, for SQL: which days there are is worked out here, where an instant lies in PostgreSQL. */
export interface Days {
  /** SQL (a `date`) for the day that contains the instant (ms) in a column. */
  of(column: string): string;
}

/** So short that it reaches into two periods at most, so long that there are few. */
const SPAN_MS = 10 * 86_400_000;

/**
 * The days of the periods in which there are instants: only these are known, so that one event of the year 1 does not
 * make 2,000 years of days. `instants`: SQL for rows with a column `at` (ms).
 */
export async function daysOf(
  client: ClientBase,
  calendar: Calendar,
  instants: { text: string; values: unknown[]; query_timeout?: number },
): Promise<Days> {
  const { rows } = await client.query<{ span: number }>({
    ...instants,
    text: `SELECT DISTINCT floor(at / ${SPAN_MS}.0)::bigint AS span FROM (${instants.text}) AS i ORDER BY 1`,
  });
  const periods = new Set<string>();
  for (const { span } of rows) {
    const last = calendar.periodOf((span + 1) * SPAN_MS - 1);
    for (let period = calendar.periodOf(span * SPAN_MS); period < last; period = nextPeriod(period))
      periods.add(period);
    periods.add(last);
  }
  const days = [...periods].flatMap((period) => calendar.dayStarts(period));
  const names = `'${plainArray(days.map(({ day }) => day))}'::date[]`;
  const starts = `'${plainArray(days.map(({ start }) => start))}'::bigint[]`;
  return { of: (column) => `(${names})[width_bucket(${column}, ${starts})]` };
}
