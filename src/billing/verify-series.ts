import type { Kysely } from 'kysely';
import { parseInvoiceNumber } from '../domain/invoice.ts';
import { DifferenceFound } from '../projection/verify-difference.ts';
import type { Tables } from '../store/tables.ts';

const HOUR_MS = 3_600_000;

/** Checks that the numbers of each year have no gap, ascend with the instants of finalizing, and end where noted. */
export async function checkSeries(db: Kysely<Tables>): Promise<void> {
  const rows = await db
    .selectFrom('billing.invoices')
    .select(['number', 'finalized_at', 'changed_at'])
    .where('status', '<>', 'pending')
    .orderBy('finalized_at')
    .execute();
  const last = new Map<number, number>();
  for (const { number, finalized_at } of rows) {
    const parsed = parseInvoiceNumber(number ?? '');
    if (parsed === null) throw new DifferenceFound(`An invoice has the number ${number}, which is none.`);
    const { year, sequence } = parsed;
    const expected = (last.get(year) ?? 0) + 1;
    if (sequence !== expected)
      throw new DifferenceFound(
        `The invoice numbers of ${year} are not without gaps: where ${expected} should be, ${number} stands.`,
      );
    // Wherever DEFAULT_TIME_ZONE was at the time.
    const years = [-14, 14].map((hours) => new Date((finalized_at ?? 0) + hours * HOUR_MS).getUTCFullYear());
    if (!years.includes(year))
      throw new DifferenceFound(
        `Invoice ${number} was made final at ${new Date(finalized_at ?? 0).toISOString()}, which is in another year.`,
      );
    last.set(year, sequence);
  }
  await checkCounters(db, last);
  await checkClock(
    db,
    rows.reduce((latest, row) => Math.max(latest, row.changed_at ?? 0), 0),
  );
}

async function checkCounters(db: Kysely<Tables>, last: ReadonlyMap<number, number>): Promise<void> {
  const counters = new Map(
    (await db.selectFrom('billing.invoice_numbers').selectAll().execute()).map((row) => [row.year, row.last]),
  );
  for (const year of new Set([...last.keys(), ...counters.keys()])) {
    if (counters.get(year) !== last.get(year))
      throw new DifferenceFound(
        `The last invoice number of ${year} is noted as ${counters.get(year) ?? 'none'}, but it is ${last.get(year) ?? 'none'}.`,
      );
  }
}

/** Whoever asks for what changed after an instant relies on it. */
async function checkClock(db: Kysely<Tables>, latest: number): Promise<void> {
  const { changed_at } = await db.selectFrom('billing.invoice_clock').selectAll().executeTakeFirstOrThrow();
  if (changed_at < latest)
    throw new DifferenceFound(
      `The clock of invoices stands at ${new Date(changed_at).toISOString()}, but one changed at ${new Date(latest).toISOString()}.`,
    );
}
