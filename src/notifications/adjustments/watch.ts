/**
 * Tells of final periods that no longer equal their computation: of each that something late was counted in, and of all
 * at the start. Once for each, and again only after another invoice has carried it.
 */

import type { Kysely } from 'kysely';
import type { Logger } from 'pino';
import { createBackoff, pause, startLoop } from '../../async.ts';
import { type DueAdjustment, dueAdjustments } from '../../billing/adjustments/due.ts';
import { type Slot, slotKey } from '../../billing/invoice.ts';
import type { CountListener } from '../../projection/live/projector.ts';
import { readSnapshot } from '../../projection/read/snapshot.ts';
import { notify } from '../../store/notifications.ts';
import type { Tables } from '../../store/tables.ts';

/** Periods that changed; those that run cannot be final. */
export interface ChangedPeriods extends CountListener {
  /** Those that changed since it was asked before, at most so many; the others are kept. */
  take(limit: number): Slot[];
  /** They were not looked at after all. */
  giveBack(slots: readonly Slot[]): void;
  /** Whether something was missed since it was asked before. */
  takeMissed(): boolean;
}

/** So far ahead of UTC is the first zone in which a period ends. */
const AHEAD_MS = 14 * 3_600_000;

export function createChangedPeriods(clock: () => number): ChangedPeriods {
  const changed = new Map<string, Slot>();
  let missed = true;
  return {
    counted(counted) {
      const running = new Date(clock() + AHEAD_MS).toISOString().slice(0, 7);
      for (const [tenant, periods] of counted)
        for (const period of periods.keys())
          if (period < running) changed.set(slotKey({ tenant, period }), { tenant, period });
    },
    missed() {
      missed = true;
    },
    take(limit) {
      const taken = [...changed].slice(0, limit);
      for (const [key] of taken) changed.delete(key);
      return taken.map(([, slot]) => slot);
    },
    giveBack(slots) {
      for (const slot of slots) changed.set(slotKey(slot), slot);
    },
    takeMissed() {
      const was = missed;
      missed = false;
      return was;
    },
  };
}

interface WatchDeps {
  db: Kysely<Tables>;
  clock(): number;
  changed: ChangedPeriods;
  logger: Pick<Logger, 'warn'>;
}

const LOOK_MS = 1_000;
/** Periods of one look at the database. */
const AT_ONCE = 200;

/** Goes on until stopped. */
export function startAdjustments(deps: WatchDeps): { stop(): Promise<void> } {
  const { db, changed, logger } = deps;
  return startLoop(async (signal) => {
    const backoff = createBackoff();
    /** Of all final invoices those after this one are left; null: none is. */
    let after: number | null = null;
    while (!signal.aborted) {
      const some = changed.take(AT_ONCE);
      try {
        await tellDue(deps, some);
        if (changed.takeMissed()) after = 0;
        if (after !== null) {
          const page = await finalSlots(db, after);
          await tellDue(deps, page);
          after = page.at(-1)?.id ?? null;
        }
        backoff.reset();
        await pause(LOOK_MS, signal);
      } catch (error) {
        changed.giveBack(some);
        if (!signal.aborted) logger.warn({ err: error }, 'adjustments could not be looked for; trying again');
        await pause(backoff.next(), signal);
      }
    }
  });
}

async function finalSlots(db: Kysely<Tables>, after: number): Promise<(Slot & { id: number })[]> {
  return await db
    .selectFrom('billing.invoices')
    .select(['id', 'tenant', 'period'])
    .where('id', '>', after)
    .where('status', '=', 'final')
    .orderBy('id')
    .limit(AT_ONCE)
    .execute();
}

/** Tells of those that are due and were not told. */
export async function tellDue(
  { db, clock }: Pick<WatchDeps, 'db' | 'clock'>,
  slots: readonly Slot[],
): Promise<void> {
  if (slots.length === 0) return;
  const due = await readSnapshot(db, (view) => dueAdjustments(view, slots));
  const ordered = due.toSorted((a, b) => (slotKey(a) < slotKey(b) ? -1 : 1));
  if (ordered.length === 0) return;
  const at = clock();
  await db.transaction().execute(async (transaction) => {
    const noted = await transaction
      .insertInto('billing.adjustment_notices')
      .values(ordered.map(({ tenant, period, invoice }) => ({ tenant, period, invoice, at })))
      .onConflict((conflict) => conflict.doNothing())
      .returning(['tenant', 'period'])
      .execute();
    const isNew = new Set(noted.map(slotKey));
    await notify(
      transaction,
      ordered.filter((one) => isNew.has(slotKey(one))).map((one) => noticeOf(one, at)),
    );
  });
}

function noticeOf({ tenant, period, invoice, windows, total, currency }: DueAdjustment, at: number) {
  return {
    type: 'invoice.adjustment-due' as const,
    ...{ of: [tenant, period, invoice], tenant, at },
    data: { tenant, period, invoice, difference: { windows, total, currency } },
  };
}
