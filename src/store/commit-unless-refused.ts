import type { Kysely, Transaction } from 'kysely';
import type { Outcome, Refusal } from '../domain/refusal.ts';
import type { Tables } from './tables.ts';

class RolledBack extends Error {
  override name = 'RolledBack';
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.detail);
    this.refusal = refusal;
  }
}

/** One transaction for work that may find only after its first write that it has to refuse: then nothing is left of it. */
export async function commitUnlessRefused<T>(
  db: Kysely<Tables>,
  work: (transaction: Transaction<Tables>) => Promise<Outcome<T>>,
): Promise<Outcome<T>> {
  try {
    return await db.transaction().execute(async (transaction) => {
      const outcome = await work(transaction);
      if (!outcome.ok) throw new RolledBack(outcome.refusal);
      return outcome;
    });
  } catch (error) {
    if (error instanceof RolledBack) return { ok: false, refusal: error.refusal };
    throw error;
  }
}
