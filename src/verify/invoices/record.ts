import type { Kysely } from 'kysely';
import { parseInvoiceNumber } from '../../domain/invoice.ts';
import type { Tables } from '../../store/tables.ts';
import { DifferenceFound } from '../difference.ts';
import type { CheckedInvoice } from './stored.ts';

/** Checks what an invoice says of its own life: final or void since when, and whose place it takes. */
export function checkRecord(invoice: CheckedInvoice, tenants: readonly CheckedInvoice[]): void {
  const fault = lifeFault(invoice) ?? placeFault(invoice, tenants);
  if (fault !== null) throw new DifferenceFound(`${invoice.name} ${fault}.`);
}

function lifeFault({ row }: CheckedInvoice): string | null {
  const { status, number, digest, finalized_at, voided_at, void_reason, changed_at, metadata } = row;
  if (number === null || digest === null || finalized_at === null)
    return `is ${status} without a number, a digest or an instant of finalizing`;
  if (status === 'void' && (voided_at === null || void_reason === null))
    return 'is void without an instant or a reason';
  if (status === 'final' && (voided_at !== null || void_reason !== null))
    return 'is final, but says when or why it was voided';
  if (voided_at !== null && voided_at <= finalized_at) return 'was voided before it was final';
  const made = voided_at ?? finalized_at;
  if (metadata === null ? changed_at !== made : (changed_at ?? 0) <= finalized_at)
    return 'notes another instant of its last change than that of its finalizing or voiding';
  const terms = [row.plan, row.plan_from, row.terms];
  if (new Set(terms.map((part) => part === null)).size > 1)
    return 'has a plan without its terms, or terms without their plan';
  return null;
}

function placeFault({ row }: CheckedInvoice, tenants: readonly CheckedInvoice[]): string | null {
  const before = tenants.findLast(({ row: other }) => other.period === row.period && other.id < row.id)?.row;
  const number = before?.number ?? null;
  if (row.replaces !== number)
    return `says that it replaces ${row.replaces ?? 'none'}, but the one before it for this period is ${number ?? 'none'}`;
  if (before !== undefined && (before.voided_at ?? Number.POSITIVE_INFINITY) > (row.finalized_at ?? 0))
    return `became final while ${number} stood`;
  return null;
}

/** The invoices of the tenant that stood when this one was made. */
export function standingBefore(
  { row }: CheckedInvoice,
  tenants: readonly CheckedInvoice[],
): CheckedInvoice[] {
  const at = row.finalized_at ?? 0;
  return tenants.filter(
    ({ row: other }) =>
      other.id !== row.id &&
      (other.finalized_at ?? 0) < at &&
      (other.voided_at ?? Number.POSITIVE_INFINITY) > at,
  );
}

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
