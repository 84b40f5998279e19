import { setTimeout as delay } from 'node:timers/promises';
import type { Kysely, Transaction } from 'kysely';
import type { Tables } from '../store/tables.ts';
import { adoptRules, type RuleAuthor } from './rebuild-rules.ts';
import { findRebuild, type Rebuild, recordStep, setCurrent, stopProjectors } from './rebuild-state.ts';
import { caughtUp, lockRebuild, missing, NEAR, PATIENCE_MS, unlessLocked } from './rebuild-swap.ts';
import { currentSchema, projectionIn } from './schema.ts';

export interface Promotion {
  actor: string;
  at: number;
  /** Why it is promoted although it differs; null: it must not differ. */
  reason: string | null;
  /** To change the tenants' rules with it, as a what-if does; null: it must not. */
  rules: Pick<RuleAuthor, 'defaultTimeZone' | 'show'> | null;
  /** Whether it changes what the actor may not change. */
  forbidden(transaction: Transaction<Tables>, rebuild: Rebuild): Promise<boolean>;
}

export type Promoted =
  | { kind: 'promoted'; rebuild: Rebuild }
  | { kind: 'wrong-state'; state: Rebuild['state'] }
  | { kind: 'differs'; count: number }
  | { kind: 'forbidden' }
  /** It judged by other rules, and that they change with it was not asked for. */
  | { kind: 'changes-rules' }
  /** They were to change with it, and it judged by the tenants' own. */
  | { kind: 'keeps-rules' }
  /** Only one period of it was compared. */
  | { kind: 'one-period'; period: string }
  | { kind: 'rules-changed'; tenants: string[] }
  /** Nobody keeps the rebuilt projection up to date, or it cannot keep up. */
  | { kind: 'behind' };

/**
 * Makes the rebuilt projection the live one, atomically: projectors stand still until it has everything that the old
 * one has, then the pointer moves. Queries read the pointer first in their transaction and notice nothing.
 */
export async function promoteRebuild(
  db: Kysely<Tables>,
  id: number,
  promotion: Promotion,
): Promise<Promoted | null> {
  const deadline = performance.now() + PATIENCE_MS;
  while (performance.now() < deadline) {
    const rebuild = await findRebuild(db, id);
    if (rebuild === null) return null;
    if (rebuild.state === 'caught-up' && (await missing(db, rebuild.schema)) > NEAR) {
      await delay(100);
      continue;
    }
    const promoted = await attempt(db, id, promotion);
    if (promoted !== 'again') return promoted;
    await delay(50);
  }
  return { kind: 'behind' };
}

async function attempt(db: Kysely<Tables>, id: number, promotion: Promotion): Promise<Promoted | 'again'> {
  return await unlessLocked(() =>
    db.transaction().execute(async (transaction) => {
      await stopProjectors(transaction);
      const rebuild = await lockRebuild(transaction, id);
      const refusal = await refuse(transaction, rebuild, promotion);
      if (refusal !== null) return refusal;
      if (!(await caughtUp(transaction, rebuild.schema))) return 'again';
      const { actor, at, reason } = promotion;
      const changed = await changeRules(transaction, rebuild, promotion);
      if (changed !== null) return changed;
      const previous = await currentSchema(transaction);
      await setCurrent(transaction, rebuild.schema);
      const promoted = await transaction
        .updateTable('public.rebuilds')
        .set({ state: 'promoted', previous, changed_at: at, accepted_by: actor, accepted_reason: reason })
        .where('id', '=', id)
        .returningAll()
        .executeTakeFirstOrThrow();
      await recordStep(transaction, id, 'promote', actor, at, { schema: rebuild.schema, reason });
      return { kind: 'promoted', rebuild: promoted as Rebuild };
    }),
  );
}

/**
 * Gives tenants the rules of a what-if, with its projection. The settings lock is not needed: every projector stands
 * still, and reads the rules after it has the lock that this transaction holds. Workers on the rebuild have to be kept
 * away: they would judge a tenant by those rules that comes too late to get them.
 */
async function changeRules(
  transaction: Transaction<Tables>,
  { id, schema, rules }: Rebuild,
  { actor, at, rules: author }: Promotion,
): Promise<Promoted | null> {
  if (rules === null || author === null) return null;
  await projectionIn(transaction, schema)
    .selectFrom('positions')
    .select('partition')
    .orderBy('partition')
    .forUpdate()
    .execute();
  const adopted = await adoptRules(transaction, { id, schema, rules }, { actor, at, ...author });
  return adopted.ok ? null : { kind: 'rules-changed', tenants: adopted.changedSince };
}

async function refuse(
  transaction: Transaction<Tables>,
  rebuild: Rebuild,
  { reason, rules, forbidden }: Promotion,
): Promise<Promoted | null> {
  const { state, comparison, period } = rebuild;
  if (state !== 'caught-up' || comparison === null) return { kind: 'wrong-state', state };
  if (period !== null) return { kind: 'one-period', period };
  if (rebuild.rules !== null && rules === null) return { kind: 'changes-rules' };
  if (rebuild.rules === null && rules !== null) return { kind: 'keeps-rules' };
  const { count } = comparison.differences;
  if (count > 0 && reason === null) return { kind: 'differs', count };
  return (await forbidden(transaction, rebuild)) ? { kind: 'forbidden' } : null;
}
