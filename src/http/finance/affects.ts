/** What answers to changes say of open drafts. */

import type { FastifyBaseLogger } from 'fastify';
import { z } from 'zod';
import { type Affects, affectsOf, NOTHING_AFFECTED } from '../../billing/affects.ts';
import type { Was } from '../../billing/supposed.ts';
import { booleanIn, periodOut, showSpan } from '../conventions/schemas.ts';
import type { AppDeps } from '../deps.ts';

const money = z.string().meta({ example: '199.00' });
const difference = money.meta({ description: 'What the change adds' });

export const affectsSchema = z
  .object({
    drafts: z
      .array(
        z.object({
          tenant: z.string(),
          period: periodOut,
          currency: z.string(),
          before: money
            .nullable()
            .meta({ description: 'What it came to, without credit; null: there was none' }),
          after: money
            .nullable()
            .meta({ description: 'What it comes to, without credit; null: there is none' }),
          difference,
        }),
      )
      .meta({ description: 'Those that it changes, by tenant and period, at most 100' }),
    total: z
      .array(
        z.object({
          currency: z.string(),
          before: money.meta({ description: 'What the changed drafts came to' }),
          after: money.meta({ description: 'What they come to' }),
          difference,
        }),
      )
      .meta({ description: 'Over all that it changes, by currency' }),
    changed: z.int().meta({ description: 'How many drafts it changes, listed or not' }),
    complete: z.boolean().meta({
      description:
        'Whether all that it may concern were looked at: at most 1,000 drafts of 10,000 subscriptions',
    }),
  })
  .meta({ id: 'Affects', description: 'Which open drafts the change changes, and by how much' });

/** Of a change that is made: it stands, whether or not the database can say afterwards what it does. */
export const affectsOrUnknown = affectsSchema.nullable().meta({
  description:
    'What the change does; null: it is made, and the database could not say what it does. The drafts say it',
});

export type AffectsDeps = Pick<AppDeps, 'slowDb' | 'clock' | 'defaultTimeZone'>;

/** Of requests whose answers say what they affect. */
export const changeQuery = z.strictObject({
  dryRun: booleanIn.meta({
    description: 'Answers what the change would do, after every check, and changes nothing',
  }),
});

/**
 * `was` null: nothing was changed, or would be. Resolves with null where the change was made and what it does could not be
 * made out: an error would say that nothing was done. Of a dry run that is the error.
 */
export async function affects(
  { slowDb, clock, defaultTimeZone }: AffectsDeps,
  was: Was | null,
  { query: { dryRun = false }, log }: { query: { dryRun?: boolean | undefined }; log: FastifyBaseLogger },
): Promise<z.infer<typeof affectsOrUnknown>> {
  if (was === null) return show(NOTHING_AFFECTED);
  try {
    return show(await affectsOf(slowDb, was, { now: clock(), defaultTimeZone, dryRun }));
  } catch (error) {
    if (dryRun) throw error;
    log.warn({ err: error }, 'what a change does could not be made out; it is made all the same');
    return null;
  }
}

function show(found: Affects): z.infer<typeof affectsSchema> {
  return { ...found, drafts: found.drafts.map((draft) => ({ ...draft, period: showSpan(draft.period) })) };
}
