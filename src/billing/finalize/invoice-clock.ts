import { type Kysely, sql, type Transaction } from 'kysely';
import { isoInstant } from '../../domain/instant.ts';
import { done, type Outcome, refuse } from '../../domain/refusal.ts';
import { say } from '../../domain/sentences.ts';
import type { Tables } from '../../store/tables.ts';

/** How far ahead of this clock the last change may lie: clocks of several machines differ by less. */
const AHEAD_MS = 5 * 60_000;

/**
 * The instants of changes of invoices: of all of them in one order, so that whoever asks for what changed after one
 * never misses a change that was committed later. Null, or why this clock gives no instant now: a clock that was ahead
 * once must not number invoices in the wrong year in silence, nor date the ones after it.
 */
export async function clockObjection(db: Kysely<Tables>, now: number): Promise<Outcome<never> | null> {
  const { changed_at } = await db
    .selectFrom('billing.invoice_clock')
    .select('changed_at')
    .executeTakeFirstOrThrow();
  return objectionTo(changed_at, now);
}

/**
 * The instant (ms) of a change that this transaction makes: now, or just after the one before; of several changes that
 * of the first, and each other one is 1 ms later. Changes wait for each other here until the end of their transactions.
 * Refuses with `clock-behind`.
 */
export async function nextChange(
  transaction: Transaction<Tables>,
  now: number,
  changes = 1,
): Promise<Outcome<number>> {
  const last = await transaction
    .selectFrom('billing.invoice_clock')
    .select('changed_at')
    .forUpdate()
    .executeTakeFirstOrThrow();
  const refused = objectionTo(last.changed_at, now);
  return refused ?? done(await takeInstant(transaction, now, changes));
}

/** The same for a change that numbers and dates nothing: it is never refused. */
export async function takeInstant(
  transaction: Transaction<Tables>,
  now: number,
  changes = 1,
): Promise<number> {
  const more = changes - 1;
  const { changed_at } = await transaction
    .updateTable('billing.invoice_clock')
    .set({ changed_at: sql<number>`greatest(changed_at + 1, ${now}::bigint) + ${more}::int` })
    .returning('changed_at')
    .executeTakeFirstOrThrow();
  return changed_at - more;
}

function objectionTo(last: number, now: number): Outcome<never> | null {
  if (last <= now + AHEAD_MS) return null;
  return refuse(
    'clock-behind',
    say('An invoice was changed last at {last}, and here it is {now}.', {
      last: isoInstant(last),
      now: isoInstant(now),
    }),
  );
}
