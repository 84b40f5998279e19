import { DifferenceFound } from '../projection/verify-difference.ts';
import type { CheckedInvoice } from './verify-stored.ts';

/** Checks what an invoice says of its own life: final or void since when, and whose place it takes. */
export function checkRecord(invoice: CheckedInvoice, tenants: readonly CheckedInvoice[]): void {
  const fault = lifeFault(invoice) ?? placeFault(invoice, tenants);
  if (fault !== null) throw new DifferenceFound(`${invoice.name} ${fault}.`);
}

function lifeFault({ row }: CheckedInvoice): string | null {
  const { status, number, digest, finalized_at, voided_at, void_reason, changed_at } = row;
  if (number === null || digest === null || finalized_at === null)
    return `is ${status} without a number, a digest or an instant of finalizing`;
  if (status === 'void' && (voided_at === null || void_reason === null))
    return 'is void without an instant or a reason';
  if (status === 'final' && (voided_at !== null || void_reason !== null))
    return 'is final, but says when or why it was voided';
  if (voided_at !== null && voided_at <= finalized_at) return 'was voided before it was final';
  if (changed_at !== (voided_at ?? finalized_at))
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
