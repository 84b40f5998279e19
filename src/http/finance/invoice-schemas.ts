/** Invoices and their lines as answers show them. */

import { z } from 'zod';
import type { Invoice, Line } from '../../billing/invoice.ts';
import { adjustedCode } from '../../domain/adjustment.ts';
import { expectedAtEnd } from '../../domain/expected.ts';
import { isoInstant } from '../../domain/instant.ts';
import type { AsOf } from '../conventions/as-of.ts';
import { instantOut, periodOut, showSpan } from '../conventions/schemas.ts';
import { billToOut } from '../tenants/tenant-schemas.ts';
import { discountSchema, terms } from './plans.ts';

const money = z.string().meta({ example: '199.00' });

const tierDetail = z
  .object({
    tier: z.int(),
    from: z.int().meta({ description: 'First unit of the tier' }),
    upTo: z.int().nullable(),
  })
  .meta({ id: 'TierDetail' });
const charge = z.object({ quantity: z.int(), amount: money });
const differenceDetail = z
  .object({
    computed: charge.meta({ description: 'By what is known now' }),
    invoiced: charge.meta({ description: 'By all standing invoices so far' }),
  })
  .meta({ id: 'DifferenceDetail' });
const allowanceDetail = z.object({ allowance: z.int() }).meta({ id: 'AllowanceDetail' });
const minimumDetail = z.object({ minimum: money, charged: money }).meta({ id: 'MinimumDetail' });
const discountDetail = z
  .object({
    percent: z.string().meta({ description: 'What the subscription lets off' }),
    of: money.meta({ description: 'Fee, usage and minimum' }),
  })
  .meta({ id: 'DiscountDetail' });
const carriedDetail = z
  .object({ total: money.meta({ description: 'What the invoice would come to without it' }) })
  .meta({ id: 'CarriedDetail' });
const appliedDetail = z
  .object({
    invoice: z.string().meta({ description: 'The invoice that carried it', example: '2026-000123' }),
    period: z.string().meta({ description: 'Of that invoice', example: '2026-10' }),
    left: money.meta({ description: 'What is left of it then' }),
  })
  .meta({ id: 'AppliedDetail' });
const manualDetail = z.object({ reason: z.string() }).meta({ id: 'ManualDetail' });

export const lineSchema = z
  .object({
    id: z.string().meta({ description: 'The same in every draft', example: 'receptive.overage:1' }),
    code: z.string().meta({ example: 'receptive.overage' }),
    description: z.string(),
    period: periodOut.meta({ description: 'The period it charges: an earlier one for an adjustment' }),
    quantity: z.int(),
    unitPrice: money.nullable().meta({ description: 'null: an adjustment over several prices' }),
    amount: money,
    detail: z
      .union([
        tierDetail,
        differenceDetail,
        allowanceDetail,
        minimumDetail,
        discountDetail,
        manualDetail,
        carriedDetail,
        appliedDetail,
      ])
      .nullable(),
  })
  .meta({ id: 'InvoiceLine' });

const coverage = z.object({
  positions: z.array(
    z.object({
      partition: z.int(),
      next: z.int().meta({ description: 'First offset that is not covered' }),
      end: z.int().meta({ description: 'End of the log when it was asked for' }),
      chain: z.string().optional().meta({ description: "Head of the partition's hash chain; final only" }),
    }),
  ),
  lag: z.int(),
  caughtUp: z.boolean(),
});

const dateOut = z.string().meta({ format: 'date', example: '2026-12-04' });
export const metadata = z.record(z.string(), z.unknown());

export const STATUSES = ['draft', 'final', 'void'] as const;

