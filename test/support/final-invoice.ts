import { calendarOf } from '../../src/domain/period.ts';
import type { TestDatabase } from './database.ts';

let numbers = 0;

/** A standing invoice without lines, for tests that need no more than that there is one. */
export async function insertFinalInvoice(
  { database }: TestDatabase,
  invoice: {
    tenant: string;
    period: string;
    plan?: string;
    terms?: object;
    receptive?: number;
    number?: string;
    at?: number;
  },
): Promise<void> {
  const { tenant, period, plan = null, terms = null, receptive = 0, at = 0 } = invoice;
  const { number = `TEST-${numbers++}` } = invoice;
  const zone = 'America/Sao_Paulo';
  const { start, end } = calendarOf([{ from: null, zone }]).boundsOf(period);
  await database.pool.query(
    `INSERT INTO billing.invoices (tenant, period, status, number, start_at, end_at, time_zone, currency, plan, terms,
       total, receptive, active, as_of, finalized_at)
     VALUES ($1, $2, 'pending', NULL, $3, $4, $5, 'BRL', $6, $7, '0.00', $8, 0, '[]', $9)`,
    [tenant, period, start, end, zone, plan, terms, receptive, at],
  );
  await database.pool.query(
    `UPDATE billing.invoices SET status = 'final', number = $3
     WHERE tenant = $1 AND period = $2 AND status = 'pending'`,
    [tenant, period, number],
  );
}
