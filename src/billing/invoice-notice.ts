/** What others are told of an invoice. */

import type { InvoiceNotice } from '../domain/notification.ts';
import type { Invoice } from './invoice.ts';

type Told = Pick<Invoice, 'tenant' | 'reference' | 'period' | 'total' | 'currency'>;

export function invoiceNotice(
  { tenant, reference, period, total, currency }: Told,
  { number, digest }: { number: string; digest: string | null },
): InvoiceNotice {
  return { number, tenant, reference, period: period.id, total, currency, digest };
}