export const invoiceSchema = z
  .object({
    number: z.string().nullable().meta({ example: '2026-000123' }),
    tenant: z.string(),
    reference: z.string().nullable(),
    billTo: billToOut.nullable(),
    period: periodOut,
    status: z.enum(STATUSES),
    currency: z.string(),
    plan: z
      .object({ id: z.string(), from: z.string() })
      .nullable()
      .meta({ description: 'The version; null: adjustments only' }),
    terms: z
      .object({ ...terms, discount: discountSchema.optional() })
      .nullable()
      .meta({
        description:
          'What the plan says, with what was agreed with the tenant, as the lines were made with it; null: adjustments only',
      }),
    lines: z.array(lineSchema),
    moreLines: z.int().meta({
      description: 'Adjustment lines that are left out, for there are some thousands: see `/v1/line-items`',
    }),
    total: money,
    expected: z
      .object({
        total: money,
        receptive: z.int().meta({ description: 'Windows' }),
        active: z.int().meta({ description: 'Windows' }),
      })
      .nullable()
      .meta({
        description:
          'What a draft comes to when its period ends, if windows go on at the pace so far: an estimate. null: no draft, no plan, a period that is over or has run for less than a day',
      }),
    issueDate: dateOut.nullable().meta({ description: 'When it became final, in its zone; null: a draft' }),
    dueDate: dateOut
      .nullable()
      .meta({ description: '`paymentDays` of the tenant later; null: a draft, or nobody said' }),
    metadata: metadata.meta({ description: 'What other systems noted; see PATCH' }),
    finalizedAt: instantOut.nullable(),
    voidedAt: instantOut.nullable(),
    voidReason: z.string().nullable(),
    changedAt: instantOut.nullable().meta({
      description: 'Of its last change: final, void, or something noted; for `changedAfter`. null: a draft',
    }),
    replaces: z.string().nullable().meta({ description: 'Number of the voided invoice before it' }),
    asOf: coverage.meta({ description: 'Where the log stood' }),
    digest: z.string().nullable().meta({
      description: 'SHA-256 of the RFC 8785 JSON of its windows by id, without `position`; final only',
    }),
  })
  .meta({ id: 'Invoice' });

export type InvoiceOut = z.infer<typeof invoiceSchema>;

/** A draft, and where the log stands; `now` in ms. */
export function showDraft(draft: Invoice, covered: AsOf, now: number): InvoiceOut {
  const { total, terms, counts, period } = draft;
  const expected =
    terms === null || counts === null ? null : expectedAtEnd(total, terms, counts, { ...period, now });
  return { ...showInvoice(draft, covered), expected };
}

export function showMade(invoice: Invoice): InvoiceOut {
  return showInvoice(invoice, NO_COVERAGE);
}

/** For invoices that were made: they say themselves where the log stood. */
const NO_COVERAGE: AsOf = { positions: [], lag: 0, caughtUp: true };

/** Of the adjustment lines of one invoice that are answered with it: some 2,500 of them. */
const MOST_CHARACTERS = 1_000_000;

/**
 * The lines of an invoice that its answer has. Those of its own period are bounded as plans and manual lines are; earlier
 * months may be any number, each with a line per category.
 */
function shownLines(invoice: Pick<Invoice, 'lines'>): Pick<InvoiceOut, 'lines' | 'moreLines'> {
  let characters = 0;
  const lines = invoice.lines.map(showLine).filter((line) => {
    if (adjustedCode(line.code) === null) return true;
    characters += characters > MOST_CHARACTERS ? 0 : JSON.stringify(line).length;
    return characters <= MOST_CHARACTERS;
  });
  return { lines, moreLines: invoice.lines.length - lines.length };
}

function showInvoice({ key: _key, counts: _counts, positions, ...invoice }: Invoice, now: AsOf): InvoiceOut {
  return {
    ...invoice,
    expected: null,
    period: showSpan(invoice.period),
    ...shownLines(invoice),
    finalizedAt: instantOrNull(invoice.finalizedAt),
    voidedAt: instantOrNull(invoice.voidedAt),
    changedAt: instantOrNull(invoice.changedAt),
    asOf: positions === null ? now : { positions, lag: 0, caughtUp: true },
  };
}

export function showLine(line: Line): z.infer<typeof lineSchema> {
  return { ...line, period: showSpan(line.period) };
}

export function instantOrNull(ms: number | null): string | null {
  return ms === null ? null : isoInstant(ms);
}
