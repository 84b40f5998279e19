import { z } from 'zod';
import type { OtherRules } from '../../domain/rule.ts';
import { period, text, token } from '../conventions/schemas.ts';
import { ruleTimeline } from '../tenants/tenant-schemas.ts';

/** What is asked of a new rebuild: nothing, or a what-if. */
export const newRebuild = z
  .strictObject({
    rules: z
      .record(token, ruleTimeline, {
        error: ({ code }) => (code === 'invalid_key' ? 'is not a name that a tenant can have' : undefined),
      })
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
    if (rules !== undefined && Object.keys(rules).length === 0) fault('rules', 'must name a tenant');
    if (period !== undefined && rules === undefined && all === undefined)
      fault('period', 'is for a what-if: give `rules` or `all` with it');
  })
  .meta({
    id: 'NewRebuild',
    examples: [
      {},
      { all: [{ from: null, rule: 'sliding', hours: 24, activeWhen: 'sent' }], period: '2026-11' },
    ],
  });
type NewRebuildInput = z.infer<typeof newRebuild>;

/** The rules in it; null: there are none. */
export function otherRulesIn({ rules, all }: NewRebuildInput): OtherRules | null {
  if (rules === undefined && all === undefined) return null;
  return { all: all ?? null, tenants: rules ?? {} };
}

/** What has to be said to promote a rebuild that is not equal to the live projection. */
export const acceptance = z
  .strictObject({
    accept: z.literal(true).optional(),
    reason: text(1, 1_024).optional(),
    changeRules: z
      .literal(true)
      .optional()
      .meta({ description: "A what-if changes the tenants' rules with it; this says that it shall" }),
  })
  .check(({ value, issues }) => {
    const { accept, reason, changeRules } = value;
    const needed = accept !== undefined || reason !== undefined || changeRules !== undefined;
    const fault = (path: string, message: string) =>
      issues.push({ code: 'custom', input: value, path: [path], message });
    if (needed && accept === undefined) fault('accept', 'must be true');
    if (needed && reason === undefined) fault('reason', 'is needed to accept');
  })
  .meta({ id: 'Acceptance', examples: [{ accept: true, reason: 'The new rule applies from November on' }] });
