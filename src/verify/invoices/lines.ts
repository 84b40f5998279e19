import type { Line } from '../../billing/invoice.ts';
import { carriedBy, chargedFor } from '../../domain/adjustment.ts';
import { canonicalJson } from '../../domain/canonical-json.ts';
import { APPLIED, type CreditLeft, type CreditLine, creditOf, isCredit } from '../../domain/credit.ts';
import { minorDigits } from '../../domain/currency.ts';
import {
  type Draft,
  type DraftLine,
  draft,
  type FinalPeriod,
  type ManualLine,
} from '../../domain/invoice.ts';
import type { WindowCount } from '../../domain/rate.ts';
import { windowsOfKind } from '../../domain/usage.ts';
import { DifferenceFound } from '../difference.ts';
import type { CheckedInvoice, CopiedSet } from './stored.ts';

/**
 * Makes the lines of an invoice anew from the plan terms and the windows that were copied for it and, for its
 * adjustments, for the invoices that stood before: so what was charged for each earlier period, over all of them, is
 * what its windows cost at that time. Descriptions are not compared, but for manual lines: the tenant's language may
 * have changed since. Resolves with the lines and the windows behind them.
 */
export function checkLines(invoice: CheckedInvoice, before: readonly CheckedInvoice[]): DraftLine[] {
  const { row, name, lines } = invoice;
  const expected = recomputed(invoice, before);
  const byId = new Map(lines.map((line) => [line.id, line]));
  for (const line of expected.lines) {
    const found = byId.get(line.id);
    if (found === undefined)
      throw new DifferenceFound(
        `${name} lacks the line ${line.id}: its terms and windows make ${show(line)}.`,
      );
    compareLine(name, found, line);
    checkSpan(invoice, before, found);
  }
  const extra = lines.find(({ id }) => !expected.lines.some((line) => line.id === id));
  if (extra !== undefined)
    throw new DifferenceFound(
      `${name} has the line ${extra.id}, ${show(extra)}, which does not follow from its terms and windows.`,
    );
  if (row.total !== expected.total || row.currency !== expected.currency)
    throw new DifferenceFound(
      `${name} says a total of ${row.currency} ${row.total}, but its lines make ${expected.currency} ${expected.total}.`,
    );
  return expected.lines;
}

function recomputed(invoice: CheckedInvoice, before: readonly CheckedInvoice[]): Draft {
  const { row, name, manual, lines } = invoice;
  const { plan, plan_from: from, terms } = row;
  const standing = new Map(before.map((other) => [other.row.period, other]));
  const carried = carriedBy(row.period, (period) => standing.has(period)).map(
    (period): FinalPeriod => ({
      period,
      terms: standing.get(period)?.row.terms ?? null,
      counts: windowsOf([...before, invoice], period, name),
      charged: chargedFor(
        period,
        before.flatMap((other) => other.lines.map((line) => ({ ...line, period: line.period.id }))),
      ),
    }),
  );
  const counts = windowsOf([invoice], row.period, name);
  if (terms !== null || !row.counts_unbilled) compareCounts(invoice, counts);
  try {
    const made = draft({
      period: row.period,
      language: 'en',
      currency: terms?.currency ?? standing.get(carried[0]?.period ?? '')?.row.currency ?? row.currency,
      version: terms === null || plan === null || from === null ? null : { ...terms, plan, from },
      counts,
      manual: row.status === 'final' ? manual : manualOf(lines, manual),
      carried,
      credit: { mode: row.credit, left: creditLeft(before, row.currency) },
    });
    return (
      made ?? {
        plan: null,
        currency: row.currency,
        lines: [],
        total: 'nothing, for there is nothing to adjust',
      }
    );
  } catch (error) {
    throw new DifferenceFound(
      `${name} cannot be made anew from its terms and windows: ${error instanceof Error ? error.message : error}.`,
    );
  }
}

/** The credit that the invoices which stood before had left. */
function creditLeft(before: readonly CheckedInvoice[], currency: string): CreditLeft[] {
  const lines = before.flatMap(({ row, lines }) =>
    lines.filter(({ code }) => isCredit(code)).map((line) => asCreditLine(row, line)),
  );
  return creditOf(lines, minorDigits(currency));
}

function asCreditLine({ number, period }: CheckedInvoice['row'], line: Line): CreditLine {
  const { code, amount, detail } = line;
  const source = detail !== null && 'invoice' in detail ? detail.invoice : null;
  return { number: number ?? '', period, code, amount, source };
}

