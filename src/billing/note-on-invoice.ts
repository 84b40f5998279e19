/** What other systems note on an invoice: its NFS-e, its boleto, that it was paid. */

import { isDeepStrictEqual } from 'node:util';
import type { Pool } from 'pg';
import { done, type Outcome, refuse } from '../domain/refusal.ts';
import { say } from '../domain/sentences.ts';
import { recordChange } from '../store/audit.ts';
import { takeInstant } from './finalize/invoice-clock.ts';
import type { Invoice } from './invoice.ts';
import { withInvoiceSession } from './locks.ts';
import { numberedInvoice } from './made-invoices.ts';
import type { Author } from './plans.ts';

/** UTF-8 bytes of the compact JSON of everything that is noted on one invoice. */
const MOST_BYTES = 4_096;

/**
 * Sets members of an invoice's metadata, final or void; null takes one away, and those left out stay, so that several
 * systems may each note their own. Counts as a change of the invoice, unless nothing is new. Refuses with `not-found`,
 * `invalid-request` (too large).
 */
export async function noteOnInvoice(
  pool: Pool,
  { tenant, number }: { tenant: string; number: string },
  members: Readonly<Record<string, unknown>>,
  author: Author,
): Promise<Outcome<Invoice>> {
  return await withInvoiceSession(pool, tenant, ({ db }) =>
    db.transaction().execute(async (transaction) => {
      const invoice = await numberedInvoice(transaction, number);
      if (invoice === null) return refuse('not-found', say('There is no invoice {number}.', { number }));
      const metadata = Object.fromEntries(
        Object.entries({ ...invoice.metadata, ...members }).filter(([, value]) => value !== null),
      );
      if (isDeepStrictEqual(metadata, invoice.metadata)) return done(invoice);
      const text = JSON.stringify(metadata);
      if (Buffer.byteLength(text) > MOST_BYTES)
        return refuse(
          'invalid-request',
          say('must have at most {most} bytes as compact JSON, with what is there already', {
            most: MOST_BYTES,
          }),
          '/metadata',
        );
      const changedAt = await takeInstant(transaction, author.at);
      await transaction
        .updateTable('billing.invoices')
        .set({ metadata: text, changed_at: changedAt })
        .where('number', '=', number)
        .execute();
      await recordChange(transaction, {
        ...author,
        subjectType: 'invoice',
        subject: number,
        tenant,
        action: 'note',
        before: { metadata: invoice.metadata },
        after: { metadata },
      });
      return done({ ...invoice, metadata, changedAt });
    }),
  );
}
