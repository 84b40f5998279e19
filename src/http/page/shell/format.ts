/** Numbers, money, instants and periods as people of a language read them. */

import type { Language } from '../../../domain/description.ts';

export interface Format {
  count(value: number): string;
  /** A decimal as text, exact. */
  money(amount: string, currency: string): string;
  /** Up to 6 decimals. */
  price(amount: string, currency: string): string;
  percent(share: number): string;
  /** A rate in percent as a decimal: `12.5`. */
  rate(percent: string): string;
  /** `2026-11` as the name of a month. */
  period(id: string): string;
  /** `2026-11-03` */
  day(day: string): string;
  /** The same with its year. */
  fullDay(day: string): string;
  dateTime(iso: string, timeZone: string): string;
  /** With the day of the week, for where it matters which day it was. */
  longDateTime(iso: string, timeZone: string): string;
  time(iso: string, timeZone: string): string;
  date(iso: string, timeZone: string): string;
  weekday(iso: string, timeZone: string): string;
  duration(ms: number): string;
}

const formats = new Map<Language, Format>();

export function formatOf(language: Language): Format {
  const known = formats.get(language) ?? createFormat(language);
  formats.set(language, known);
  return known;
}

function createFormat(language: Language): Format {
  const counts = new Intl.NumberFormat(language);
  const percents = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 0 });
  const rates = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 6 });
  const months = new Intl.DateTimeFormat(language, { month: 'long', year: 'numeric', timeZone: 'UTC' });
  const days = new Intl.DateTimeFormat(language, { day: 'numeric', month: 'short', timeZone: 'UTC' });
  const fullDays = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeZone: 'UTC' });
  const amounts = keyed((currency) => new Intl.NumberFormat(language, { style: 'currency', currency }));
  const prices = keyed(
    (currency) => new Intl.NumberFormat(language, { style: 'currency', currency, maximumFractionDigits: 6 }),
  );
  const instants = (options: Intl.DateTimeFormatOptions) => {
    const inZone = keyed((timeZone) => new Intl.DateTimeFormat(language, { ...options, timeZone }));
    return (iso: string, timeZone: string) => inZone(timeZone).format(Date.parse(iso));
  };
  return {
    count: (value) => counts.format(value),
    money: (amount, currency) => amounts(currency).format(amount as Intl.StringNumericLiteral),
    price: (amount, currency) => prices(currency).format(amount as Intl.StringNumericLiteral),
    percent: (share) => percents.format(share),
    rate: (percent) => rates.format(Number(percent) / 100),
    period: (id) => months.format(Date.parse(`${id}-01T00:00:00Z`)),
    fullDay: (day) => fullDays.format(Date.parse(`${day}T00:00:00Z`)),
    day: (day) => days.format(Date.parse(`${day}T00:00:00Z`)),
    // In English the short one leaves open which number is the month, and drops the century.
    dateTime: instants({
      ...{ dateStyle: language === 'en' ? 'medium' : 'short', timeStyle: 'medium', hourCycle: 'h23' },
    }),
    longDateTime: instants({
      ...{ weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' },
      hourCycle: 'h23',
    }),
    time: instants({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }),
    date: instants({ dateStyle: 'medium' }),
    weekday: instants({ weekday: 'short', day: 'numeric', month: 'short' }),
    duration: (ms) => durationText(Math.round(ms / 60_000)),
  };
}

function keyed<T>(make: (key: string) => T): (key: string) => T {
  const made = new Map<string, T>();
  return (key) => {
    const known = made.get(key) ?? make(key);
    made.set(key, known);
    return known;
  };
}

function durationText(minutes: number): string {
  const [days, hours] = [Math.floor(minutes / 1_440), Math.floor((minutes % 1_440) / 60)];
  const rest = minutes % 60;
  if (days > 0) return `${days} d ${hours} h`;
  if (hours > 0 && rest === 0) return `${hours} h`;
  return hours > 0 ? `${hours} h ${String(rest).padStart(2, '0')} min` : `${rest} min`;
}
