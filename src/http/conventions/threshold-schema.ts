/** Thresholds as requests and answers have them. Contract section 6. */

import { z } from 'zod';
import { calendarOf } from '../../domain/period.ts';
import { say } from '../../domain/sentences.ts';
import { COUNTS, type KeptThreshold, SHARES, type Threshold, thresholdName } from '../../domain/threshold.ts';

const MOST = 20;

export const thresholdSchema = z
  .union([
    z.strictObject({
      of: z.enum(SHARES).meta({ description: 'What the plan says of receptive windows' }),
      percent: z.int().min(1).max(1_000).meta({ description: 'Reached by as many windows, rounded up' }),
    }),
    z.strictObject({
      of: z.enum(COUNTS).meta({ description: 'Windows of a kind' }),
      count: z.int().min(1).max(1_000_000_000).meta({ description: 'Reached by as many windows' }),
    }),
  ])
  .meta({ id: 'Threshold', examples: [{ of: 'allowance', percent: 80 }] });

export const thresholdList = z
  .array(thresholdSchema)
  .max(MOST)
  .refine(
    (list) => new Set(list.map(thresholdName)).size === list.length,
    say('must have each threshold once'),
  )
  .meta({
    description:
      'Each fires once per tenant and period, as `usage.threshold-reached`; one that is new counts from the running period on',
  });

/** What somebody asks for now: judged from the period on that is running in a zone. */
export function fromNowOn(thresholds: readonly Threshold[], zone: string, now: number): KeptThreshold[] {
  const since = calendarOf([{ from: null, zone }]).periodOf(now);
  return thresholds.map((threshold) => ({ ...threshold, since }));
}

/** As it was asked for. */
export function withoutSince({ since: _, ...threshold }: KeptThreshold): Threshold {
  return threshold;
}
