import { type Kysely, sql } from 'kysely';
import { type CarriedCredit, type CreditLine, creditOf } from '../domain/credit.ts';
import { minorDigits } from '../domain/currency.ts';
import type { Tables } from '../store/tables.ts';

/** The credit of a tenant in the one currency of its invoices. */
export interface TenantCredit {
  currency: string;
  /** By the invoices that carried it, in the order in which these became final: the oldest is taken back first. */
  credits: CarriedCredit[];
}

/** What standing invoices of tenants carried and took back; tenants with neither are left out. */
export async function creditOfTenants(
  db: Kysely<Tables>,
  tenants: readonly string[],
): Promise<Map<string, TenantCredit>> {
  if (tenants.length === 0) return new Map();
  // The codes as they stand in the index that has these lines alone.
  const { rows } = await sql<CreditLine & { tenant: string; currency: string }>`
    SELECT i.tenant, i.currency, i.number, i.period, l.code, l.amount, l.detail->>'invoice' AS source
    FROM billing.invoice_lines l JOIN billing.invoices i ON i.id = l.invoice
    WHERE l.code IN ('credit.carried', 'credit.applied') AND i.status = 'final'
      AND i.tenant = ANY (${[...new Set(tenants)]}::text[])
    ORDER BY i.tenant, i.finalized_at, l.line`.execute(db);
  return new Map(
    Array.from(
      Map.groupBy(rows, ({ tenant }) => tenant),
      ([tenant, lines]) => {
        const currency = lines[0]?.currency ?? '';
        return [tenant, { currency, credits: creditOf(lines, minorDigits(currency)) }];
      },
    ),
  );
}

/** The number of a standing invoice that took back credit which another one carried; null: there is none. */
export async function userOfCredit(
  db: Kysely<Tables>,
  tenant: string,
  carrier: string,
): Promise<string | null> {
  const credit = (await creditOfTenants(db, [tenant])).get(tenant);
  return credit?.credits.find(({ invoice }) => invoice === carrier)?.uses[0]?.invoice ?? null;
}
