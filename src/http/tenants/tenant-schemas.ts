/** Tenants as requests give them and as answers show them. */

import { z } from 'zod';
import { CREDIT_MODES } from '../../domain/credit.ts';
import { LANGUAGES } from '../../domain/description.ts';
import { timeZoneName, type ZoneTimeline } from '../../domain/period.ts';
import { ACTIVE_WHEN, RULE_NAMES } from '../../domain/rule.ts';
import { say } from '../../domain/sentences.ts';
import { period, ruleTimeline, text, timeline, token } from '../../schemas.ts';
import { instantOut } from '../conventions/schemas.ts';

const zone = z
  .string()
  .transform((name, context) => {
    const known = timeZoneName(name);
    if (known === null) context.addIssue(say('must be the name of an IANA time zone'));
    return known ?? name;
  })
  .meta({ example: 'America/Sao_Paulo' });

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

const billTo = z.strictObject({
  name: text(1, 256),
  taxId: text(1, 64).nullable().default(null),
  address: text(1, 1_024).nullable().default(null),
  email: text(3, 254)
    .refine((value) => /^[^\s@]+@[^\s@]+$/.test(value), say('must be an address of mail'))
    .nullable()
    .default(null),
});

export const billToOut = z
  .object({
    name: z.string(),
    taxId: z.string().nullable(),
    address: z.string().nullable(),
    email: z.string().nullable(),
  })
  .meta({ id: 'BillTo', description: 'Whom invoices are made out to; null: nobody said' });

const paymentDays = z
  .int()
  .min(0)
  .max(3_650)
  .meta({ description: 'Days from the issue of an invoice until it is due; null: nobody said', example: 15 });

const credit = z.enum(CREDIT_MODES);

/** The body of PUT: what is left out keeps its value. */
export const tenantChange = z
  .strictObject({
    name: text(1, 256).optional(),
    reference: text(1, 256).nullable().optional(),
    language: z.enum(LANGUAGES).optional(),
    test: z.boolean().optional(),
    billTo: billTo.nullable().optional(),
    paymentDays: paymentDays.nullable().optional(),
    credit: credit.optional(),
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
    billTo: billToOut.nullable(),
    paymentDays: paymentDays.nullable(),
    credit,
    timeZone: z.union([z.string(), z.array(z.object({ from: z.string().nullable(), zone: z.string() }))]),
    rules: ruleTimelineOut,
    createdAt: instantOut,
    updatedAt: instantOut,
  })
  .meta({ id: 'Tenant' });
