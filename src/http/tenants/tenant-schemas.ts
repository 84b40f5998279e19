import { z } from 'zod';
import { NOT_INSTANT, parseInstant } from '../../domain/instant.ts';
import { timeZoneName, type ZoneTimeline } from '../../domain/period.ts';
import { ACTIVE_WHEN, RULE_NAMES, type RuleTimeline } from '../../domain/rule.ts';
import { LANGUAGES } from '../../store/tenants.ts';
import { instantOut, period, text, token } from '../conventions/schemas.ts';

const zone = z
  .string()
  .transform((name, context) => {
    const known = timeZoneName(name);
    if (known === null) context.addIssue('must be the name of an IANA time zone');
    return known ?? name;
  })
  .meta({ example: 'America/Sao_Paulo' });

export const instantIn = z
  .string()
  .transform((value, context) => {
    const at = parseInstant(value);
    if (at === null) context.addIssue(NOT_INSTANT);
    return at ?? 0;
  })
  .meta({ format: 'date-time', example: '2026-11-03T10:00:00-03:00' });

const zones = z
  .union([
    zone.transform((name) => [{ from: null, zone: name }]),
    z
      .array(z.strictObject({ from: period.nullable(), zone }))
      .min(1)
      .max(1000),
  ])
  .transform((entries, context) => timeline(entries, context) as ZoneTimeline)
  .meta({
    description:
      'An IANA name, or a timeline: `from` null first, then periods ascending. Default: America/Sao_Paulo',
  });

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

function timeline<Entry extends { from: string | number | null }>(
  entries: readonly Entry[],
  context: z.RefinementCtx,
): readonly Entry[] {
  entries.forEach(({ from }, i) => {
    const before = entries[i - 1]?.from ?? null;
    if ((i === 0) !== (from === null) || (from !== null && before !== null && from <= before))
      context.addIssue({
        code: 'custom',
        path: [i, 'from'],
        message: 'must be null in the first entry and ascend from there',
      });
  });
  return entries;
}

/** The body of PUT: what is left out keeps its value. */
export const tenantChange = z
  .strictObject({
    name: text(1, 256).optional(),
    reference: text(1, 256).nullable().optional(),
    language: z.enum(LANGUAGES).optional(),
    test: z.boolean().optional(),
    timeZone: zones.optional(),
    rules: ruleTimeline.optional(),
  })
  .meta({
    id: 'TenantChange',
    examples: [
      { name: 'Acme Ltda.', reference: 'C-4711', language: 'pt-BR', timeZone: 'America/Sao_Paulo' },
      { rules: [{ from: null, rule: 'fixed', hours: 24, activeWhen: 'sent' }] },
    ],
  });

export const ruleTimelineOut = z.array(
  z.object({
    from: instantOut.nullable(),
    rule: z.enum(RULE_NAMES),
    hours: z.int(),
    activeWhen: z.enum(ACTIVE_WHEN),
  }),
);

export const tenantSchema = z
  .object({
    tenant: token,
    name: z.string(),
    reference: z.string().nullable(),
    language: z.enum(LANGUAGES),
    test: z.boolean(),
    timeZone: z.union([z.string(), z.array(z.object({ from: z.string().nullable(), zone: z.string() }))]),
    rules: ruleTimelineOut,
    createdAt: instantOut,
    updatedAt: instantOut,
  })
  .meta({ id: 'Tenant' });
