import { z } from 'zod';
import { type Calendar, isPeriod } from '../domain/period.ts';

/** U+0000-1F and 7F-9F. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: this is what finds them
export const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f-\u009f]/;
export const TOKEN_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** Tenants, channels, campaigns, categories, plans. */
export const token = z.string().regex(TOKEN_PATTERN, 'must match [A-Za-z0-9][A-Za-z0-9._-]{0,63}');

/** Text without control characters and lone surrogates; lengths in characters (code points). */
export function text(min: number, max: number) {
  return z
    .string()
    .refine((value) => hasLength(value, min, max), `must have ${min} to ${max} characters`)
    .refine((value) => value.isWellFormed(), 'must not contain lone surrogates')
    .refine((value) => !CONTROL_CHARACTERS.test(value), 'must not contain control characters')
    .meta({ minLength: min, maxLength: max });
}

export function hasLength(value: string, min: number, max: number): boolean {
  if (value.length < min) return false;
  if (value.length <= max) return true;
  return value.length <= 2 * max && [...value].length <= max;
}

export const period = z
  .string()
  .refine(isPeriod, 'must be a month like 2026-11, from 0001-01 to 9999-11')
  .meta({ pattern: '^(?!0000|9999-12)\\d{4}-(0[1-9]|1[0-2])$', example: '2026-11' });

/** An instant in an answer; handlers give milliseconds through `isoInstant`. */
export const instantOut = z.string().meta({ format: 'date-time', example: '2026-11-03T13:00:00.000Z' });

export function isoInstant(ms: number): string {
  return new Date(ms).toISOString();
}

export const periodOut = z
  .object({ id: z.string(), start: instantOut, end: instantOut, timeZone: z.string() })
  .meta({ id: 'Period', description: "A calendar month in the tenant's zone; `end` is exclusive" });

export function showPeriod(calendar: Calendar, id: string): z.infer<typeof periodOut> {
  const { start, end, timeZone } = calendar.boundsOf(id);
  return { id, start: isoInstant(start), end: isoInstant(end), timeZone };
}

export const tenantParams = z.object({ tenant: token });
