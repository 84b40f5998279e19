import { z } from 'zod';
import type { OtherRules } from '../../domain/rule.ts';
import { say } from '../../domain/sentences.ts';
import { period, ruleTimeline, token } from '../../schemas.ts';

/** Tenants that a what-if may name; zod looks at all of them, whatever is wrong with the first. */
const MOST_TENANTS = 10_000;

function refuseTooMany(rules: unknown, context: z.RefinementCtx): unknown {
  if (typeof rules === 'object' && rules !== null && Object.keys(rules).length > MOST_TENANTS)
    context.addIssue(
      say('must name at most {most} tenants: `all` is for the others', { most: MOST_TENANTS }),
    );
  return rules;
}

/** What is asked of a new rebuild, over HTTP or in a file of the command: nothing, or a what-if. */
export const rebuildRequest = z
  .strictObject({
    rules: z
      .preprocess(
        refuseTooMany,
        z.record(token, ruleTimeline, {
          error: ({ code }) =>
            code === 'invalid_key' ? say('is not a name that a tenant can have') : undefined,
        }),
      )
      .optional()
      .meta({ description: 'By tenant: the rules to judge it by in place of its own' }),
    all: ruleTimeline.optional().meta({ description: 'The same for every tenant not named in `rules`' }),
    period: period.optional().meta({
      description: 'Compare this one only, the question of a what-if that nobody means to promote',
    }),
  })
  .check(({ value, issues }) => {
    const fault = (path: string, message: string) =>
      issues.push({ code: 'custom', input: value, path: [path], message });
    const { rules, all, period } = value;
    if (rules !== undefined && Object.keys(rules).length === 0) fault('rules', say('must name a tenant'));
    if (period !== undefined && rules === undefined && all === undefined)
      fault('period', say('is for a what-if: give `rules` or `all` with it'));
  })
  .meta({
    id: 'NewRebuild',
    examples: [
      {},
      { all: [{ from: null, rule: 'sliding', hours: 24, activeWhen: 'sent' }], period: '2026-11' },
    ],
  });
type RebuildRequest = z.infer<typeof rebuildRequest>;

/** The rules in it; null: there are none. */
export function otherRulesIn({ rules, all }: RebuildRequest): OtherRules | null {
  if (rules === undefined && all === undefined) return null;
  return { all: all ?? null, tenants: rules ?? {} };
}
