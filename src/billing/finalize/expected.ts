/** What whoever reviewed an invoice expects it to be. */

import { minorDigits } from '../../domain/currency.ts';
import { formatAmount, parseAmount } from '../../domain/money.ts';
import { done, type Outcome, refuse } from '../../domain/refusal.ts';
import { say } from '../../domain/sentences.ts';
import type { Invoice } from '../invoice.ts';

/** Left out: anything will do. */
export interface Expected {
  /** Decimal text in the currency of the invoice. */
  total?: string | undefined;
  digest?: string | undefined;
}

/** The invoice where it is what is expected. Refuses with `changed`, `invalid-request` (an amount that is none). */
export function asExpected(invoice: Invoice, { total, digest }: Expected): Outcome<Invoice> {
  if (total !== undefined) {
    const digits = minorDigits(invoice.currency);
    const amount = parseAmount(total, digits);
    if (!amount.ok) return refuse('invalid-request', amount.reason, '/expectedTotal');
    const expected = formatAmount(amount.value, digits);
    if (expected !== invoice.total)
      return refuse(
        'changed',
        say('The total is {currency} {total}, not {expected}.', {
          currency: invoice.currency,
          total: invoice.total,
          expected,
        }),
      );
  }
  if (digest !== undefined && digest !== invoice.digest)
    return refuse(
      'changed',
      say('The digest of its windows is {actual}, not {expected}.', {
        actual: String(invoice.digest),
        expected: digest,
      }),
    );
  return done(invoice);
}