/** Checks that no invoice was voided while another one stood that took back credit of it; either may be this one. */
export function checkCreditSources(invoice: CheckedInvoice, tenants: readonly CheckedInvoice[]): void {
  const until = ({ row }: CheckedInvoice) => row.voided_at ?? Number.POSITIVE_INFINITY;
  for (const user of tenants) {
    for (const line of user.lines.filter(({ code }) => code === APPLIED)) {
      const { source } = asCreditLine(user.row, line);
      const carrier = tenants.find(({ row }) => row.number === source);
      if (carrier === undefined || (user !== invoice && carrier !== invoice)) continue;
      if (until(carrier) < until(user))
        throw new DifferenceFound(
          `${carrier.name} was voided while ${user.name} stood, which took back credit that it carried.`,
        );
    }
  }
}

/**
 * The manual lines that a voided invoice has: more may have followed, or have been taken back and entered anew under
 * the same id. Of several the one that is the same counts.
 */
function manualOf(lines: readonly Line[], ever: readonly ManualLine[]): ManualLine[] {
  return lines.flatMap((line) => {
    const entered = ever.filter(({ id }) => line.id === `manual:${id}`);
    const same = entered.find(
      ({ amount, description }) => amount === line.amount && description === line.description,
    );
    return same ?? entered.at(0) ?? [];
  });
}

/** What invoices charge for a period, in windows. */
function windowsOf(invoices: readonly CheckedInvoice[], period: string, name: string): WindowCount[] {
  const counts = new Map<string, WindowCount>();
  for (const { weight, groups } of setsFor(invoices, period)) {
    for (const { kind, category, windows } of groups) {
      const key = `${kind} ${category ?? ''}`;
      const count = counts.get(key) ?? { kind, category, windows: 0 };
      counts.set(key, { ...count, windows: count.windows + weight * windows });
    }
  }
  const all = [...counts.values()];
  if (all.some(({ windows }) => windows < 0))
    throw new DifferenceFound(`${name} gives back more windows of ${period} than were charged.`);
  return all.filter(({ windows }) => windows > 0);
}

/** Notes of a change without money (`billed_sets.line` null) lapse with the invoice of the period they were made about. */
export function setsFor(invoices: readonly CheckedInvoice[], period: string): CopiedSet[] {
  const own = invoices.find(({ row }) => row.period === period)?.row.id ?? 0;
  return invoices
    .filter(({ row }) => row.id >= own)
    .flatMap(({ sets }) => sets.filter((set) => set.period === period));
}

function compareCounts({ row, name }: CheckedInvoice, counts: readonly WindowCount[]): void {
  for (const kind of ['receptive', 'active'] as const) {
    const copied = windowsOfKind(kind, counts);
    if (copied !== row[kind])
      throw new DifferenceFound(
        `${name} says ${row[kind]} ${kind} windows, but ${copied} were copied for it.`,
      );
  }
}

function compareLine(name: string, stored: Line, right: DraftLine): void {
  const same =
    stored.code === right.code &&
    stored.period.id === right.period &&
    stored.quantity === right.quantity &&
    stored.unitPrice === right.unitPrice &&
    stored.amount === right.amount;
  if (!same)
    throw new DifferenceFound(
      `${name} says ${show(stored)} on its line ${stored.id}, but its terms and windows make ${show(right)}.`,
    );
  if (canonicalJson(stored.detail) !== canonicalJson(right.detail))
    throw new DifferenceFound(
      `${name} says ${canonicalJson(stored.detail)} in the detail of its line ${stored.id}, but its terms and windows make ${canonicalJson(right.detail)}.`,
    );
  if (right.code === 'manual' && stored.description !== right.description)
    throw new DifferenceFound(
      `${name} says "${stored.description}" on its line ${stored.id}, which was entered as "${right.description}".`,
    );
}

/** A line keeps the bounds of the period it charges: the invoice's own, or those of the invoice it adjusts. */
function checkSpan(
  { row, name }: CheckedInvoice,
  before: readonly CheckedInvoice[],
  { id, period }: Line,
): void {
  const charged =
    period.id === row.period ? row : before.find((other) => other.row.period === period.id)?.row;
  if (
    charged?.start_at !== period.start ||
    charged.end_at !== period.end ||
    charged.time_zone !== period.timeZone
  )
    throw new DifferenceFound(
      `${name} has other bounds of ${period.id} on its line ${id} than that period had.`,
    );
}

function show({
  code,
  quantity,
  unitPrice,
  amount,
}: Pick<Line, 'code' | 'quantity' | 'unitPrice' | 'amount'>): string {
  return `${code} ${quantity} x ${unitPrice ?? 'several prices'} = ${amount}`;
}
