/** What somebody is notified of: the types, and what each says. Contract section 6. None of it names a person. */

import type { WindowTotals } from './usage.ts';

/** A tenant's windows of a period reached a threshold. Instants as RFC 3339. */
interface ThresholdReached {
  tenant: string;
  period: string;
  of: 'allowance' | 'limit' | 'receptive' | 'active';
  /** Of allowance or limit. */
  percent?: number;
  /** Of receptive or active windows. */
  count?: number;
  /** As many as there were when it was seen. */
  windows: number;
  allowance: number | null;
  limit: number | null;
  /** The one that reached it. */
  window: { id: string; openedAt: string };
  /** First offset per partition that was not counted. */
  asOf: { partition: number; next: number }[];
}

export interface InvoiceNotice {
  number: string;
  tenant: string;
  reference: string | null;
  period: string;
  total: string;
  currency: string;
  digest: string | null;
}

interface AdjustmentDue {
  tenant: string;
  period: string;
  /** The last standing invoice that carried the period. */
  invoice: string;
  /** As computed now, minus all that was invoiced. */
  difference: { windows: WindowTotals; total: string; currency: string };
}

export interface Notifications {
  'usage.threshold-reached': ThresholdReached;
  'invoice.finalized': InvoiceNotice;
  'invoice.voided': InvoiceNotice & { reason: string };
  'invoice.adjustment-due': AdjustmentDue;
  'invoice-run.finished': {
    run: number;
    period: string;
    state: 'finished' | 'cancelled';
    total: number;
    final: number;
    open: number;
    nothing: number;
  };
  'rebuild.caught-up': { rebuild: string; whatIf: boolean; differences: number };
  'connection.unmapped': { connection: string; kept: number };
  'webhook.test': { webhook: string };
}

export type NotificationType = keyof Notifications;

/** Those that a webhook may ask for; a test goes to the one that is tested. */
export const NOTIFICATION_TYPES = [
  'usage.threshold-reached',
  'invoice.finalized',
  'invoice.voided',
  'invoice.adjustment-due',
  'invoice-run.finished',
  'rebuild.caught-up',
  'connection.unmapped',
] as const satisfies readonly NotificationType[];
