import type { Kysely } from 'kysely';
import type { PoolClient } from 'pg';
import { type ReadSnapshot, snapshotOn } from '../../projection/read/snapshot.ts';
import { readPositions } from '../../projection/tables/positions.ts';
import { openLiveProjection } from '../../projection/tables/projection.ts';
import { inSnapshot } from '../../store/connections.ts';
import { type Database, onConnection } from '../../store/database.ts';
import type { Tables } from '../../store/tables.ts';
import { DifferenceFound } from '../difference.ts';
import { checkCausePositions, checkCauses, checkChangedWindows } from './changes.ts';
import { checkCreditSources, checkLines } from './lines.ts';
import { checkAsOf, createNotedHeads, type LivePositions } from './positions.ts';
import { checkRecord, checkSeries, standingBefore } from './record.ts';
import { type CheckedInvoice, readInvoices } from './stored.ts';
import { checkSets, checkWindows } from './windows.ts';

/** Which invoices are verified, and how it is followed. */
export interface VerifyInvoicesOptions {
  /** `changedAt` of an earlier verification: only invoices that were made or voided since are looked at. */
  since?: number;
  /** Breaks the work off; what it rejects with then is of no interest. */
  signal?: AbortSignal;
  /** Told now and then how many windows have been looked at. */
  progress?(windows: number, total: number): void;
}

export type VerifiedInvoices =
  | { ok: true; counts: { invoices: number; windows: number }; changedAt: number }
  /** The first difference and how to mend it, as sentences. */
  | { ok: false; difference: string; mend: string };

const MEND =
  'An invoice never changes once it is final, so the database was changed by hand: restore the schema billing from a backup taken before that. Nothing mends it by itself, for the log knows no invoices.';

/** Tenants whose invoices are read together. */
const TENANTS_AT_ONCE = 50;

/**
 * Checks that final and void invoices are what was copied for them: numbers, lines, totals, counts and digests are
 * made anew from the copied plan terms and windows, adjustments from all invoices that stood at the time, and the log
 * positions and hash chain heads they stand on agree with each other and with the live projection. Reads one
 * snapshot and stops nothing; takes one connection of the pool, without a statement timeout.
 */
export async function verifyInvoices(
  database: Database,
  options: VerifyInvoicesOptions = {},
): Promise<VerifiedInvoices> {
  const signal = options.signal ?? new AbortController().signal;
  return await inSnapshot(database, 0, signal, async (client) => {
    try {
      return await verifyIn(client, options);
    } catch (error) {
      if (error instanceof DifferenceFound)
        return { ok: false, difference: error.message, mend: error.mend ?? MEND };
      throw error;
    }
  });
}

async function verifyIn(client: PoolClient, options: VerifyInvoicesOptions): Promise<VerifiedInvoices> {
  const db = onConnection(client);
  const { since = Number.NEGATIVE_INFINITY } = options;
  await checkSeries(db);
  const snapshot = snapshotOn(await openLiveProjection(client));
  const live = await livePositions(snapshot);
  const heads = createNotedHeads(live);
  const work = await changedSince(db, since);
  const counts = { invoices: 0, windows: 0 };
  for (let i = 0; i < work.tenants.length; i += TENANTS_AT_ONCE) {
    const tenants = work.tenants.slice(i, i + TENANTS_AT_ONCE);
    for (const invoices of (await readInvoices(db, tenants)).values()) {
      for (const [place, invoice] of invoices.entries()) {
        if ((invoice.row.changed_at ?? 0) <= since) continue;
        checkAsOf(invoice, invoices[place - 1], live, heads);
        await verifyInvoice(client, invoice, invoices);
        counts.invoices++;
        counts.windows += invoice.row.receptive + invoice.row.active;
        options.progress?.(counts.windows, work.windows);
      }
    }
    await checkCauses(db, tenants);
    await checkCausePositions(snapshot, tenants);
    await checkChangedWindows(snapshot, tenants, since);
  }
  const { changed_at } = await db.selectFrom('billing.invoice_clock').selectAll().executeTakeFirstOrThrow();
  return { ok: true, counts, changedAt: changed_at };
}

async function verifyInvoice(
  client: PoolClient,
  invoice: CheckedInvoice,
  tenants: readonly CheckedInvoice[],
): Promise<void> {
  checkRecord(invoice, tenants);
  const before = standingBefore(invoice, tenants);
  const lines = checkLines(invoice, before);
  checkCreditSources(invoice, tenants);
  checkSets(invoice, before, lines);
  await checkWindows(client, invoice, lines);
}

async function livePositions({ projection }: ReadSnapshot): Promise<LivePositions> {
  const rows = await readPositions(projection);
  return new Map(
    rows.map(({ partition, next, chain }) => [partition, { next, chain: chain.toString('hex') }]),
  );
}

async function changedSince(
  db: Kysely<Tables>,
  since: number,
): Promise<{ tenants: string[]; windows: number }> {
  const rows = await db
    .selectFrom('billing.invoices')
    .select(['tenant', (eb) => eb.fn.sum<string>(eb('receptive', '+', eb.ref('active'))).as('windows')])
    .where('status', '<>', 'pending')
    .where('changed_at', '>', Math.max(since, Number.MIN_SAFE_INTEGER))
    .groupBy('tenant')
    .orderBy('tenant')
    .execute();
  return {
    tenants: rows.map(({ tenant }) => tenant),
    windows: rows.reduce((sum, { windows }) => sum + Number(windows), 0),
  };
}
