/** Whether the projection and the invoices held together when they were last verified, kept for whoever asks. */

import type { Kysely } from 'kysely';
import type { Tables } from '../store/tables.ts';

export type Verified = 'projection' | 'invoices';

export interface Verification {
  of: Verified;
  /** ms; null: nobody has asked. */
  requestedAt: number | null;
  /** ms, the start of the last one; null: none has ended yet. */
  verifiedAt: number | null;
  holds: boolean | null;
  /** The first thing that is wrong and how to mend it, as sentences; null: it holds together. */
  difference: string | null;
  mend: string | null;
}

export async function readVerifications(db: Kysely<Tables>): Promise<Verification[]> {
  return await db
    .selectFrom('public.verifications')
    .select(['of', 'requested_at as requestedAt', 'verified_at as verifiedAt', 'holds', 'difference', 'mend'])
    .orderBy('of', 'desc')
    .execute();
}

/** Asks for both, `at` ms; a process with the role projector takes it up within seconds. */
export async function requestVerification(db: Kysely<Tables>, at: number): Promise<void> {
  await db.updateTable('public.verifications').set({ requested_at: at }).execute();
}

/** The last request, in ms; 0: there was none. */
export async function lastRequested(db: Kysely<Tables>): Promise<number> {
  return Math.max(0, ...(await readVerifications(db)).map(({ requestedAt }) => requestedAt ?? 0));
}

/** `at`: its start, in ms. */
export async function noteVerification(
  db: Kysely<Tables>,
  of: Verified,
  found: { ok: true } | { ok: false; difference: string; mend: string },
  at: number,
): Promise<void> {
  await db
    .updateTable('public.verifications')
    .set({
      ...{ verified_at: at, holds: found.ok },
      ...(found.ok ? { difference: null, mend: null } : { difference: found.difference, mend: found.mend }),
    })
    .where('of', '=', of)
    .execute();
}
