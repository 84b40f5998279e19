/** Schemas of the values that requests and files have in common: names, texts, periods, instants, timelines of rules. */

import { z } from 'zod';
import { NOT_INSTANT, parseInstant } from './domain/instant.ts';
import { isDay, isPeriod } from './domain/period.ts';
import { ACTIVE_WHEN, RULE_NAMES, type RuleTimeline } from './domain/rule.ts';
import { say } from './domain/sentences.ts';
import { CONTROL_CHARACTERS, hasLength, TOKEN_PATTERN } from './domain/text.ts';

/** Tenants, channels, campaigns, categories, plans. It aborts, so that of a long list only the first fault is looked for. */
export const token = z.string().regex(TOKEN_PATTERN, {
  message: say('must match {pattern}', { pattern: '[A-Za-z0-9][A-Za-z0-9._-]{0,63}' }),
  abort: true,
});

/** Text without control characters and lone surrogates; lengths in characters (code points). */
export function text(min: number, max: number) {
  return z
    .string()
    .refine((value) => hasLength(value, min, max), say('must have {min} to {max} characters', { min, max }))
    .refine((value) => value.isWellFormed(), say('must not contain lone surrogates'))
    .refine((value) => !CONTROL_CHARACTERS.test(value), say('must not contain control characters'))
    .meta({ minLength: min, maxLength: max });
}

export const period = z
  .string()
  .refine(isPeriod, say('must be a month like 2026-11, from 0001-01 to 9999-11'))
  .meta({ pattern: '^(?!0000|9999-12)\\d{4}-(0[1-9]|1[0-2])$', example: '2026-11' });

export const day = z
  .string()
  .refine(isDay, say('must be a day like 2026-11-03'))
  .meta({ format: 'date', example: '2026-11-03' });

export const instantIn = z
  .string()
  .transform((value, context) => {
    const at = parseInstant(value);
    if (at === null) context.addIssue(NOT_INSTANT);
    return at ?? 0;
  })
  .meta({ format: 'date-time', example: '2026-11-03T10:00:00-03:00' });

export const ruleTimeline = z
  .array(
    z.strictObject({
      from: instantIn.nullable(),
      rule: z.enum(RULE_NAMES),
      hours: z.int().min(1).max(8760).default(24),
      activeWhen: z.enum(ACTIVE_WHEN).default('sent'),
    }),
  )
  .min(1)
  .max(1000)
  .transform((entries, context) => timeline(entries, context) as RuleTimeline)
  .meta({ description: 'A timeline: `from` null first, then instants ascending' });

/** Entries of which the first holds since ever and each later one from a later time on. */
export function timeline<Entry extends { from: string | number | null }>(
  entries: readonly Entry[],
  context: z.RefinementCtx,
): readonly Entry[] {
  entries.forEach(({ from }, i) => {
    const before = entries[i - 1]?.from ?? null;
    if ((i === 0) !== (from === null) || (from !== null && before !== null && from <= before))
      context.addIssue({
        code: 'custom',
        path: [i, 'from'],
        message: say('must be null in the first entry and ascend from there'),
      });
  });
  return entries;
}
